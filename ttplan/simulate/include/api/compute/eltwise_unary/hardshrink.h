#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_1(hardshrink, SfHardshrink)
}  // namespace ckernel
