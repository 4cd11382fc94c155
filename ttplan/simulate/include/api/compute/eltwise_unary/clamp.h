#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_2(clamp, SfClamp)
}  // namespace ckernel
