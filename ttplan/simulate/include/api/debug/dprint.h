// DPRINT << value << ENDL(): text goes to the run's print log.
#pragma once
#include "ttsim/kernel_config.hpp"

struct ENDL {};
namespace ttsim {
struct Print {
    const Print& operator<<(const char* value) const {
        ttsim_print_text(value);
        return *this;
    }
    const Print& operator<<(char value) const {
        const char text[] = {value, 0};
        ttsim_print_text(text);
        return *this;
    }
    const Print& operator<<(ENDL) const {
        ttsim_print_text("\n");
        return *this;
    }
    const Print& operator<<(double value) const {
        ttsim_print_number(value);
        return *this;
    }
    const Print& operator<<(float value) const {
        ttsim_print_number(double(value));
        return *this;
    }
    template <typename T>
    const Print& operator<<(T value) const {
        ttsim_print_integer(static_cast<long long>(value));
        return *this;
    }
};
}  // namespace ttsim
#define DPRINT ::ttsim::Print()
#define DPRINT_UNPACK(x) x
#define DPRINT_MATH(x) x
#define DPRINT_PACK(x) x
#define DPRINT_DATA0(x) x
#define DPRINT_DATA1(x) x
