#pragma once
#include "api/compute/common.h"

namespace ckernel {
inline void copy_tile_to_dst_init_short(uint32_t, uint32_t transpose = 0,
                                        uint32_t transpose_within_16x16_face = 0, TTSIM_AT) {
    ttsim_initialise(ttsim::CopyOp, transpose != 0 || transpose_within_16x16_face != 0, at);
}
inline void copy_tile_init(uint32_t cb, TTSIM_AT) {
    copy_tile_to_dst_init_short(cb, 0, 0, at);
}
inline void copy_tile_to_dst_init_short_with_dt(uint32_t old_cb, uint32_t new_cb, uint32_t transpose = 0,
                                                TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_cb, new_cb, at);
    ttsim_initialise(ttsim::CopyOp, transpose != 0, at);
}
inline void copy_tile(uint32_t cb, uint32_t tile_index, uint32_t idst, TTSIM_AT) {
    ttsim_copy(cb, tile_index, idst, at);
}
inline void copy_block_matmul_partials(uint32_t cb, uint32_t start_in, uint32_t start_dst, uint32_t count,
                                       TTSIM_AT) {
    for (uint32_t tile = 0; tile < count; ++tile) ttsim_copy(cb, start_in + tile, start_dst + tile, at);
}
}  // namespace ckernel
