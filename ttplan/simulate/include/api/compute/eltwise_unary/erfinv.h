#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(erfinv, SfErfinv)
}  // namespace ckernel
