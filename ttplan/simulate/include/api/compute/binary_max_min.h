#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_BINARY(binary_max, SbMax)
TTSIM_BINARY(binary_max_int32, SbMaxInt)
TTSIM_BINARY(binary_max_uint32, SbMaxUint)
TTSIM_BINARY(binary_min, SbMin)
TTSIM_BINARY(binary_min_int32, SbMinInt)
TTSIM_BINARY(binary_min_uint32, SbMinUint)
}  // namespace ckernel
