#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void sub_int_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("sub_int_tile_init", at);
}
template <DataFormat format = DataFormat::Int32>
inline void sub_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbSubInt, "sub_int_tile_init", idst0, idst1, odst, at);
}
inline void sub_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbSubInt, "sub_int_tile_init", idst0, idst1, odst, at);
}
inline void sub_uint16_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbSubInt, "sub_int_tile_init", idst0, idst1, odst, at);
}
inline void sub_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbSubInt, "sub_int_tile_init", idst0, idst1, odst, at);
}
}  // namespace ckernel
