// Formats of the unpacked operands. The forms with an old buffer do nothing when the formats are equal.
#pragma once
#include "ttsim/compute_base.hpp"

namespace ckernel {
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format_srca(uint32_t new_cb, TTSIM_AT) {
    ttsim_configure(ttsim::SourceA, new_cb, at);
}
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format_srca(uint32_t old_cb, uint32_t new_cb, TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_cb, new_cb, at);
}
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format_srcb(uint32_t new_cb, TTSIM_AT) {
    ttsim_configure(ttsim::SourceB, new_cb, at);
}
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format_srcb(uint32_t old_cb, uint32_t new_cb, TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceB, old_cb, new_cb, at);
}
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format(uint32_t srca_cb, uint32_t srcb_cb, TTSIM_AT) {
    ttsim_configure(ttsim::SourceA, srca_cb, at);
    ttsim_configure(ttsim::SourceB, srcb_cb, at);
}
template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
inline void reconfig_data_format(uint32_t old_a, uint32_t new_a, uint32_t old_b, uint32_t new_b, TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_a, new_a, at);
    ttsim_reconfigure(ttsim::SourceB, old_b, new_b, at);
}
}  // namespace ckernel
