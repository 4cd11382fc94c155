// Runtime arguments and logical coordinates, the same in data-movement and compute kernels.
#pragma once

#include "ttsim/kernel_config.hpp"

template <typename T>
inline T get_arg_val(int index, TTSIM_AT) {
    static_assert(sizeof(T) == 4, "get_arg_val reads one 4-byte runtime argument");
    const uint32_t word = ttsim_arg(index, 0, at);
    T value;
    __builtin_memcpy(&value, &word, sizeof value);
    return value;
}
template <typename T>
inline T get_common_arg_val(int index, TTSIM_AT) {
    static_assert(sizeof(T) == 4, "get_common_arg_val reads one 4-byte runtime argument");
    const uint32_t word = ttsim_arg(index, 1, at);
    T value;
    __builtin_memcpy(&value, &word, sizeof value);
    return value;
}
inline uintptr_t get_arg_addr(int index, TTSIM_AT) {
    return ttsim_arg_address(index, 0, at);
}
inline uintptr_t get_common_arg_addr(int index, TTSIM_AT) {
    return ttsim_arg_address(index, 1, at);
}

inline uint8_t get_absolute_logical_x() {
    return uint8_t(ttsim_coordinate(0, 1));
}
inline uint8_t get_absolute_logical_y() {
    return uint8_t(ttsim_coordinate(1, 1));
}
inline uint8_t get_relative_logical_x() {
    return uint8_t(ttsim_coordinate(0, 2));
}
inline uint8_t get_relative_logical_y() {
    return uint8_t(ttsim_coordinate(1, 2));
}

inline void invalidate_l1_cache(TTSIM_AT) {
    ttsim_yield(at);
}
