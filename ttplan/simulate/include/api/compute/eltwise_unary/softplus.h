#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void softplus_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("softplus", at);
}
inline void softplus_tile(uint32_t idst, uint32_t beta, uint32_t beta_reciprocal, uint32_t threshold,
                          TTSIM_AT) {
    ttsim_sfpu(ttsim::SfSoftplus, "softplus", idst, beta, beta_reciprocal, threshold, at);
}
}  // namespace ckernel
