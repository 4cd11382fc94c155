// Encoding of NoC addresses and the coordinates of this core.
// Source: NOC_XY_ADDR and NOC_MULTICAST_ADDR in tt_metal/hw/inc/internal/tt-1xx/*/noc/noc_parameters.h (36
// address bits, 6 per coordinate).
#pragma once

#include "ttsim/kernel_config.hpp"

constexpr uint8_t noc_index = NOC_INDEX;
constexpr uint32_t NOC_0 = 0;
constexpr uint32_t NOC_1 = 1;
#ifdef ARCH_BLACKHOLE
constexpr uint32_t NOC_MAX_BURST_SIZE = 16384;
#else
constexpr uint32_t NOC_MAX_BURST_SIZE = 8192;
#endif
constexpr uint32_t NOC_UNICAST_WRITE_VC = 1;
constexpr uint32_t NOC_MULTICAST_WRITE_VC = 4;
constexpr uint32_t NOC_DISPATCH_MULTICAST_WRITE_VC = 5;

namespace ttsim {

constexpr uint64_t noc_address(uint32_t x, uint32_t y, uint32_t address) {
    return uint64_t(y) << 42 | uint64_t(x) << 36 | address;
}

constexpr uint64_t multicast_address(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t address) {
    return uint64_t(x0) << 48 | uint64_t(y0) << 54 | noc_address(x1, y1, address);
}

// Reads like the array my_x[noc] of the firmware.
template <int32_t Axis>
struct OwnCoordinate {
    uint8_t operator[](uint32_t) const { return uint8_t(ttsim_coordinate(Axis, 0)); }
};

}  // namespace ttsim

constexpr ttsim::OwnCoordinate<0> my_x = {};
constexpr ttsim::OwnCoordinate<1> my_y = {};

inline uint64_t get_noc_addr(uint32_t x, uint32_t y, uint32_t address, uint8_t = noc_index) {
    return ttsim::noc_address(x, y, address);
}
inline uint64_t get_noc_addr(uint32_t address, uint8_t = noc_index) {
    return ttsim::noc_address(my_x[0], my_y[0], address);
}
inline uint64_t get_noc_multicast_addr(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t address,
                                       uint8_t = noc_index) {
    return ttsim::multicast_address(x0, y0, x1, y1, address);
}
template <bool DRAM>
inline uint64_t get_noc_addr_from_bank_id(uint32_t bank, uint32_t bank_offset, uint8_t = noc_index,
                                          TTSIM_AT) {
    return ttsim_bank_address(DRAM, bank, bank_offset, at);
}
