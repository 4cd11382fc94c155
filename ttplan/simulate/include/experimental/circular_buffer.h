// experimental::CircularBuffer: a circular buffer as an object and as an operand of Noc.
#pragma once

#ifdef COMPILE_FOR_TRISC
#include "api/compute/cb_api.h"
#else
#include "experimental/noc.h"
#endif

namespace experimental {

class CircularBuffer {
public:
    enum class AddrSelector { WRITE_PTR, READ_PTR };
    explicit CircularBuffer(uint32_t cb) : cb_(cb) {}
    uint32_t get_cb_id() const { return cb_; }
    void reserve_back(int32_t pages, TTSIM_AT) const { ttsim_cb_reserve_back(cb_, pages, at); }
    void push_back(int32_t pages, TTSIM_AT) const { ttsim_cb_push_back(cb_, pages, at); }
    void wait_front(int32_t pages, TTSIM_AT) const { ttsim_cb_wait_front(cb_, pages, at); }
    void pop_front(int32_t pages, TTSIM_AT) const { ttsim_cb_pop_front(cb_, pages, at); }
    bool pages_reservable_at_back(int32_t pages, TTSIM_AT) const {
        return ttsim_cb_reservable(cb_, pages, at) != 0;
    }
    bool pages_available_at_front(int32_t pages, TTSIM_AT) const {
        return ttsim_cb_available(cb_, pages, at) != 0;
    }
    uint32_t get_write_ptr(TTSIM_AT) const { return ttsim_cb_write_ptr(cb_, at); }
    uint32_t get_read_ptr(TTSIM_AT) const { return ttsim_cb_read_ptr(cb_, at); }
    uint32_t get_tile_size() const { return ttsim::tile_bytes(ttsim::cb_format(cb_)); }

private:
    uint32_t cb_;
};

// A circular buffer of which a transfer takes the pointer that is not its usual one.
template <CircularBuffer::AddrSelector selector>
struct CircularBufferView {
    const CircularBuffer& cb;
};
template <CircularBuffer::AddrSelector selector>
CircularBufferView<selector> use(const CircularBuffer& cb) {
    return {cb};
}

#ifndef COMPILE_FOR_TRISC
struct CircularBufferRectangle {
    uint32_t noc_x_start, noc_y_start, noc_x_end, noc_y_end;
    uint32_t offset_bytes = 0;
};
struct CircularBufferOffset {
    uint32_t offset_bytes = 0;
};

template <>
struct noc_traits_t<CircularBuffer> {
    using src_args_type = CircularBufferOffset;
    using dst_args_type = CircularBufferOffset;
    using dst_args_mcast_type = CircularBufferRectangle;
    static uint32_t local(const CircularBuffer& cb, const CircularBufferOffset& args, bool source,
                          ttsim::Where at) {
        return (source ? cb.get_read_ptr(at) : cb.get_write_ptr(at)) + args.offset_bytes;
    }
    static uint64_t remote(const CircularBuffer& cb, const CircularBufferOffset& args, ttsim::Where at) {
        return get_noc_addr(cb.get_read_ptr(at) + args.offset_bytes);
    }
    static uint64_t rectangle(const CircularBuffer& cb, const CircularBufferRectangle& args,
                              ttsim::Where at) {
        return get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                      cb.get_write_ptr(at) + args.offset_bytes);
    }
};

template <CircularBuffer::AddrSelector selector>
struct noc_traits_t<CircularBufferView<selector>> {
    using src_args_type = CircularBufferOffset;
    using dst_args_type = CircularBufferOffset;
    using dst_args_mcast_type = CircularBufferRectangle;
    static uint32_t local(const CircularBufferView<selector>& view, const CircularBufferOffset& args, bool,
                          ttsim::Where at) {
        constexpr bool read = selector == CircularBuffer::AddrSelector::READ_PTR;
        return (read ? view.cb.get_read_ptr(at) : view.cb.get_write_ptr(at)) + args.offset_bytes;
    }
    static uint64_t remote(const CircularBufferView<selector>& view, const CircularBufferOffset& args,
                           ttsim::Where at) {
        return get_noc_addr(local(view, args, false, at));
    }
    static uint64_t rectangle(const CircularBufferView<selector>& view, const CircularBufferRectangle& args,
                              ttsim::Where at) {
        return get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                      local(view, {args.offset_bytes}, false, at));
    }
};
#endif

}  // namespace experimental
