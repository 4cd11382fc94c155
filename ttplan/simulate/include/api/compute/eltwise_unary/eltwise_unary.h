#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void unary_op_init_common(uint32_t icb, uint32_t ocb, TTSIM_AT) {
    compute_kernel_hw_startup(icb, icb, ocb, at);
    ttsim_initialise(ttsim::CopyOp, 0, at);
}
inline void init_sfpu(uint32_t icb, uint32_t ocb, TTSIM_AT) {
    unary_op_init_common(icb, ocb, at);
}
}  // namespace ckernel
