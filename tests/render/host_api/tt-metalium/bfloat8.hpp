// Packing of Bfp8 tiles on the host. See host_api.hpp.
#pragma once

#include <tt-metalium/host_api.hpp>

namespace tt::tt_metal {

template <typename T>
std::vector<uint32_t> pack_as_bfp8_tiles(tt::stl::Span<const T> values, bool row_major_input, bool is_exp_a);
std::vector<float> unpack_bfp8_tiles_into_float_vec(
    tt::stl::Span<const uint32_t> words, bool row_major_output, bool is_exp_a);

}  // namespace tt::tt_metal
