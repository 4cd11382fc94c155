// experimental::CoreLocalMem: a range of this core's L1 as an operand of Noc.
#pragma once

#include "experimental/endpoints.h"

namespace experimental {

struct LocalOffset {
    uint32_t offset_bytes = 0;
};

template <typename T>
class CoreLocalMem {
public:
    explicit CoreLocalMem(uintptr_t address) : address_(address) {}
    uintptr_t get_address() const { return address_; }
    volatile T* get_unsafe_ptr() const { return reinterpret_cast<volatile T*>(address_); }
    volatile T& operator[](uint32_t index) const { return get_unsafe_ptr()[index]; }
    CoreLocalMem operator+(uint32_t count) const { return CoreLocalMem(address_ + count * sizeof(T)); }
    CoreLocalMem& operator+=(uint32_t count) {
        address_ += count * sizeof(T);
        return *this;
    }

private:
    uintptr_t address_;
};

template <typename T>
struct noc_traits_t<CoreLocalMem<T>> {
    using src_args_type = LocalOffset;
    using dst_args_type = LocalOffset;
    using dst_args_mcast_type = RectanglePlace;
    static uint32_t local(const CoreLocalMem<T>& memory, const LocalOffset& args, bool, ttsim::Where) {
        return uint32_t(memory.get_address()) + args.offset_bytes;
    }
    static uint64_t rectangle(const CoreLocalMem<T>&, const RectanglePlace& args, ttsim::Where) {
        return get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                      args.addr);
    }
};

}  // namespace experimental
