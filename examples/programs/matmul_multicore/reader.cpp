// For each output tile of this core: the row of A and the column of B, one pair of tiles per step.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t a_address = get_arg_val<uint32_t>(0);
    const uint32_t b_address = get_arg_val<uint32_t>(1);
    const uint32_t first_tile = get_arg_val<uint32_t>(2);  // of C, in row-major order
    const uint32_t tiles = get_arg_val<uint32_t>(3);
    constexpr uint32_t k_tiles = get_named_compile_time_arg_val("k_tiles");
    constexpr uint32_t n_tiles = get_named_compile_time_arg_val("n_tiles");
    constexpr uint32_t cb_a = tt::CBIndex::c_0;
    constexpr uint32_t cb_b = tt::CBIndex::c_1;
    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, a_address);
    const auto b = TensorAccessor(b_args, b_address);

    for (uint32_t tile = first_tile; tile < first_tile + tiles; ++tile) {
        const uint32_t row = tile / n_tiles, column = tile % n_tiles;
        for (uint32_t k = 0; k < k_tiles; ++k) {
            cb_reserve_back(cb_a, 1);
            cb_reserve_back(cb_b, 1);
            noc_async_read_page(row * k_tiles + k, a, get_write_ptr(cb_a));
            noc_async_read_page(k * n_tiles + column, b, get_write_ptr(cb_b));
            noc_async_read_barrier();
            cb_push_back(cb_a, 1);
            cb_push_back(cb_b, 1);
        }
    }
}
