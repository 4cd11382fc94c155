// noc_async_write, its stateful and transaction-id forms, and the 4-byte inline write.
#pragma once

#include "ttsim/noc_address.hpp"

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true,
          bool posted = false>
inline void noc_async_write(uint32_t from, uint64_t to, uint32_t size, uint8_t noc = noc_index,
                            uint32_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    constexpr int32_t flags =
        (max_page_size <= NOC_MAX_BURST_SIZE ? ttsim::OnePacket : 0) | (posted ? ttsim::Posted : 0);
    ttsim_write(from, to, size, noc, 0, flags, at);
}
template <bool enable_noc_tracing = true, bool posted = false>
inline void noc_async_write_one_packet(uint32_t from, uint64_t to, uint32_t size, uint8_t noc = noc_index,
                                       uint32_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_write(from, to, size, noc, 0, ttsim::OnePacket | (posted ? ttsim::Posted : 0), at);
}
template <typename AddrGen, bool enable_noc_tracing = true, bool posted = false>
inline void noc_async_write_page(uint32_t page, const AddrGen& generator, uint32_t from, uint32_t size = 0,
                                 uint32_t offset = 0, uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_write(from, generator.get_noc_addr(page, offset, noc, at),
                size == 0 ? generator.get_aligned_page_size() : size, noc, 0, posted ? ttsim::Posted : 0, at);
}
template <typename AddrGen>
inline void noc_async_write_tile(uint32_t page, const AddrGen& generator, uint32_t from,
                                 uint8_t noc = noc_index, TTSIM_AT) {
    noc_async_write_page(page, generator, from, 0, 0, noc, at);
}
// See noc_async_read_shard: the byte offset of upstream is kept.
template <typename Accessor>
inline void noc_async_write_shard(uint32_t shard, const Accessor& accessor, uint32_t from,
                                  uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_write(from, accessor.get_shard_noc_addr(shard, noc, noc, at),
                accessor.shard_volume() * accessor.get_aligned_page_size(), noc, 0, 0, at);
}

template <bool posted = false>
inline void noc_async_write_one_packet_set_state(uint64_t to, uint32_t size, uint8_t noc = noc_index,
                                                 uint8_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_set_state(1, to, size, noc, at);
}
template <bool posted = false>
inline void noc_async_write_one_packet_with_state(uint32_t from, uint32_t to, uint8_t noc = noc_index,
                                                  TTSIM_AT) {
    const uint64_t core = ttsim_state_address(1, noc, at) >> 36 << 36;
    ttsim_write(from, core | to, ttsim_state_size(1, noc, at), noc, 0,
                ttsim::OnePacket | (posted ? ttsim::Posted : 0), at);
}
template <bool posted = false>
inline void noc_async_write_one_packet_with_trid(uint32_t from, uint64_t to, uint32_t size, uint32_t trid,
                                                 uint8_t = 0, uint8_t noc = noc_index,
                                                 uint8_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_write(from, to, size, noc, trid, ttsim::OnePacket | (posted ? ttsim::Posted : 0), at);
}

enum class InlineWriteDst : uint8_t { DEFAULT, L1, REG };
template <InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool posted = false, bool flush = true>
inline void noc_inline_dw_write(uint64_t to, uint32_t value, uint8_t byte_enable = 0xF,
                                uint8_t noc = noc_index, uint8_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_inline_write(to, value, byte_enable, noc, posted ? ttsim::Posted : 0, at);
}
