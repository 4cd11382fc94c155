// Multiplication and division without the M extension; the host has both.
// Names: tt_metal/hw/inc/internal/mod_div_lib.h.
#pragma once

#include <cstdint>

inline uint32_t mulsi3(uint32_t a, uint32_t b) { return a * b; }
inline uint32_t udivsi3(uint32_t a, uint32_t b) { return a / b; }
inline uint32_t umodsi3(uint32_t a, uint32_t b) { return a % b; }
