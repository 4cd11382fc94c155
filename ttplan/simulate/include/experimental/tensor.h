// TensorAccessor as an operand of Noc.
#pragma once

#include "experimental/noc.h"

namespace experimental {

struct PageOffset {
    uint32_t page_id;
    uint32_t offset_bytes = 0;
};

template <typename Args>
struct noc_traits_t<TensorAccessor<Args>> {
    using src_args_type = PageOffset;
    using dst_args_type = PageOffset;
    static uint64_t remote(const TensorAccessor<Args>& accessor, const PageOffset& args, ttsim::Where at) {
        return accessor.get_noc_addr(args.page_id, args.offset_bytes, noc_index, at);
    }
};

}  // namespace experimental
