#pragma once
#include "api/compute/common.h"

namespace ckernel {
inline void transpose_wh_init_short(uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::TransposeOp, 0, at);
}
inline void transpose_wh_init(uint32_t icb, uint32_t ocb, TTSIM_AT) {
    compute_kernel_hw_startup(icb, icb, ocb, at);
    transpose_wh_init_short(icb, at);
}
inline void transpose_wh_tile(uint32_t icb, uint32_t itile, uint32_t idst, TTSIM_AT) {
    ttsim_transpose(icb, itile, idst, at);
}
}  // namespace ckernel
