// Values of a flag semaphore. Source: tt_metal/hostdevcommon/api/hostdevcommon/common_values.hpp.
#pragma once
#include <cstdint>
constexpr uint32_t INVALID = 0;
constexpr uint32_t VALID = 1;
