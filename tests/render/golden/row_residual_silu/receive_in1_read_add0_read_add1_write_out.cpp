// receive_in1_read_add0_read_add1_write_out: riscv_0, NoC 1, on 2 cores.
//   receives in1 (B)
//   reads add0 (D0)
//   reads add1 (D1)
//   writes out (C)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in1 = get_named_compile_time_arg_val("cb_in1");  // 1
    constexpr uint32_t cb_add0 = get_named_compile_time_arg_val("cb_add0");  // 2
    constexpr uint32_t cb_add1 = get_named_compile_time_arg_val("cb_add1");  // 3
    constexpr uint32_t cb_out = get_named_compile_time_arg_val("cb_out");  // 16
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t m_blocks = get_named_compile_time_arg_val("m_blocks");  // 2
    constexpr uint32_t subblock_m = get_named_compile_time_arg_val("subblock_m");  // 1: rows in DST at once
    constexpr uint32_t subblock_n = get_named_compile_time_arg_val("subblock_n");  // 2: columns in DST at once
    constexpr uint32_t in1_ready_semaphore = get_named_compile_time_arg_val("in1_ready_semaphore");  // 2
    constexpr uint32_t in1_valid_semaphore = get_named_compile_time_arg_val("in1_valid_semaphore");  // 3
    const uint32_t in1_sender_y = get_common_arg_val<uint32_t>(0);  // core that sends to this one
    const uint32_t D0_address = get_arg_val<uint32_t>(0);  // address of D0
    const uint32_t D1_address = get_arg_val<uint32_t>(1);  // address of D1
    const uint32_t C_address = get_arg_val<uint32_t>(2);  // address of C
    // first output tile of this core, row-major over (m, n), batches outermost
    const uint32_t tt_start_tile = get_arg_val<uint32_t>(3);
    // argument 4, Mt, is not used by this kernel
    // argument 5, Kt, is not used by this kernel
    const uint32_t Nt = get_arg_val<uint32_t>(6);  // columns of the output in tiles
    const uint32_t in1_sender_x = get_arg_val<uint32_t>(7);  // core that sends to this one
    const uint32_t m_start = tt_start_tile / Nt;  // first row of this core, in tiles
    const uint32_t n_start = tt_start_tile % Nt;  // first column of this core, in tiles
    constexpr uint32_t in1_tiles = block_k * block_n;  // tiles of a block
    const uint32_t in1_ready_l1 = get_semaphore(in1_ready_semaphore);  // receivers that wait for a block
    auto* const in1_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in1_valid_semaphore));
    constexpr uint32_t add0_tiles = block_n;  // tiles of a block
    const uint32_t add0_tile_bytes = get_tile_size(cb_add0);
    constexpr uint32_t add1_tiles = block_m * block_n;  // tiles of a block
    const uint32_t add1_tile_bytes = get_tile_size(cb_add1);
    constexpr uint32_t out_tiles = subblock_m * subblock_n;  // tiles of a block
    const uint32_t out_tile_bytes = get_tile_size(cb_out);
    constexpr auto D0_accessor = TensorAccessorArgs<0>();
    const auto D0_tensor = TensorAccessor(D0_accessor, D0_address);
    constexpr auto D1_accessor = TensorAccessorArgs<D0_accessor.next_compile_time_args_offset()>();
    const auto D1_tensor = TensorAccessor(D1_accessor, D1_address);
    constexpr auto C_accessor = TensorAccessorArgs<D1_accessor.next_compile_time_args_offset()>();
    const auto C_tensor = TensorAccessor(C_accessor, C_address);

    for (uint32_t m_block = 0; m_block < m_blocks; ++m_block) {
        const uint32_t m = m_start + m_block * block_m;
        const uint32_t n = n_start;
        for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
            // in1: receive a block of B at the place where its sender has it
            cb_reserve_back(cb_in1, in1_tiles);
            noc_semaphore_set(in1_valid, INVALID);
            noc_semaphore_inc(get_noc_addr(in1_sender_x, in1_sender_y, in1_ready_l1), 1);
            noc_semaphore_wait(in1_valid, VALID);
            cb_push_back(cb_in1, in1_tiles);
        }

        // add0: read a block of D0
        cb_reserve_back(cb_add0, add0_tiles);
        uint32_t add0_l1 = get_write_ptr(cb_add0);
        for (uint32_t j = 0; j < block_n; ++j, add0_l1 += add0_tile_bytes) {
            noc_async_read_page(n + j, D0_tensor, add0_l1);
        }
        noc_async_read_barrier();
        cb_push_back(cb_add0, add0_tiles);

        // add1: read a block of D1
        cb_reserve_back(cb_add1, add1_tiles);
        uint32_t add1_l1 = get_write_ptr(cb_add1);
        for (uint32_t i = 0; i < block_m; ++i) {
            for (uint32_t j = 0; j < block_n; ++j, add1_l1 += add1_tile_bytes) {
                noc_async_read_page((m + i) * Nt + n + j, D1_tensor, add1_l1);
            }
        }
        noc_async_read_barrier();
        cb_push_back(cb_add1, add1_tiles);

        // out: write the out block to C, one subblock after another
        for (uint32_t m_subblock = 0; m_subblock < block_m / subblock_m; ++m_subblock) {
            for (uint32_t n_subblock = 0; n_subblock < block_n / subblock_n; ++n_subblock) {
                const uint32_t m_tile = m + m_subblock * subblock_m;
                const uint32_t n_tile = n + n_subblock * subblock_n;
                cb_wait_front(cb_out, out_tiles);
                uint32_t out_l1 = get_read_ptr(cb_out);
                for (uint32_t i = 0; i < subblock_m; ++i) {
                    for (uint32_t j = 0; j < subblock_n; ++j, out_l1 += out_tile_bytes) {
                        noc_async_write_page((m_tile + i) * Nt + n_tile + j, C_tensor, out_l1);
                    }
                }
                noc_async_writes_flushed();
                cb_pop_front(cb_out, out_tiles);
            }
        }
    }

    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
