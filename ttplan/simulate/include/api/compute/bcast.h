// Element-wise operations whose second operand is spread over the tile: its row 0, its column 0 or its first
// element.
#pragma once
#include "api/compute/common.h"

namespace ckernel {
template <EltwiseBinaryType type, BroadcastType dim>
inline void init_bcast(uint32_t a, uint32_t b, uint32_t out, TTSIM_AT) {
    compute_kernel_hw_startup(a, b, out, at);
    ttsim_initialise(ttsim::operation_of(type), int32_t(dim) * 2, at);
}
template <EltwiseBinaryType type, BroadcastType dim>
inline void any_tiles_bcast(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                            uint32_t bcast_row_idx = 0, TTSIM_AT) {
    ttsim_binary(ttsim::operation_of(type), dim, a, b, ia, ib, idst, bcast_row_idx, at);
}
template <BroadcastType dim>
inline void add_tiles_bcast(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                            uint32_t bcast_row_idx = 0, TTSIM_AT) {
    any_tiles_bcast<ELWADD, dim>(a, b, ia, ib, idst, bcast_row_idx, at);
}
template <BroadcastType dim>
inline void sub_tiles_bcast(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                            uint32_t bcast_row_idx = 0, TTSIM_AT) {
    any_tiles_bcast<ELWSUB, dim>(a, b, ia, ib, idst, bcast_row_idx, at);
}
template <BroadcastType dim>
inline void mul_tiles_bcast(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                            uint32_t bcast_row_idx = 0, TTSIM_AT) {
    any_tiles_bcast<ELWMUL, dim>(a, b, ia, ib, idst, bcast_row_idx, at);
}
inline void add_tiles_bcast_rows(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                                 uint32_t bcast_row_idx = 0, TTSIM_AT) {
    ttsim_binary(ttsim::AddOp, ttsim::BroadcastRow, a, b, ia, ib, idst, bcast_row_idx, at);
}
inline void mul_tiles_bcast_rows(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                                 uint32_t bcast_row_idx = 0, TTSIM_AT) {
    ttsim_binary(ttsim::MulOp, ttsim::BroadcastRow, a, b, ia, ib, idst, bcast_row_idx, at);
}
inline void add_tiles_bcast_cols(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::AddOp, ttsim::BroadcastColumn, a, b, ia, ib, idst, 0, at);
}
inline void add_tiles_bcast_scalar(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                                   TTSIM_AT) {
    ttsim_binary(ttsim::AddOp, ttsim::BroadcastScalar, a, b, ia, ib, idst, 0, at);
}
inline void sub_tiles_bcast_cols(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::SubOp, ttsim::BroadcastColumn, a, b, ia, ib, idst, 0, at);
}
inline void sub_tiles_bcast_scalar(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                                   TTSIM_AT) {
    ttsim_binary(ttsim::SubOp, ttsim::BroadcastScalar, a, b, ia, ib, idst, 0, at);
}
inline void mul_tiles_bcast_cols(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst, TTSIM_AT) {
    ttsim_binary(ttsim::MulOp, ttsim::BroadcastColumn, a, b, ia, ib, idst, 0, at);
}
inline void mul_tiles_bcast_scalar(uint32_t a, uint32_t b, uint32_t ia, uint32_t ib, uint32_t idst,
                                   TTSIM_AT) {
    ttsim_binary(ttsim::MulOp, ttsim::BroadcastScalar, a, b, ia, ib, idst, 0, at);
}
inline void add_bcast_rows_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::AddOp, ttsim::BroadcastRow * 2, at);
}
inline void add_bcast_cols_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::AddOp, ttsim::BroadcastColumn * 2, at);
}
inline void add_bcast_scalar_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::AddOp, ttsim::BroadcastScalar * 2, at);
}
inline void sub_bcast_cols_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::SubOp, ttsim::BroadcastColumn * 2, at);
}
inline void sub_tiles_bcast_scalar_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::SubOp, ttsim::BroadcastScalar * 2, at);
}
inline void mul_bcast_rows_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::MulOp, ttsim::BroadcastRow * 2, at);
}
inline void mul_bcast_cols_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::MulOp, ttsim::BroadcastColumn * 2, at);
}
inline void mul_tiles_bcast_scalar_init_short(uint32_t, uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::MulOp, ttsim::BroadcastScalar * 2, at);
}
template <BroadcastType dim>
inline void unary_bcast_init(uint32_t icb, uint32_t ocb, TTSIM_AT) {
    compute_kernel_hw_startup(icb, icb, ocb, at);
    ttsim_initialise(ttsim::UnaryBroadcastOp, dim, at);
}
template <BroadcastType dim>
inline void unary_bcast(uint32_t icb, uint32_t tile, uint32_t idst, TTSIM_AT) {
    ttsim_unary_broadcast(dim, icb, tile, idst, at);
}
template <BroadcastType dim>
inline void unary_bcast_uninit(uint32_t, TTSIM_AT) {
    ttsim_initialise(ttsim::NoOperation, 0, at);
}
}  // namespace ckernel
