#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(identity, SfIdentity)
}  // namespace ckernel
