// write_out: riscv_0, NoC 1, on 4 cores.
//   writes out (C)

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_out = get_named_compile_time_arg_val("cb_out");  // 16
    constexpr uint32_t block_m = get_named_compile_time_arg_val("block_m");  // 2: rows of an out block
    constexpr uint32_t block_n = get_named_compile_time_arg_val("block_n");  // 2: columns of an out block
    constexpr uint32_t subblock_m = get_named_compile_time_arg_val("subblock_m");  // 1: rows in DST at once
    constexpr uint32_t subblock_n = get_named_compile_time_arg_val("subblock_n");  // 2: columns in DST at once
    const uint32_t C_address = get_arg_val<uint32_t>(0);  // address of C
    // first output tile of this core, row-major over (m, n), batches outermost
    const uint32_t tt_start_tile = get_arg_val<uint32_t>(1);
    // argument 2, Mt, is not used by this kernel
    // argument 3, Kt, is not used by this kernel
    const uint32_t Nt = get_arg_val<uint32_t>(4);  // columns of the output in tiles
    const uint32_t m_start = tt_start_tile / Nt;  // first row of this core, in tiles
    const uint32_t n_start = tt_start_tile % Nt;  // first column of this core, in tiles
    constexpr uint32_t out_tiles = subblock_m * subblock_n;  // tiles of a block
    const uint32_t out_tile_bytes = get_tile_size(cb_out);
    constexpr auto C_accessor = TensorAccessorArgs<0>();
    const auto C_tensor = TensorAccessor(C_accessor, C_address);

    const uint32_t m = m_start;
    const uint32_t n = n_start;

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
}
