#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
inline void typecast_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("typecast", at);
}
inline void typecast_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("typecast", at);
}
template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
inline void typecast_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfTypecast, "typecast", idst, IN_DTYPE, OUT_DTYPE, 0, at);
}
}  // namespace ckernel
