#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY_1(unary_eq, SfEq)
TTSIM_UNARY_1(unary_ne, SfNe)
TTSIM_UNARY_1(unary_gt, SfGt)
TTSIM_UNARY_1(unary_ge, SfGe)
TTSIM_UNARY_1(unary_lt, SfLt)
TTSIM_UNARY_1(unary_le, SfLe)
TTSIM_UNARY(gtz, SfGtz)
TTSIM_UNARY(gez, SfGez)
TTSIM_UNARY(ltz, SfLtz)
TTSIM_UNARY(lez, SfLez)
TTSIM_UNARY(eqz, SfEqz)
TTSIM_UNARY(nez, SfNez)
}  // namespace ckernel
