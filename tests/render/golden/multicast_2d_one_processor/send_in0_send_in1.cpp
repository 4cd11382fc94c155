// send_in0_send_in1: riscv_1, NoC 0, on 1 core.
//   reads and multicasts in0 (A)
//   reads and multicasts in1 (B)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in0 = get_named_compile_time_arg_val("cb_in0");  // 0
    constexpr uint32_t cb_in1 = get_named_compile_time_arg_val("cb_in1");  // 1
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t in0_ready_semaphore = get_named_compile_time_arg_val("in0_ready_semaphore");  // 0
    constexpr uint32_t in0_valid_semaphore = get_named_compile_time_arg_val("in0_valid_semaphore");  // 1
    constexpr uint32_t in0_receivers = get_named_compile_time_arg_val("in0_receivers");  // 1
    constexpr uint32_t in1_ready_semaphore = get_named_compile_time_arg_val("in1_ready_semaphore");  // 2
    constexpr uint32_t in1_valid_semaphore = get_named_compile_time_arg_val("in1_valid_semaphore");  // 3
    constexpr uint32_t in1_receivers = get_named_compile_time_arg_val("in1_receivers");  // 1
    const uint32_t in0_dest0_x0 = get_common_arg_val<uint32_t>(0);  // multicast rectangle
    const uint32_t in0_dest0_y0 = get_common_arg_val<uint32_t>(1);  // multicast rectangle
    const uint32_t in0_dest0_x1 = get_common_arg_val<uint32_t>(2);  // multicast rectangle
    const uint32_t in0_dest0_y1 = get_common_arg_val<uint32_t>(3);  // multicast rectangle
    const uint32_t in0_dest0_cores = get_common_arg_val<uint32_t>(4);  // 1: cores in the rectangle that receive
    const uint32_t in1_dest0_x0 = get_common_arg_val<uint32_t>(5);  // multicast rectangle
    const uint32_t in1_dest0_y0 = get_common_arg_val<uint32_t>(6);  // multicast rectangle
    const uint32_t in1_dest0_x1 = get_common_arg_val<uint32_t>(7);  // multicast rectangle
    const uint32_t in1_dest0_y1 = get_common_arg_val<uint32_t>(8);  // multicast rectangle
    const uint32_t in1_dest0_cores = get_common_arg_val<uint32_t>(9);  // 1: cores in the rectangle that receive
    const uint32_t A_address = get_arg_val<uint32_t>(0);  // address of A
    const uint32_t B_address = get_arg_val<uint32_t>(1);  // address of B
    // first output tile of this core, row-major over (m, n), batches outermost
    const uint32_t tt_start_tile = get_arg_val<uint32_t>(2);
    // argument 3, Mt, is not used by this kernel
    const uint32_t Kt = get_arg_val<uint32_t>(4);  // length of the sum in tiles
    const uint32_t Nt = get_arg_val<uint32_t>(5);  // columns of the output in tiles
    const uint32_t m_start = tt_start_tile / Nt;  // first row of this core, in tiles
    const uint32_t n_start = tt_start_tile % Nt;  // first column of this core, in tiles
    constexpr uint32_t in0_tiles = block_m * block_k;  // tiles of a block
    const uint32_t in0_tile_bytes = get_tile_size(cb_in0);
    auto* const in0_ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in0_ready_semaphore));
    const uint32_t in0_valid_l1 = get_semaphore(in0_valid_semaphore);  // the block has arrived
    auto* const in0_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in0_valid_semaphore));
    constexpr uint32_t in1_tiles = block_k * block_n;  // tiles of a block
    const uint32_t in1_tile_bytes = get_tile_size(cb_in1);
    auto* const in1_ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in1_ready_semaphore));
    const uint32_t in1_valid_l1 = get_semaphore(in1_valid_semaphore);  // the block has arrived
    auto* const in1_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in1_valid_semaphore));
    constexpr auto A_accessor = TensorAccessorArgs<0>();
    const auto A_tensor = TensorAccessor(A_accessor, A_address);
    constexpr auto B_accessor = TensorAccessorArgs<A_accessor.next_compile_time_args_offset()>();
    const auto B_tensor = TensorAccessor(B_accessor, B_address);

    noc_semaphore_set(in0_valid, VALID);  // the word that the flag multicast copies
    noc_semaphore_set(in1_valid, VALID);  // the word that the flag multicast copies
    const uint32_t m = m_start;
    const uint32_t n = n_start;
    for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
        const uint32_t k_start = k_block * block_k;
        // in0: read a block of A and multicast it
        cb_reserve_back(cb_in0, in0_tiles);
        noc_async_writes_flushed();  // the block sent before has left the memory that is filled now
        const uint32_t in0_block = get_write_ptr(cb_in0);
        uint32_t in0_l1 = in0_block;
        for (uint32_t i = 0; i < block_m; ++i) {
            for (uint32_t k = 0; k < block_k; ++k, in0_l1 += in0_tile_bytes) {
                noc_async_read_page((m + i) * Kt + k_start + k, A_tensor, in0_l1);
            }
        }
        noc_async_read_barrier();
        noc_semaphore_wait(in0_ready, in0_receivers);
        noc_semaphore_set(in0_ready, 0);
        noc_async_write_multicast(
            in0_block,
            get_noc_multicast_addr(in0_dest0_x0, in0_dest0_y0, in0_dest0_x1, in0_dest0_y1, in0_block),
            in0_tiles * in0_tile_bytes,
            in0_dest0_cores,
            /*linked=*/true);
        noc_semaphore_set_multicast(
            in0_valid_l1,
            get_noc_multicast_addr(in0_dest0_x0, in0_dest0_y0, in0_dest0_x1, in0_dest0_y1, in0_valid_l1),
            in0_dest0_cores);
        cb_push_back(cb_in0, in0_tiles);

        // in1: read a block of B and multicast it
        cb_reserve_back(cb_in1, in1_tiles);
        noc_async_writes_flushed();  // the block sent before has left the memory that is filled now
        const uint32_t in1_block = get_write_ptr(cb_in1);
        uint32_t in1_l1 = in1_block;
        for (uint32_t k = 0; k < block_k; ++k) {
            for (uint32_t j = 0; j < block_n; ++j, in1_l1 += in1_tile_bytes) {
                noc_async_read_page((k_start + k) * Nt + n + j, B_tensor, in1_l1);
            }
        }
        noc_async_read_barrier();
        noc_semaphore_wait(in1_ready, in1_receivers);
        noc_semaphore_set(in1_ready, 0);
        noc_async_write_multicast(
            in1_block,
            get_noc_multicast_addr(in1_dest0_x0, in1_dest0_y0, in1_dest0_x1, in1_dest0_y1, in1_block),
            in1_tiles * in1_tile_bytes,
            in1_dest0_cores,
            /*linked=*/true);
        noc_semaphore_set_multicast(
            in1_valid_l1,
            get_noc_multicast_addr(in1_dest0_x0, in1_dest0_y0, in1_dest0_x1, in1_dest0_y1, in1_valid_l1),
            in1_dest0_cores);
        cb_push_back(cb_in1, in1_tiles);
    }

    noc_async_write_barrier();
}
