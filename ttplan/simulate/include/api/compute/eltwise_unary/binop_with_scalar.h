#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void binop_with_scalar_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("binop_with_scalar", at);
}
inline void add_unary_tile(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfAddScalar, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void sub_unary_tile(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfSubScalar, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void mul_unary_tile(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfMulScalar, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void div_unary_tile(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfDivScalar, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void rsub_unary_tile(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfRsubScalar, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void add_unary_tile_int32(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfAddInt, "binop_with_scalar", idst, scalar, 0, 0, at);
}
inline void sub_unary_tile_int32(uint32_t idst, uint32_t scalar, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfSubInt, "binop_with_scalar", idst, scalar, 0, 0, at);
}
}  // namespace ckernel
