#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_FLAG(log1p, SfLog1p, fast_and_approx, false)
}  // namespace ckernel
