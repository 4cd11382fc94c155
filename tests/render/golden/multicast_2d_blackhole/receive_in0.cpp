// receive_in0: riscv_1, NoC 0, on 2 cores.
//   receives in0 (A)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
    constexpr uint32_t cb_in0 = get_named_compile_time_arg_val("cb_in0");  // 0
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 2
    constexpr uint32_t in0_ready_semaphore = get_named_compile_time_arg_val("in0_ready_semaphore");  // 0
    constexpr uint32_t in0_valid_semaphore = get_named_compile_time_arg_val("in0_valid_semaphore");  // 1
    const uint32_t in0_sender_x = get_common_arg_val<uint32_t>(0);  // core that sends to this one
    const uint32_t in0_sender_y = get_arg_val<uint32_t>(0);  // core that sends to this one
    constexpr uint32_t in0_tiles = block_m * block_k;  // tiles of a block
    const uint32_t in0_ready_l1 = get_semaphore(in0_ready_semaphore);  // receivers that wait for a block
    auto* const in0_valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(in0_valid_semaphore));

    for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
        // in0: receive a block of A at the place where its sender has it
        cb_reserve_back(cb_in0, in0_tiles);
        noc_semaphore_set(in0_valid, INVALID);
        noc_semaphore_inc(get_noc_addr(in0_sender_x, in0_sender_y, in0_ready_l1), 1);
        noc_semaphore_wait(in0_valid, VALID);
        cb_push_back(cb_in0, in0_tiles);
    }

    noc_async_atomic_barrier();
}
