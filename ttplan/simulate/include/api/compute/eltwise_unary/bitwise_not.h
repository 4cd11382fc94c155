#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(bitwise_not, SfBitNot)
}  // namespace ckernel
