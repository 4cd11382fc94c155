#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(negative, SfNegative)
}  // namespace ckernel
