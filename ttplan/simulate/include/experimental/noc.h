// experimental::Noc: transfers between operands that know their own addresses.
// Source of names and signatures: tt_metal/hw/inc/experimental/noc.h.
#pragma once

#include "api/dataflow/dataflow_api.h"

namespace experimental {

// Specialised per operand kind: the argument types, `local` (address in this core's L1), `remote` and
// `rectangle` (NoC addresses).
template <typename T>
struct noc_traits_t {
    static_assert(sizeof(T) == 0, "experimental::Noc: this operand kind is not simulated");
};

class Noc {
public:
    enum class TxnIdMode { ENABLED, DISABLED };
    enum class ResponseMode { NON_POSTED, POSTED };
    enum class BarrierMode { TXN_ID, FULL };
    enum class McastMode { INCLUDE_SRC, EXCLUDE_SRC };
    enum class VcSelection { DEFAULT, CUSTOM };
    static constexpr uint32_t INVALID_TXN_ID = 0xFFFFFFFF;

    Noc() : noc_(noc_index) {}
    explicit Noc(uint8_t noc) : noc_(noc) {}
    uint8_t get_noc_id() const { return noc_; }
    bool is_local_bank(uint32_t x, uint32_t y) const { return x == my_x[noc_] && y == my_y[noc_]; }
    bool is_local_addr(uint64_t address) const {
        return is_local_bank(uint32_t(address >> 36) & 63, uint32_t(address >> 42) & 63);
    }

    template <TxnIdMode mode = TxnIdMode::DISABLED, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              bool tracing = true, typename Src, typename Dst>
    void async_read(const Src& src, const Dst& dst, uint32_t bytes,
                    const typename noc_traits_t<Src>::src_args_type& src_args,
                    const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                    uint32_t = NOC_UNICAST_WRITE_VC, uint32_t trid = INVALID_TXN_ID, TTSIM_AT) const {
        ttsim_read(noc_traits_t<Src>::remote(src, src_args, at),
                   noc_traits_t<Dst>::local(dst, dst_args, false, at), bytes, noc_,
                   mode == TxnIdMode::ENABLED ? trid : ttsim_trid(noc_),
                   max_page_size <= NOC_MAX_BURST_SIZE ? ttsim::OnePacket : ttsim::AnySize, at);
    }

    template <TxnIdMode mode = TxnIdMode::DISABLED, ResponseMode response = ResponseMode::NON_POSTED,
              uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool tracing = true, typename Src,
              typename Dst>
    void async_write(const Src& src, const Dst& dst, uint32_t bytes,
                     const typename noc_traits_t<Src>::src_args_type& src_args,
                     const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                     uint32_t = NOC_UNICAST_WRITE_VC, uint32_t trid = INVALID_TXN_ID, TTSIM_AT) const {
        ttsim_write(noc_traits_t<Src>::local(src, src_args, true, at),
                    noc_traits_t<Dst>::remote(dst, dst_args, at), bytes, noc_,
                    mode == TxnIdMode::ENABLED ? trid : 0,
                    (max_page_size <= NOC_MAX_BURST_SIZE ? ttsim::OnePacket : 0) |
                        (response == ResponseMode::POSTED ? ttsim::Posted : 0),
                    at);
    }

    template <McastMode mode = McastMode::EXCLUDE_SRC, TxnIdMode txn = TxnIdMode::DISABLED,
              ResponseMode response = ResponseMode::NON_POSTED,
              uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool tracing = true, typename Src,
              typename Dst>
    void async_write_multicast(const Src& src, const Dst& dst, uint32_t bytes, uint32_t num_dests,
                               const typename noc_traits_t<Src>::src_args_type& src_args,
                               const typename noc_traits_t<Dst>::dst_args_mcast_type& dst_args,
                               bool linked = false, uint32_t = INVALID_TXN_ID, TTSIM_AT) const {
        static_assert(txn == TxnIdMode::DISABLED, "multicasts with a transaction id are not supported");
        static_assert(response == ResponseMode::NON_POSTED, "posted multicasts are not supported");
        ttsim_multicast(noc_traits_t<Src>::local(src, src_args, true, at),
                        noc_traits_t<Dst>::rectangle(dst, dst_args, at), bytes, num_dests, noc_,
                        (mode == McastMode::INCLUDE_SRC ? ttsim::Loopback : 0) | (linked ? ttsim::Linked : 0),
                        at);
    }

