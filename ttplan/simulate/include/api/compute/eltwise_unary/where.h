#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void where_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("where", at);
}
template <DataFormat format = DataFormat::Float16_b>
inline void where_tile(uint32_t condition, uint32_t if_true, uint32_t if_false, uint32_t odst, TTSIM_AT) {
    ttsim_sfpu_where(condition, if_true, if_false, odst, at);
}
}  // namespace ckernel
