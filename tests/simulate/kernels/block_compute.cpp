// Blocked matmul with packer L1 accumulation in a private circular buffer; bias row and activation when defined.
#include "api/compute/common.h"
#include "api/compute/bcast.h"
#include "api/compute/eltwise_unary/relu.h"
#include "api/compute/matmul.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t in0 = 0, in1 = 1, bias = 2, acc = 24, out = 16;
    constexpr uint32_t kb = get_compile_time_arg_val(0), kt = get_compile_time_arg_val(1);
    constexpr uint32_t nsh = get_compile_time_arg_val(2), nsw = get_compile_time_arg_val(3);
    constexpr uint32_t rt = get_compile_time_arg_val(4), ct = get_compile_time_arg_val(5);
    constexpr uint32_t w = nsw * ct, m = nsh * rt, sub = rt * ct;
    mm_block_init(in0, in1, acc, 0, ct, rt, kt);
    for (uint32_t b = 0; b < kb; ++b) {
        cb_wait_front(in0, m * kt);
        cb_wait_front(in1, kt * w);
        PACK((llk_pack_reconfig_l1_acc(b == 0 ? 0 : 1)));
        for (uint32_t i = 0; i < nsh; ++i) {
            for (uint32_t j = 0; j < nsw; ++j) {
                tile_regs_acquire();
                for (uint32_t k = 0; k < kt; ++k) matmul_block(in0, in1, i * rt * kt + k, k * w + j * ct, 0, 0, ct, rt, kt);
                tile_regs_commit();
                cb_reserve_back(acc, sub);
                tile_regs_wait();
                pack_tile_block(0, acc, sub);
                tile_regs_release();
                cb_push_back(acc, sub);
            }
        }
        cb_pop_front(in0, m * kt);
        cb_pop_front(in1, kt * w);
        if (b + 1 < kb) {
            for (uint32_t s = 0; s < nsh * nsw; ++s) {
                cb_wait_front(acc, sub);
                cb_pop_front(acc, sub);
            }
        }
    }
    pack_reconfig_l1_acc(0);
    pack_reconfig_data_format(out);
#ifdef BIAS
    reconfig_data_format(in1, acc, in0, bias);
    add_bcast_rows_init_short(acc, bias);
    cb_wait_front(bias, w);
#else
    copy_tile_to_dst_init_short_with_dt(in1, acc);
#endif
#ifdef RELU
    relu_tile_init();
#endif
    for (uint32_t i = 0; i < nsh; ++i) {
        for (uint32_t j = 0; j < nsw; ++j) {
            cb_wait_front(acc, sub);
            tile_regs_acquire();
            for (uint32_t d = 0; d < sub; ++d) {
#ifdef BIAS
                add_tiles_bcast_rows(acc, bias, d, j * ct + d % ct, d);
#else
                copy_tile(acc, d, d);
#endif
#ifdef RELU
                relu_tile(d);
#endif
            }
            tile_regs_commit();
            cb_pop_front(acc, sub);
            cb_reserve_back(out, sub);
            tile_regs_wait();
            pack_tile_block(0, out, sub);
            tile_regs_release();
            cb_push_back(out, sub);
        }
    }
}
