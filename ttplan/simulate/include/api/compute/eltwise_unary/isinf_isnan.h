#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(isinf, SfIsInf)
TTSIM_UNARY(isposinf, SfIsPosInf)
TTSIM_UNARY(isneginf, SfIsNegInf)
TTSIM_UNARY(isnan, SfIsNan)
TTSIM_UNARY(isfinite, SfIsFinite)
}  // namespace ckernel
