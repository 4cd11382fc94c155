#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void fill_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("fill", at);
}
inline void fill_tile(uint32_t idst, float value, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFill, "fill", idst, ttsim::float_bits(value), 0, 0, at);
}
inline void fill_tile_bitcast(uint32_t idst, uint32_t bits, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFill, "fill", idst, bits, 0, 0, at);
}
template <DataFormat format = DataFormat::Int32>
inline void fill_tile_int(uint32_t idst, uint32_t value, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfFillInt, "fill", idst, value, 0, 0, at);
}
}  // namespace ckernel
