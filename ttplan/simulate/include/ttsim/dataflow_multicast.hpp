// Multicast writes and semaphores.
#pragma once

#include "ttsim/noc_address.hpp"

enum class ProgrammableCoreType : uint8_t { TENSIX, ACTIVE_ETH, IDLE_ETH };

namespace ttsim {
template <typename T>
inline uint32_t l1_address(volatile T* pointer) {
    return uint32_t(reinterpret_cast<uintptr_t>(pointer));
}
}  // namespace ttsim

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1>
inline void noc_async_write_multicast(uint32_t from, uint64_t to, uint32_t size, uint32_t num_dests,
                                      bool linked = false, uint8_t noc = noc_index,
                                      uint8_t = NOC_MULTICAST_WRITE_VC, TTSIM_AT) {
    ttsim_multicast(from, to, size, num_dests, noc, linked ? ttsim::Linked : 0, at);
}
inline void noc_async_write_multicast_one_packet(uint32_t from, uint64_t to, uint32_t size,
                                                 uint32_t num_dests, bool linked = false,
                                                 uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_multicast(from, to, size, num_dests, noc, linked ? ttsim::Linked : 0, at);
}
inline void noc_async_write_multicast_loopback_src(uint32_t from, uint64_t to, uint32_t size,
                                                   uint32_t num_dests, bool linked = false,
                                                   uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_multicast(from, to, size, num_dests, noc, ttsim::Loopback | (linked ? ttsim::Linked : 0), at);
}
inline void noc_semaphore_set_multicast(uint32_t from, uint64_t to, uint32_t num_dests, bool linked = false,
                                        uint8_t noc = noc_index, uint8_t = NOC_MULTICAST_WRITE_VC, TTSIM_AT) {
    ttsim_multicast(from, to, 4, num_dests, noc, ttsim::OneWord | (linked ? ttsim::Linked : 0), at);
}
inline void noc_semaphore_set_multicast_loopback_src(uint32_t from, uint64_t to, uint32_t num_dests,
                                                     bool linked = false, uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_multicast(from, to, 4, num_dests, noc,
                    ttsim::OneWord | ttsim::Loopback | (linked ? ttsim::Linked : 0), at);
}
template <bool posted = false>
inline void noc_semaphore_inc_multicast(uint64_t to, uint32_t increment, uint32_t num_dests,
                                        uint8_t noc = noc_index, uint8_t = NOC_MULTICAST_WRITE_VC, TTSIM_AT) {
    ttsim_semaphore_inc_multicast(to, increment, num_dests, noc, posted ? ttsim::Posted : 0, at);
}

template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
inline uintptr_t get_semaphore(uint32_t id, TTSIM_AT) {
    static_assert(type == ProgrammableCoreType::TENSIX, "get_semaphore: only Tensix cores are simulated");
    return ttsim_semaphore_address(id, at);
}
inline void noc_semaphore_set(volatile tt_l1_ptr uint32_t* semaphore, uint32_t value, TTSIM_AT) {
    ttsim_semaphore_set(ttsim::l1_address(semaphore), value, at);
}
inline void noc_semaphore_wait(volatile tt_l1_ptr uint32_t* semaphore, uint32_t value, TTSIM_AT) {
    ttsim_semaphore_wait(ttsim::l1_address(semaphore), value, 0, at);
}
inline void noc_semaphore_wait_min(volatile tt_l1_ptr uint32_t* semaphore, uint32_t value, TTSIM_AT) {
    ttsim_semaphore_wait(ttsim::l1_address(semaphore), value, 1, at);
}
template <bool posted = false>
inline void noc_semaphore_inc(uint64_t to, uint32_t increment, uint8_t noc = noc_index,
                              uint8_t = NOC_UNICAST_WRITE_VC, TTSIM_AT) {
    ttsim_semaphore_inc(to, increment, noc, posted ? ttsim::Posted : 0, at);
}
inline void noc_semaphore_set_remote(uint32_t from, uint64_t to, uint8_t noc = noc_index, TTSIM_AT) {
    ttsim_write(from, to, 4, noc, 0, ttsim::OnePacket, at);
}
