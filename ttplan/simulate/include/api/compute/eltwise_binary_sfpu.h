#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_BINARY(add_binary, SbAdd)
TTSIM_BINARY(sub_binary, SbSub)
TTSIM_BINARY(mul_binary, SbMul)
TTSIM_BINARY(div_binary, SbDiv)
TTSIM_BINARY(rsub_binary, SbRsub)
TTSIM_BINARY(power_binary, SbPower)
TTSIM_BINARY(eq_binary, SbEq)
TTSIM_BINARY(ne_binary, SbNe)
TTSIM_BINARY(lt_binary, SbLt)
TTSIM_BINARY(gt_binary, SbGt)
TTSIM_BINARY(le_binary, SbLe)
TTSIM_BINARY(ge_binary, SbGe)
}  // namespace ckernel
