#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(hardsigmoid, SfHardsigmoid)
TTSIM_UNARY(softsign, SfSoftsign)
TTSIM_UNARY_2(celu, SfCelu)
TTSIM_UNARY_1(softshrink, SfSoftshrink)
}  // namespace ckernel
