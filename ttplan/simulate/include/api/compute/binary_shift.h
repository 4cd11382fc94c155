#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void binary_shift_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("binary_shift", at);
}
inline void binary_left_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftLeft, "binary_shift", idst0, idst1, odst, at);
}
inline void binary_left_shift_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftLeft, "binary_shift", idst0, idst1, odst, at);
}
inline void binary_left_shift_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftLeft, "binary_shift", idst0, idst1, odst, at);
}
inline void binary_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftRight, "binary_shift", idst0, idst1, odst, at);
}
inline void binary_right_shift_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftRight, "binary_shift", idst0, idst1, odst, at);
}
inline void binary_right_shift_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbShiftRight, "binary_shift", idst0, idst1, odst, at);
}
}  // namespace ckernel
