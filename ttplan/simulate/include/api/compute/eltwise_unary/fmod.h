#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void fmod_tile_init(uint32_t = 0, uint32_t = 0, TTSIM_AT) {
    ttsim_sfpu_init("fmod", at);
}
inline void fmod_tile(uint32_t idst, uint32_t divisor, uint32_t reciprocal, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFmod, "fmod", idst, divisor, reciprocal, 0, at);
}
}  // namespace ckernel
