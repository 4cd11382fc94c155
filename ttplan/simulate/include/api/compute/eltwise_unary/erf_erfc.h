#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_FLAG(erf, SfErf, fast_and_approx, true)
TTSIM_UNARY_FLAG(erfc, SfErfc, fast_and_approx, true)
}  // namespace ckernel
