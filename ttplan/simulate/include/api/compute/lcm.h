#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_BINARY(lcm, SbLcm)
}  // namespace ckernel
