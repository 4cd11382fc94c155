#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
template <bool legacy_compat = true>
inline void recip_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("recip", at);
}
template <bool legacy_compat = true>
inline void recip_tile(uint32_t idst, int = RC, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfRecip, "recip", idst, 0, 0, 0, at);
}
}  // namespace ckernel
