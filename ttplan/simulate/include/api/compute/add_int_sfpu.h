#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void add_int_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("add_int_tile_init", at);
}
template <DataFormat format = DataFormat::Int32>
inline void add_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAddInt, "add_int_tile_init", idst0, idst1, odst, at);
}
inline void add_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAddInt, "add_int_tile_init", idst0, idst1, odst, at);
}
inline void add_uint16_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAddInt, "add_int_tile_init", idst0, idst1, odst, at);
}
inline void add_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbAddInt, "add_int_tile_init", idst0, idst1, odst, at);
}
}  // namespace ckernel
