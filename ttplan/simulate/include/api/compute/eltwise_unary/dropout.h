#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
// dropout_tile(idst, probability, scale_factor): of zero, times 2^31 - 1; float bits.
TTSIM_SEEDED_2(dropout, dropout_kernel_init, SfDropout)
}  // namespace ckernel
