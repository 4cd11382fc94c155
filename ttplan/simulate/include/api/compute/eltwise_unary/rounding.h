#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void rounding_op_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("rounding_op", at);
}
inline void floor_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFloor, "rounding_op", idst, 0, 0, 0, at);
}
inline void ceil_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfCeil, "rounding_op", idst, 0, 0, 0, at);
}
inline void trunc_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfTrunc, "rounding_op", idst, 0, 0, 0, at);
}
inline void frac_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFrac, "rounding_op", idst, 0, 0, 0, at);
}
inline void round_tile(uint32_t idst, int32_t decimals, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfRound, "rounding_op", idst, uint32_t(decimals), 0, 0, at);
}
}  // namespace ckernel
