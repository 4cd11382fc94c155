// Puts all pages of up to two buffers into circular buffers 0 and 1 and leaves them there.
#include "api/dataflow/dataflow_api.h"

template <typename Accessor>
void read_all(uint32_t cb, uint32_t pages, const Accessor& accessor) {
    if (pages == 0) return;
    cb_reserve_back(cb, pages);
    uint32_t l1 = get_write_ptr(cb);
    for (uint32_t page = 0; page < pages; ++page, l1 += accessor.get_aligned_page_size()) {
        noc_async_read_page(page, accessor, l1);
    }
    noc_async_read_barrier();
    cb_push_back(cb, pages);
}

void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<2>();
    constexpr auto y_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();
    read_all(0, get_compile_time_arg_val(0), TensorAccessor(x_args, get_arg_val<uint32_t>(0)));
    read_all(1, get_compile_time_arg_val(1), TensorAccessor(y_args, get_arg_val<uint32_t>(1)));
}
