// DEVICE_PRINT("a {} b {}\n", x, y): each {} takes one value.
#pragma once
#include "api/debug/dprint.h"

namespace ttsim {
inline void print_rest(const char* format) {
    ttsim_print_text(format);
}
template <typename T, typename... Rest>
void print_rest(const char* format, T value, Rest... rest) {
    for (; *format != 0; ++format) {
        if (format[0] == '{') {
            while (*format != 0 && *format != '}') ++format;
            Print() << value;
            print_rest(*format == 0 ? format : format + 1, rest...);
            return;
        }
        const char text[] = {*format, 0};
        ttsim_print_text(text);
    }
}
}  // namespace ttsim
#define DEVICE_PRINT(...) ::ttsim::print_rest(__VA_ARGS__)
#define DEVICE_PRINT_UNPACK(...) ::ttsim::print_rest(__VA_ARGS__)
#define DEVICE_PRINT_MATH(...) ::ttsim::print_rest(__VA_ARGS__)
#define DEVICE_PRINT_PACK(...) ::ttsim::print_rest(__VA_ARGS__)
