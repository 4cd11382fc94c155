#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
template <bool legacy_compat = false>
inline void rsqrt_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("rsqrt", at);
}
template <bool legacy_compat = false, bool FAST_APPROX = false>
inline void rsqrt_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfRsqrt, "rsqrt", idst, 0, 0, 0, at);
}
}  // namespace ckernel
