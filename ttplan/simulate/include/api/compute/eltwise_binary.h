#pragma once
#include "api/compute/common.h"

namespace ckernel {
inline void binary_op_init_common(uint32_t a, uint32_t b, uint32_t out, TTSIM_AT) {
    compute_kernel_hw_startup(a, b, out, at);
}

template <bool full_init, EltwiseBinaryType type>
inline void binary_tiles_init(uint32_t, uint32_t, bool acc_to_dest = false, TTSIM_AT) {
    static_assert(ttsim::operation_of(type) != ttsim::NoOperation,
                  "binary_tiles_init: only ELWADD, ELWSUB and ELWMUL are simulated");
    ttsim_initialise(ttsim::operation_of(type), acc_to_dest ? 1 : 0, at);
}
inline void add_tiles_init(uint32_t, uint32_t, bool acc_to_dest = false, TTSIM_AT) {
    ttsim_initialise(ttsim::AddOp, acc_to_dest ? 1 : 0, at);
}
inline void sub_tiles_init(uint32_t, uint32_t, bool acc_to_dest = false, TTSIM_AT) {
    ttsim_initialise(ttsim::SubOp, acc_to_dest ? 1 : 0, at);
}
inline void mul_tiles_init(uint32_t, uint32_t, uint32_t = 0, TTSIM_AT) {
    ttsim_initialise(ttsim::MulOp, 0, at);
}
inline void add_tiles(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::AddOp, ttsim::NoBroadcast, a, b, ia, ib, idst, 0, at);
}
inline void sub_tiles(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::SubOp, ttsim::NoBroadcast, a, b, ia, ib, idst, 0, at);
}
inline void mul_tiles(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::MulOp, ttsim::NoBroadcast, a, b, ia, ib, idst, 0, at);
}
template <EltwiseBinaryType type = ELWADD,
          EltwiseBinaryReuseDestType reuse = EltwiseBinaryReuseDestType::NONE>
inline void binary_dest_reuse_tiles_init(uint32_t, TTSIM_AT) {
    static_assert(reuse != EltwiseBinaryReuseDestType::NONE,
                  "binary_dest_reuse_tiles needs DEST_TO_SRCA or DEST_TO_SRCB");
    ttsim_initialise(ttsim::DestReuseOp,
                     ttsim::operation_of(type) * 2 + (reuse == EltwiseBinaryReuseDestType::DEST_TO_SRCA), at);
}
template <EltwiseBinaryType type = ELWADD,
          EltwiseBinaryReuseDestType reuse = EltwiseBinaryReuseDestType::NONE>
inline void binary_dest_reuse_tiles(uint32_t cb, uint32_t tile, uint32_t idst, TTSIM_AT) {
    static_assert(reuse != EltwiseBinaryReuseDestType::NONE,
                  "binary_dest_reuse_tiles needs DEST_TO_SRCA or DEST_TO_SRCB");
    ttsim_dest_reuse(ttsim::operation_of(type), reuse == EltwiseBinaryReuseDestType::DEST_TO_SRCA, cb, tile,
                     idst, at);
}
}  // namespace ckernel
