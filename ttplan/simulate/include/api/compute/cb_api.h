// Circular buffers in compute kernels: wait and pop act for the unpacker, reserve and push for the packer.
#pragma once
#include "ttsim/compute_base.hpp"

namespace ckernel {
inline void cb_wait_front(uint32_t cb, uint32_t pages, TTSIM_AT) {
    ttsim_cb_wait_front(cb, int32_t(pages), at);
}
inline void cb_pop_front(uint32_t cb, uint32_t pages, TTSIM_AT) {
    ttsim_cb_pop_front(cb, int32_t(pages), at);
}
inline void cb_reserve_back(uint32_t cb, uint32_t pages, TTSIM_AT) {
    ttsim_cb_reserve_back(cb, int32_t(pages), at);
}
inline void cb_push_back(uint32_t cb, uint32_t pages, TTSIM_AT) {
    ttsim_cb_push_back(cb, int32_t(pages), at);
}
inline uint32_t get_tile_address(uint32_t cb, uint32_t tile, TTSIM_AT) {
    return ttsim_cb_tile_address(cb, tile, at);
}
inline uint32_t read_tile_value(uint32_t cb, uint32_t tile, uint32_t element, TTSIM_AT) {
    return ttsim_cb_tile_value(cb, tile, element, at);
}
}  // namespace ckernel
