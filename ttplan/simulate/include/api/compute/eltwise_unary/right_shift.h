#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_1(right_shift, SfShiftRight)
}  // namespace ckernel
