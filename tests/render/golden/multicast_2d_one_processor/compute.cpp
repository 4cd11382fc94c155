// compute: out = epilogue(in0 x in1), block by block, on 4 cores.

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/matmul.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_in0 = get_named_compile_time_arg_val("cb_in0");  // 0
    constexpr uint32_t cb_in1 = get_named_compile_time_arg_val("cb_in1");  // 1
    constexpr uint32_t cb_out = get_named_compile_time_arg_val("cb_out");  // 16
    constexpr uint32_t cb_partials = get_named_compile_time_arg_val("cb_partials");  // 24
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t subblock_m = get_named_compile_time_arg_val("subblock_m");  // 1: rows in DST at once
    constexpr uint32_t subblock_n = get_named_compile_time_arg_val("subblock_n");  // 2: columns in DST at once
    constexpr uint32_t transpose_in1 = 0;  // in1 is stored (k, n)
    constexpr uint32_t in0_tiles = block_m * block_k;  // tiles of a block of in0
    constexpr uint32_t in1_tiles = block_k * block_n;  // tiles of a block of in1
    constexpr uint32_t subblock_tiles = subblock_m * subblock_n;  // tiles in DST
    constexpr uint32_t m_subblocks = block_m / subblock_m;
    constexpr uint32_t n_subblocks = block_n / subblock_n;

    mm_block_init(cb_in0, cb_in1, cb_partials, transpose_in1, subblock_n, subblock_m, block_k);

    // K blocks before the last: sums wait in L1
    for (uint32_t k_block = 0; k_block < k_blocks - 1; ++k_block) {
        cb_wait_front(cb_in0, in0_tiles);
        cb_wait_front(cb_in1, in1_tiles);
        for (uint32_t m_subblock = 0; m_subblock < m_subblocks; ++m_subblock) {
            for (uint32_t n_subblock = 0; n_subblock < n_subblocks; ++n_subblock) {
                const uint32_t m_tile = m_subblock * subblock_m;
                const uint32_t n_tile = n_subblock * subblock_n;
                tile_regs_acquire();
                for (uint32_t k = 0; k < block_k; ++k) {
                    matmul_block(cb_in0, cb_in1, m_tile * block_k + k, k * block_n + n_tile, 0, transpose_in1, subblock_n, subblock_m, block_k);
                }
                tile_regs_commit();
                cb_reserve_back(cb_partials, subblock_tiles);
                tile_regs_wait();
                pack_tile_block(0, cb_partials, subblock_tiles);
                tile_regs_release();
                cb_push_back(cb_partials, subblock_tiles);
            }
        }
        cb_pop_front(cb_in0, in0_tiles);
        cb_pop_front(cb_in1, in1_tiles);
    }

    // last K block
    cb_wait_front(cb_in0, in0_tiles);
    cb_wait_front(cb_in1, in1_tiles);
    for (uint32_t m_subblock = 0; m_subblock < m_subblocks; ++m_subblock) {
        for (uint32_t n_subblock = 0; n_subblock < n_subblocks; ++n_subblock) {
            const uint32_t m_tile = m_subblock * subblock_m;
            const uint32_t n_tile = n_subblock * subblock_n;
            tile_regs_acquire();
            copy_tile_to_dst_init_short(cb_partials);
            cb_wait_front(cb_partials, subblock_tiles);
            for (uint32_t tile = 0; tile < subblock_tiles; ++tile) {
                copy_tile(cb_partials, tile, tile);
            }
            cb_pop_front(cb_partials, subblock_tiles);
            mm_block_init_short(cb_in0, cb_in1, transpose_in1, subblock_n, subblock_m, block_k);
            for (uint32_t k = 0; k < block_k; ++k) {
                matmul_block(cb_in0, cb_in1, m_tile * block_k + k, k * block_n + n_tile, 0, transpose_in1, subblock_n, subblock_m, block_k);
            }
            tile_regs_commit();
            cb_reserve_back(cb_out, subblock_tiles);
            tile_regs_wait();
            pack_tile_block(0, cb_out, subblock_tiles);
            tile_regs_release();
            cb_push_back(cb_out, subblock_tiles);
        }
    }
    cb_pop_front(cb_in0, in0_tiles);
    cb_pop_front(cb_in1, in1_tiles);
}
