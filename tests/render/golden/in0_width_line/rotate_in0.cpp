// rotate_in0: riscv_1, NoC 0, on 5 cores.
//   rotates in0 (A)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in0 = get_named_compile_time_arg_val("cb_in0");  // 0
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 1: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 5
    constexpr uint32_t m_blocks = get_named_compile_time_arg_val("m_blocks");  // 2
    constexpr uint32_t in0_ready_semaphore = get_named_compile_time_arg_val("in0_ready_semaphore");  // 0
    constexpr uint32_t in0_valid_semaphore = get_named_compile_time_arg_val("in0_valid_semaphore");  // 1
    constexpr uint32_t in0_receivers = get_named_compile_time_arg_val("in0_receivers");  // 4
    constexpr uint32_t in0_shard_k = get_named_compile_time_arg_val("in0_shard_k");  // 1
    const uint32_t in0_dest0_x0 = get_common_arg_val<uint32_t>(0);  // multicast rectangle
    const uint32_t in0_dest0_y0 = get_common_arg_val<uint32_t>(1);  // multicast rectangle
    const uint32_t in0_dest0_x1 = get_common_arg_val<uint32_t>(2);  // multicast rectangle
    const uint32_t in0_dest0_y1 = get_common_arg_val<uint32_t>(3);  // multicast rectangle
    const uint32_t in0_dest1_x0 = get_common_arg_val<uint32_t>(4);  // multicast rectangle
    const uint32_t in0_dest1_y0 = get_common_arg_val<uint32_t>(5);  // multicast rectangle
    const uint32_t in0_dest1_x1 = get_common_arg_val<uint32_t>(6);  // multicast rectangle
    const uint32_t in0_dest1_y1 = get_common_arg_val<uint32_t>(7);  // multicast rectangle
    const uint32_t in0_owner0_x = get_common_arg_val<uint32_t>(8);
    const uint32_t in0_owner0_y = get_common_arg_val<uint32_t>(9);
    const uint32_t in0_owner1_x = get_common_arg_val<uint32_t>(10);
    const uint32_t in0_owner1_y = get_common_arg_val<uint32_t>(11);
    const uint32_t in0_owner2_x = get_common_arg_val<uint32_t>(12);
    const uint32_t in0_owner2_y = get_common_arg_val<uint32_t>(13);
    const uint32_t in0_owner3_x = get_common_arg_val<uint32_t>(14);
    const uint32_t in0_owner3_y = get_common_arg_val<uint32_t>(15);
    const uint32_t in0_owner4_x = get_common_arg_val<uint32_t>(16);
    const uint32_t in0_owner4_y = get_common_arg_val<uint32_t>(17);
    const uint32_t A_address = get_arg_val<uint32_t>(0);  // address of A
    const uint32_t in0_dest0_cores = get_arg_val<uint32_t>(1);  // cores in the rectangle that receive
    const uint32_t in0_dest1_cores = get_arg_val<uint32_t>(2);  // cores in the rectangle that receive
    const uint32_t in0_owner = get_arg_val<uint32_t>(3);  // place of this core in the rotation
    constexpr uint32_t in0_tiles = block_m * block_k;  // tiles of a block
    const uint32_t in0_tile_bytes = get_tile_size(cb_in0);
    const uint32_t in0_ready_l1 = get_semaphore(in0_ready_semaphore);  // receivers that wait for a block
    auto* const in0_ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in0_ready_semaphore));
    const uint32_t in0_valid_l1 = get_semaphore(in0_valid_semaphore);  // the block has arrived
    auto* const in0_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in0_valid_semaphore));
    const uint32_t in0_owners_x[] = {in0_owner0_x, in0_owner1_x, in0_owner2_x, in0_owner3_x, in0_owner4_x};
    const uint32_t in0_owners_y[] = {in0_owner0_y, in0_owner1_y, in0_owner2_y, in0_owner3_y, in0_owner4_y};

    for (uint32_t m_block = 0; m_block < m_blocks; ++m_block) {
        for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
            const uint32_t k_start = k_block * block_k;
            // in0: the owner of these columns of A multicasts its part, the others receive it
            cb_reserve_back(cb_in0, in0_tiles);
            const uint32_t in0_turn = k_start / in0_shard_k;
            if (in0_turn == in0_owner) {
                const uint32_t in0_block = get_write_ptr(cb_in0);
                const uint32_t in0_row_bytes = block_k * in0_tile_bytes;
                uint32_t in0_l1 = in0_block;
                uint32_t in0_part = A_address + (m_block * block_m * in0_shard_k + k_start % in0_shard_k) * in0_tile_bytes;
                for (uint32_t i = 0; i < block_m; ++i) {
                    noc_async_read(get_noc_addr(in0_part), in0_l1, in0_row_bytes);
                    in0_part += in0_shard_k * in0_tile_bytes;
                    in0_l1 += in0_row_bytes;
                }
                noc_async_read_barrier();
                noc_semaphore_set(in0_valid, VALID);
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
                if (in0_dest1_cores > 0) {
                    noc_async_write_multicast(
                        in0_block,
                        get_noc_multicast_addr(in0_dest1_x0, in0_dest1_y0, in0_dest1_x1, in0_dest1_y1, in0_block),
                        in0_tiles * in0_tile_bytes,
                        in0_dest1_cores,
                        /*linked=*/true);
                    noc_semaphore_set_multicast(
                        in0_valid_l1,
                        get_noc_multicast_addr(in0_dest1_x0, in0_dest1_y0, in0_dest1_x1, in0_dest1_y1, in0_valid_l1),
                        in0_dest1_cores);
                }
                noc_async_writes_flushed();  // the flag has left before this core clears it to receive
            } else {
                noc_semaphore_set(in0_valid, INVALID);
                noc_semaphore_inc(get_noc_addr(in0_owners_x[in0_turn], in0_owners_y[in0_turn], in0_ready_l1), 1);
                noc_semaphore_wait(in0_valid, VALID);
            }
            cb_push_back(cb_in0, in0_tiles);
        }
    }

    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
