// read_in0: riscv_1, NoC 0, on 1 core.
//   reads in0 (A)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_in0 = get_named_compile_time_arg_val("cb_in0");  // 0
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t block_k = get_named_compile_time_arg_val("block_k");  // 2: K tiles per block
    constexpr uint32_t k_blocks = get_named_compile_time_arg_val("k_blocks");  // 3
    const uint32_t block_count = get_common_arg_val<uint32_t>(0);  // 4: out blocks of this core
    const uint32_t A_address = get_arg_val<uint32_t>(0);  // address of A
    // first output tile of this core, row-major over (m, n), batches outermost
    const uint32_t tt_start_tile = get_arg_val<uint32_t>(1);
    const uint32_t Mt = get_arg_val<uint32_t>(2);  // rows of the output in tiles
    const uint32_t Kt = get_arg_val<uint32_t>(3);  // length of the sum in tiles
    const uint32_t Nt = get_arg_val<uint32_t>(4);  // columns of the output in tiles
    const uint32_t m_start = tt_start_tile / Nt;  // first row of this core, in tiles
    const uint32_t n_start = tt_start_tile % Nt;  // first column of this core, in tiles
    const uint32_t row_blocks = (Mt + block_m - 1) / block_m;
    const uint32_t column_blocks = (Nt + block_n - 1) / block_n;
    // out blocks in front of this core, row-major over (batch, m, n)
    const uint32_t first_block = m_start / block_m * column_blocks + n_start / block_n;
    constexpr uint32_t in0_tiles = block_m * block_k;  // tiles of a block
    const uint32_t in0_tile_bytes = get_tile_size(cb_in0);
    constexpr auto A_accessor = TensorAccessorArgs<0>();
    const auto A_tensor = TensorAccessor(A_accessor, A_address);

    for (uint32_t out_block = first_block; out_block < first_block + block_count; ++out_block) {
        const uint32_t m = out_block / column_blocks % row_blocks * block_m;
        for (uint32_t k_block = 0; k_block < k_blocks; ++k_block) {
            const uint32_t k_start = k_block * block_k;
            // in0: read a block of A
            cb_reserve_back(cb_in0, in0_tiles);
            uint32_t in0_l1 = get_write_ptr(cb_in0);
            for (uint32_t i = 0; i < block_m; ++i) {
                for (uint32_t k = 0; k < block_k; ++k, in0_l1 += in0_tile_bytes) {
                    noc_async_read_page((m + i) * Kt + k_start + k, A_tensor, in0_l1);
                }
            }
            noc_async_read_barrier();
            cb_push_back(cb_in0, in0_tiles);
        }
    }
}
