#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void binary_bitwise_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("binary_bitwise", at);
}
inline void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAnd, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_and_int32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAnd, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_and_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAnd, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_and_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAnd, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbOr, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_or_int32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbOr, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_or_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbOr, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_or_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbOr, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbXor, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_xor_int32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbXor, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_xor_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbXor, "binary_bitwise", idst0, idst1, odst, at);
}
inline void bitwise_xor_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbXor, "binary_bitwise", idst0, idst1, odst, at);
}
}  // namespace ckernel