    template <VcSelection vc = VcSelection::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Src>
    void set_async_read_state(const Src& src, uint32_t bytes,
                              const typename noc_traits_t<Src>::src_args_type& src_args, uint8_t = 0,
                              TTSIM_AT) const {
        ttsim_set_state(0, noc_traits_t<Src>::remote(src, src_args, at), bytes, noc_, at);
    }
    template <VcSelection vc = VcSelection::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Src, typename Dst>
    void async_read_with_state(const Src& src, const Dst& dst, uint32_t bytes,
                               const typename noc_traits_t<Src>::src_args_type& src_args,
                               const typename noc_traits_t<Dst>::dst_args_type& dst_args, uint8_t = 0,
                               TTSIM_AT) const {
        const uint32_t from = uint32_t(noc_traits_t<Src>::remote(src, src_args, at));
        ttsim_read(ttsim_state_address(0, noc_, at) >> 36 << 36 | from,
                   noc_traits_t<Dst>::local(dst, dst_args, false, at), bytes, noc_, ttsim_trid(noc_),
                   ttsim::AnySize, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED,
              uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Dst>
    void set_async_write_state(const Dst& dst, uint32_t bytes,
                               const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                               uint8_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) const {
        ttsim_set_state(1, noc_traits_t<Dst>::remote(dst, dst_args, at), bytes, noc_, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED,
              uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Src, typename Dst>
    void async_write_with_state(const Src& src, const Dst& dst, uint32_t bytes,
                                const typename noc_traits_t<Src>::src_args_type& src_args,
                                const typename noc_traits_t<Dst>::dst_args_type& dst_args, TTSIM_AT) const {
        const uint32_t to = uint32_t(noc_traits_t<Dst>::remote(dst, dst_args, at));
        ttsim_write(noc_traits_t<Src>::local(src, src_args, true, at),
                    ttsim_state_address(1, noc_, at) >> 36 << 36 | to, bytes, noc_, 0,
                    response == ResponseMode::POSTED ? ttsim::Posted : 0, at);
    }

    template <BarrierMode mode = BarrierMode::FULL>
    void async_read_barrier(uint32_t trid = INVALID_TXN_ID, TTSIM_AT) const {
        barrier(ttsim::ReadBarrier, mode, trid, at);
    }
    template <BarrierMode mode = BarrierMode::FULL>
    void async_write_barrier(uint32_t trid = INVALID_TXN_ID, TTSIM_AT) const {
        barrier(ttsim::WriteBarrier, mode, trid, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED, BarrierMode mode = BarrierMode::FULL>
    void async_writes_flushed(uint32_t trid = INVALID_TXN_ID, TTSIM_AT) const {
        barrier(response == ResponseMode::POSTED ? ttsim::PostedFlushed : ttsim::WritesFlushed, mode, trid,
                at);
    }
    void async_atomic_barrier(TTSIM_AT) const { ttsim_barrier(ttsim::AtomicBarrier, noc_, -1, at); }
    void async_full_barrier(TTSIM_AT) const { ttsim_barrier(ttsim::FullBarrier, noc_, -1, at); }

private:
    void barrier(int32_t kind, BarrierMode mode, uint32_t trid, ttsim::Where at) const {
        ttsim_barrier(kind, noc_, mode == BarrierMode::TXN_ID ? int32_t(trid) : -1, at);
    }
    uint8_t noc_;
};

}  // namespace experimental
