// 2D multicast matmul, one reader per core: in0 along rows from the first column, in1 along columns from the first row.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t in0_address = get_arg_val<uint32_t>(0);
    const uint32_t in1_address = get_arg_val<uint32_t>(1);
    const uint32_t is_in0_sender = get_arg_val<uint32_t>(2);
    const uint32_t is_in1_sender = get_arg_val<uint32_t>(3);
    const uint32_t first_row = get_arg_val<uint32_t>(4);     // tile row of the block
    const uint32_t first_column = get_arg_val<uint32_t>(5);  // tile column of the block
    const uint32_t x0 = get_arg_val<uint32_t>(6), y0 = get_arg_val<uint32_t>(7);  // first core of the row / of the column
    const uint32_t x1 = get_arg_val<uint32_t>(8), y1 = get_arg_val<uint32_t>(9);
    constexpr uint32_t cb_in0 = 0, cb_in1 = 1;
    constexpr uint32_t k_blocks = get_compile_time_arg_val(0);
    constexpr uint32_t block_k = get_compile_time_arg_val(1);
    constexpr uint32_t block_m = get_compile_time_arg_val(2);
    constexpr uint32_t block_n = get_compile_time_arg_val(3);
    constexpr uint32_t k_tiles = k_blocks * block_k;
    constexpr uint32_t n_tiles = get_compile_time_arg_val(4);
    constexpr uint32_t receivers_x = get_compile_time_arg_val(5);
    constexpr uint32_t receivers_y = get_compile_time_arg_val(6);
    constexpr auto in0_args = TensorAccessorArgs<7>();
    constexpr auto in1_args = TensorAccessorArgs<in0_args.next_compile_time_args_offset()>();
    const auto in0 = TensorAccessor(in0_args, in0_address);
    const auto in1 = TensorAccessor(in1_args, in1_address);
    constexpr uint32_t bytes0 = get_tile_size(cb_in0), bytes1 = get_tile_size(cb_in1);

    const uint32_t ready0 = get_semaphore(0), valid0 = get_semaphore(1), ready1 = get_semaphore(2), valid1 = get_semaphore(3);
    volatile tt_l1_ptr uint32_t* ready0_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready0);
    volatile tt_l1_ptr uint32_t* valid0_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid0);
    volatile tt_l1_ptr uint32_t* ready1_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready1);
    volatile tt_l1_ptr uint32_t* valid1_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid1);
    if (is_in0_sender) *valid0_ptr = VALID;
    if (is_in1_sender) noc_semaphore_set(valid1_ptr, VALID);

    for (uint32_t block = 0; block < k_blocks; ++block) {
        cb_reserve_back(cb_in0, block_m * block_k);
        if (is_in0_sender) {
            const uint32_t start = get_write_ptr(cb_in0);
            uint32_t l1 = start;
            for (uint32_t m = 0; m < block_m; ++m) {
                for (uint32_t k = 0; k < block_k; ++k, l1 += bytes0) {
                    noc_async_read_page((first_row + m) * k_tiles + block * block_k + k, in0, l1);
                }
            }
            noc_async_read_barrier();
            if (receivers_x > 0) {
                noc_semaphore_wait(ready0_ptr, receivers_x);
                noc_semaphore_set(ready0_ptr, 0);
                const uint64_t data = get_noc_multicast_addr(x0 + 1, my_y[0], x1, my_y[0], start);
                noc_async_write_multicast(start, data, block_m * block_k * bytes0, receivers_x, true);
#ifdef ARCH_BLACKHOLE
                noc_async_writes_flushed();  // the flag must not overtake the data
#endif
                noc_semaphore_set_multicast(valid0, get_noc_multicast_addr(x0 + 1, my_y[0], x1, my_y[0], valid0), receivers_x);
                noc_async_writes_flushed();
            }
        } else {
            noc_semaphore_set(valid0_ptr, INVALID);
            noc_semaphore_inc(get_noc_addr(x0, my_y[0], ready0), 1);
            noc_semaphore_wait(valid0_ptr, VALID);
        }
        cb_push_back(cb_in0, block_m * block_k);

        cb_reserve_back(cb_in1, block_k * block_n);
        if (is_in1_sender) {
            const uint32_t start = get_write_ptr(cb_in1);
            uint32_t l1 = start;
            for (uint32_t k = 0; k < block_k; ++k) {
                for (uint32_t n = 0; n < block_n; ++n, l1 += bytes1) {
                    noc_async_read_page((block * block_k + k) * n_tiles + first_column + n, in1, l1);
                }
            }
            noc_async_read_barrier();
            if (receivers_y > 0) {
                noc_semaphore_wait(ready1_ptr, receivers_y);
                noc_semaphore_set(ready1_ptr, 0);
                const uint64_t data = get_noc_multicast_addr(my_x[0], y0 + 1, my_x[0], y1, start);
                noc_async_write_multicast(start, data, block_k * block_n * bytes1, receivers_y, true);
#ifdef ARCH_BLACKHOLE
                noc_async_writes_flushed();  // the flag must not overtake the data
#endif
                noc_semaphore_set_multicast(valid1, get_noc_multicast_addr(my_x[0], y0 + 1, my_x[0], y1, valid1), receivers_y);
                noc_async_writes_flushed();
            }
        } else {
            noc_semaphore_set(valid1_ptr, INVALID);
            noc_semaphore_inc(get_noc_addr(my_x[0], y0, ready1), 1);
            noc_semaphore_wait(valid1_ptr, VALID);
        }
        cb_push_back(cb_in1, block_k * block_n);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
