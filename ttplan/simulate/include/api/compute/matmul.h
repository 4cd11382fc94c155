// DST += in0 x in1. The unpacker reads in1 into SrcA and in0 into SrcB.
#pragma once
#include "api/compute/common.h"

namespace ttsim {
inline void init_matmul(uint32_t transpose, uint32_t ct, uint32_t rt, uint32_t kt, Where at) {
    ttsim_initialise(MatmulOp, int32_t(((kt * 64 + rt) * 64 + ct) * 2 + (transpose != 0 ? 1 : 0)), at);
}
}  // namespace ttsim

namespace ckernel {
inline void mm_block_init(uint32_t in0_cb, uint32_t in1_cb, uint32_t out_cb, uint32_t transpose = 0,
                          uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1, TTSIM_AT) {
    compute_kernel_hw_startup(in1_cb, in0_cb, out_cb, at);
    ttsim::init_matmul(transpose, ct_dim, rt_dim, kt_dim, at);
}
inline void mm_block_init_short(uint32_t, uint32_t, uint32_t transpose = 0, uint32_t ct_dim = 1,
                                uint32_t rt_dim = 1, uint32_t kt_dim = 1, TTSIM_AT) {
    ttsim::init_matmul(transpose, ct_dim, rt_dim, kt_dim, at);
}
inline void mm_block_init_short_with_dt(uint32_t, uint32_t in1_cb, uint32_t old_in1_cb,
                                        uint32_t transpose = 0, uint32_t ct_dim = 1, uint32_t rt_dim = 1,
                                        uint32_t kt_dim = 1, TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_in1_cb, in1_cb, at);
    ttsim::init_matmul(transpose, ct_dim, rt_dim, kt_dim, at);
}
inline void mm_block_init_short_with_both_dt(uint32_t in0_cb, uint32_t in1_cb, uint32_t old_in0_cb,
                                             uint32_t old_in1_cb, uint32_t transpose = 0, uint32_t ct_dim = 1,
                                             uint32_t rt_dim = 1, uint32_t kt_dim = 1, TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_in1_cb, in1_cb, at);
    ttsim_reconfigure(ttsim::SourceB, old_in0_cb, in0_cb, at);
    ttsim::init_matmul(transpose, ct_dim, rt_dim, kt_dim, at);
}
inline void mm_init(uint32_t in0_cb, uint32_t in1_cb, uint32_t out_cb, uint32_t transpose = 0, TTSIM_AT) {
    mm_block_init(in0_cb, in1_cb, out_cb, transpose, 1, 1, 1, at);
}
inline void mm_init_short(uint32_t, uint32_t, uint32_t transpose = 0, TTSIM_AT) {
    ttsim::init_matmul(transpose, 1, 1, 1, at);
}
inline void mm_init_short_with_dt(uint32_t, uint32_t in1_cb, uint32_t old_srca_cb, uint32_t transpose = 0,
                                  TTSIM_AT) {
    ttsim_reconfigure(ttsim::SourceA, old_srca_cb, in1_cb, at);
    ttsim::init_matmul(transpose, 1, 1, 1, at);
}
inline void matmul_block(uint32_t in0_cb, uint32_t in1_cb, uint32_t in0_tile, uint32_t in1_tile,
                         uint32_t idst, uint32_t transpose, uint32_t ct_dim, uint32_t rt_dim, uint32_t kt_dim,
                         TTSIM_AT) {
    ttsim_matmul(in0_cb, in1_cb, in0_tile, in1_tile, idst, transpose, ct_dim, rt_dim, kt_dim, at);
}
inline void matmul_tiles(uint32_t in0_cb, uint32_t in1_cb, uint32_t in0_tile, uint32_t in1_tile,
                         uint32_t idst, TTSIM_AT) {
    // The transposition of matmul_tiles was given to its init.
    ttsim_matmul(in0_cb, in1_cb, in0_tile, in1_tile, idst, 2, 1, 1, 1, at);
}
}  // namespace ckernel
