// Writes the output tiles of this core, in the order they are made.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t first_tile = get_arg_val<uint32_t>(1);
    const uint32_t tiles = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_c = tt::CBIndex::c_16;
    constexpr auto args = TensorAccessorArgs<0>();
    const auto c = TensorAccessor(args, address);

    for (uint32_t tile = 0; tile < tiles; ++tile) {
        cb_wait_front(cb_c, 1);
        noc_async_write_page(first_tile + tile, c, get_read_ptr(cb_c));
        noc_async_writes_flushed();  // the page may be reused
        cb_pop_front(cb_c, 1);
    }
    noc_async_write_barrier();
}
