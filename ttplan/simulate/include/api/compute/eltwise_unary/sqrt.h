#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void sqrt_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("sqrt", at);
}
template <bool FAST_APPROX = false>
inline void sqrt_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfSqrt, "sqrt", idst, 0, 0, 0, at);
}
}  // namespace ckernel
