// noc_async_read and its stateful and transaction-id forms.
#pragma once

#include "ttsim/noc_address.hpp"

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true>
inline void noc_async_read(uint64_t from, uint32_t to, uint32_t size, uint8_t noc = noc_index,
                           uint32_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    constexpr int32_t flags = max_page_size <= NOC_MAX_BURST_SIZE ? ttsim::OnePacket : ttsim::AnySize;
    ttsim_read(from, to, size, noc, ttsim_trid(noc), flags, at);
}
template <bool enable_noc_tracing = true>
inline void noc_async_read_one_packet(uint64_t from, uint32_t to, uint32_t size, uint8_t noc = noc_index,
                                      uint32_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_read(from, to, size, noc, ttsim_trid(noc), ttsim::OnePacket, at);
}
template <typename AddrGen, bool enable_noc_tracing = true>
inline void noc_async_read_page(uint32_t page, const AddrGen& generator, uint32_t to, uint32_t offset = 0,
                                uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_read(generator.get_noc_addr(page, offset, noc, at), to, generator.get_aligned_page_size(), noc,
               ttsim_trid(noc), ttsim::AnySize, at);
}
template <typename AddrGen>
inline void noc_async_read_tile(uint32_t page, const AddrGen& generator, uint32_t to, uint32_t offset = 0,
                                uint8_t noc = noc_index, TTSIM_AT) {
    noc_async_read_page(page, generator, to, offset, noc, at);
}
// Upstream hands the NoC number to get_shard_noc_addr as the byte offset; the same address comes out here.
template <typename Accessor>
inline void noc_async_read_shard(uint32_t shard, const Accessor& accessor, uint32_t to,
                                 uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_read(accessor.get_shard_noc_addr(shard, noc, noc, at), to,
               accessor.shard_volume() * accessor.get_aligned_page_size(), noc, ttsim_trid(noc),
               ttsim::AnySize, at);
}

template <bool use_vc = false>
inline void noc_async_read_one_packet_set_state(uint64_t from, uint32_t size, uint32_t = 0,
                                                uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_set_state(0, from, size, noc, at);
}
template <bool inc_num_issued = true, bool use_vc = false>
inline void noc_async_read_one_packet_with_state(uint32_t from, uint32_t to, uint32_t = 0,
                                                 uint8_t noc = noc_index, TTSIM_AT) {
    const uint64_t core = ttsim_state_address(0, noc, at) >> 36 << 36;
    ttsim_read(core | from, to, ttsim_state_size(0, noc, at), noc, ttsim_trid(noc), ttsim::OnePacket, at);
}
inline void noc_async_read_set_state(uint64_t from, uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_set_state(0, from, 0, noc, at);
}
template <bool inc_num_issued = true>
inline void noc_async_read_with_state(uint32_t from, uint32_t to, uint32_t size, uint8_t noc = noc_index,
                                      TTSIM_AT) {
    const uint64_t core = ttsim_state_address(0, noc, at) >> 36 << 36;
    ttsim_read(core | from, to, size, noc, ttsim_trid(noc), ttsim::AnySize, at);
}
inline void noc_async_read_set_trid(uint32_t trid = 0, uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_set_trid(trid, noc, at);
}
template <bool skip_ptr_update = false, bool skip_cmdbuf_chk = false>
inline void noc_async_read_one_packet_with_state_with_trid(uint32_t base, uint32_t from, uint32_t to,
                                                           uint32_t trid = 0, uint8_t noc = noc_index,
                                                           TTSIM_AT) {
    const uint64_t core = ttsim_state_address(0, noc, at) >> 36 << 36;
    ttsim_read(core | (base + from), to, ttsim_state_size(0, noc, at), noc, trid, ttsim::OnePacket, at);
}
