#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_1(bitwise_xor, SfBitXor)
}  // namespace ckernel
