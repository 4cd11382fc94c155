#pragma once
#include "api/compute/common.h"

namespace ckernel {
inline void untilize_init(uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::UntilizeOp, 0, at);
}
template <uint32_t block_ct_dim = 1>
inline void untilize_block(uint32_t icb, uint32_t full_ct_dim, uint32_t ocb, TTSIM_AT) {
    ttsim_untilize(icb, full_ct_dim, ocb, at);
}
inline void untilize_uninit(uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::NoOperation, 0, at);
}
}  // namespace ckernel
