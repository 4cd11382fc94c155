// receive_in1: riscv_0, NoC 1, on 2 cores.
//   receives in1 (B)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in1 = get_named_compile_time_arg_val("cb_in1");  // 1
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t in1_ready_semaphore = get_named_compile_time_arg_val("in1_ready_semaphore");  // 2
    constexpr uint32_t in1_valid_semaphore = get_named_compile_time_arg_val("in1_valid_semaphore");  // 3
    const uint32_t in1_sender_y = get_common_arg_val<uint32_t>(0);  // core that sends to this one
    const uint32_t in1_sender_x = get_arg_val<uint32_t>(0);  // core that sends to this one
    constexpr uint32_t in1_tiles = block_k * block_n;  // tiles of a block
    const uint32_t in1_ready_l1 = get_semaphore(in1_ready_semaphore);  // receivers that wait for a block
    auto* const in1_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in1_valid_semaphore));

    for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
        // in1: receive a block of B at the place where its sender has it
        cb_reserve_back(cb_in1, in1_tiles);
        noc_semaphore_set(in1_valid, INVALID);
        noc_semaphore_inc(get_noc_addr(in1_sender_x, in1_sender_y, in1_ready_l1), 1);
        noc_semaphore_wait(in1_valid, VALID);
        cb_push_back(cb_in1, in1_tiles);
    }

    noc_async_atomic_barrier();
}
