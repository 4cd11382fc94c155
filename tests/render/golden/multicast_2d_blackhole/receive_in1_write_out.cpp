// receive_in1_write_out: riscv_0, NoC 1, on 2 cores.
//   receives in1 (B)
//   writes out (C)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in1 = get_named_compile_time_arg_val("cb_in1");  // 1
    constexpr uint32_t cb_out = get_named_compile_time_arg_val("cb_out");  // 16
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t subblock_m = get_named_compile_time_arg_val("subblock_m");  // 1: rows in DST at once
    constexpr uint32_t subblock_n = get_named_compile_time_arg_val("subblock_n");  // 2: columns in DST at once
    constexpr uint32_t in1_ready_semaphore = get_named_compile_time_arg_val("in1_ready_semaphore");  // 2
    constexpr uint32_t in1_valid_semaphore = get_named_compile_time_arg_val("in1_valid_semaphore");  // 3
    const uint32_t in1_sender_y = get_common_arg_val<uint32_t>(0);  // core that sends to this one
    const uint32_t C_address = get_arg_val<uint32_t>(0);  // address of C
    // first output tile of this core, row-major over (m, n), batches outermost
    const uint32_t tt_start_tile = get_arg_val<uint32_t>(1);
    // argument 2, Mt, is not used by this kernel
    // argument 3, Kt, is not used by this kernel
    const uint32_t Nt = get_arg_val<uint32_t>(4);  // columns of the output in tiles
    const uint32_t in1_sender_x = get_arg_val<uint32_t>(5);  // core that sends to this one
    const uint32_t m_start = tt_start_tile / Nt;  // first row of this core, in tiles
    const uint32_t n_start = tt_start_tile % Nt;  // first column of this core, in tiles
    constexpr uint32_t in1_tiles = block_k * block_n;  // tiles of a block
    const uint32_t in1_ready_l1 = get_semaphore(in1_ready_semaphore);  // receivers that wait for a block
    auto* const in1_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in1_valid_semaphore));
    constexpr uint32_t out_tiles = subblock_m * subblock_n;  // tiles of a block
    const uint32_t out_tile_bytes = get_tile_size(cb_out);
    constexpr auto C_accessor = TensorAccessorArgs<0>();
    const auto C_tensor = TensorAccessor(C_accessor, C_address);

    const uint32_t m = m_start;
    const uint32_t n = n_start;
    for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
        // in1: receive a block of B at the place where its sender has it
        cb_reserve_back(cb_in1, in1_tiles);
        noc_semaphore_set(in1_valid, INVALID);
        noc_semaphore_inc(get_noc_addr(in1_sender_x, in1_sender_y, in1_ready_l1), 1);
        noc_semaphore_wait(in1_valid, VALID);
        cb_push_back(cb_in1, in1_tiles);
    }

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

    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
