// Writes an output block in subblock order; reads the bias row first when defined.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t out_address = get_arg_val<uint32_t>(0);
    const uint32_t first_row = get_arg_val<uint32_t>(1);
    const uint32_t first_column = get_arg_val<uint32_t>(2);
    constexpr uint32_t out = 16;
    constexpr uint32_t nsh = get_compile_time_arg_val(0), nsw = get_compile_time_arg_val(1);
    constexpr uint32_t rt = get_compile_time_arg_val(2), ct = get_compile_time_arg_val(3);
    constexpr uint32_t n_tiles = get_compile_time_arg_val(4);
    constexpr auto out_args = TensorAccessorArgs<5>();
    const auto c = TensorAccessor(out_args, out_address);
#ifdef BIAS
    constexpr auto bias_args = TensorAccessorArgs<out_args.next_compile_time_args_offset()>();
    const auto bias = TensorAccessor(bias_args, get_arg_val<uint32_t>(3));
    constexpr uint32_t cb_bias = 2;
    cb_reserve_back(cb_bias, nsw * ct);
    for (uint32_t n = 0; n < nsw * ct; ++n) {
        noc_async_read_page(first_column + n, bias, get_write_ptr(cb_bias) + n * get_tile_size(cb_bias));
    }
    noc_async_read_barrier();
    cb_push_back(cb_bias, nsw * ct);
#endif
    for (uint32_t i = 0; i < nsh; ++i) {
        for (uint32_t j = 0; j < nsw; ++j) {
            cb_wait_front(out, rt * ct);
            uint32_t l1 = get_read_ptr(out);
            for (uint32_t r = 0; r < rt; ++r) {
                for (uint32_t q = 0; q < ct; ++q, l1 += get_tile_size(out)) {
                    noc_async_write_page((first_row + i * rt + r) * n_tiles + first_column + j * ct + q, c, l1);
                }
            }
            noc_async_writes_flushed();
            cb_pop_front(out, rt * ct);
        }
    }
    noc_async_write_barrier();
}
