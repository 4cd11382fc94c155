#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(sin, SfSin)
TTSIM_UNARY(cos, SfCos)
TTSIM_UNARY(tan, SfTan)
TTSIM_UNARY(asin, SfAsin)
TTSIM_UNARY(acos, SfAcos)
TTSIM_UNARY(atan, SfAtan)
TTSIM_UNARY(sinh, SfSinh)
TTSIM_UNARY(cosh, SfCosh)
TTSIM_UNARY(asinh, SfAsinh)
TTSIM_UNARY(acosh, SfAcosh)
TTSIM_UNARY(atanh, SfAtanh)
}  // namespace ckernel
