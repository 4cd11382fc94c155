#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
// rand_tile(idst, from, scale): float bits; uniform from `from` on, below from + scale.
TTSIM_SEEDED_2(rand, rand_tile_init, SfRandom)
}  // namespace ckernel
