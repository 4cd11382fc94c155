#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_FLAG(gelu, SfGelu, fast_and_approx, true)
TTSIM_UNARY_FLAG(gelu_derivative, SfGeluDerivative, fast_and_approx, true)
}  // namespace ckernel
