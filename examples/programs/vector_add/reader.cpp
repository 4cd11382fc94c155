// Reads a run of tiles of two tensors in DRAM into circular buffers, `block` tiles per barrier.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t a_address = get_arg_val<uint32_t>(0);
    const uint32_t b_address = get_arg_val<uint32_t>(1);
    const uint32_t first_tile = get_arg_val<uint32_t>(2);
    const uint32_t tiles = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_a = tt::CBIndex::c_0;
    constexpr uint32_t cb_b = tt::CBIndex::c_1;
    constexpr uint32_t block = get_compile_time_arg_val(0);
    constexpr auto a_args = TensorAccessorArgs<1>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, a_address);
    const auto b = TensorAccessor(b_args, b_address);
    constexpr uint32_t tile_bytes = get_tile_size(cb_a);

    for (uint32_t done = 0; done < tiles; done += block) {
        const uint32_t count = tiles - done < block ? tiles - done : block;
        cb_reserve_back(cb_a, count);
        cb_reserve_back(cb_b, count);
        const uint32_t a_l1 = get_write_ptr(cb_a), b_l1 = get_write_ptr(cb_b);
        for (uint32_t i = 0; i < count; ++i) {
            noc_async_read_page(first_tile + done + i, a, a_l1 + i * tile_bytes);
            noc_async_read_page(first_tile + done + i, b, b_l1 + i * tile_bytes);
        }
        noc_async_read_barrier();
        cb_push_back(cb_a, count);
        cb_push_back(cb_b, count);
    }
}
