#pragma once
#include "api/compute/common.h"

namespace ckernel {
template <PoolType pool, ReduceDim dim, bool enforce_fp32_accumulation = false>
inline void reduce_init(uint32_t, uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::ReduceOp, pool * 4 + dim, at);
}
template <PoolType pool, ReduceDim dim, bool enforce_fp32_accumulation = false>
inline void reduce_tile(uint32_t icb, uint32_t icb_scaler, uint32_t itile, uint32_t itile_scaler,
                        uint32_t idst, TTSIM_AT) {
    ttsim_reduce(pool, dim, icb, icb_scaler, itile, itile_scaler, idst, at);
}
template <bool enforce_fp32_accumulation = false>
inline void reduce_uninit(uint32_t = 0, TTSIM_AT) {
    ttsim_initialise(ttsim::NoOperation, 0, at);
}
}  // namespace ckernel
