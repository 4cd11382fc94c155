#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
TTSIM_UNARY(relu, SfRelu)
TTSIM_UNARY_1(relu_max, SfReluMax)
TTSIM_UNARY_1(relu_min, SfReluMin)
TTSIM_UNARY_1(leaky_relu, SfLeakyRelu)
}  // namespace ckernel
