// Number formats of tiles in L1. A 32x32 tile is four 16x16 faces; block formats store 64 exponent bytes
// first. Source: tt_metal/impl/data_format/blockfloat_common.cpp; rounding: tt-isa-documentation WormholeB0
// Packers/FormatConversion.md (round to nearest, ties away from zero; Bfp4 and Bfp2 are Bfp8 truncated;
// denormals become zero).
#include <algorithm>
#include <cstring>

#include "machine.hpp"

namespace ttsim {
namespace {

enum Format : uint8_t {
    Float32 = 0,
    Float16 = 1,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Int32 = 8,
    UInt16 = 9,
    Bfp2_b = 15,
    UInt32 = 24,
    UInt8 = 30
};

uint32_t bits_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}
float float_of(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

// Calls body(index in the tile's storage, pointer to 16 row-major values) for the 64 face rows.
template <typename Value, typename Body>
inline void for_face_rows(Value* values, Body body) {
    for (uint32_t face = 0; face < 4; ++face) {
        for (uint32_t row = 0; row < 16; ++row) {
            body(face * 16 + row, values + ((face / 2) * 16 + row) * 32 + (face % 2) * 16);
        }
    }
}

// bf16 as the packer rounds it; NaN stays NaN so that it is seen.
uint16_t to_bf16(float value) {
    const uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) return uint16_t(bits >> 16 | 0x40);
    if (magnitude < 0x00800000) return 0;
    return uint16_t((bits + 0x8000) >> 16);
}

void encode_block_row(const float* values, uint8_t* exponent, uint8_t* codes) {
    uint32_t bits[16], shared = 0;
    for (uint32_t i = 0; i < 16; ++i) {
        bits[i] = uint32_t(to_bf16(values[i])) << 16;
        shared = std::max(shared, bits[i] >> 23 & 0xFF);
    }
    *exponent = uint8_t(shared);
    for (uint32_t i = 0; i < 16; ++i) {
        const uint32_t own = bits[i] >> 23 & 0xFF, shift = 17 + shared - own;
        uint32_t magnitude = 0;
        if (own != 0 && shift <= 24)
            magnitude = std::min(((bits[i] & 0x7FFFFF) + 0x800000 + (1u << (shift - 1))) >> shift, 127u);
        codes[i] = uint8_t(magnitude == 0 ? 0 : (bits[i] >> 31 << 7 | magnitude));
    }
}

// Bits per element of a block format, 0 for the others.
uint32_t block_bits(uint8_t format) {
    return format == Bfp8_b ? 8 : format == Bfp4_b ? 4 : format == Bfp2_b ? 2 : 0;
}

}  // namespace

const char* format_name(uint32_t format) {
    switch (format) {
        case Float32:
            return "Float32";
        case Float16:
            return "Float16";
        case Float16_b:
            return "Float16_b";
        case Bfp8_b:
            return "Bfp8_b";
        case Bfp4_b:
            return "Bfp4_b";
        case Bfp2_b:
            return "Bfp2_b";
        case Int32:
            return "Int32";
        case UInt32:
            return "UInt32";
        case UInt16:
            return "UInt16";
        case UInt8:
            return "UInt8";
        default:
            return "nothing";
    }
}

uint32_t datum_bytes(uint8_t format) {
    switch (format) {
        case Float32:
        case Int32:
        case UInt32:
            return 4;
        case Float16:
        case Float16_b:
        case UInt16:
            return 2;
        case UInt8:
            return 1;
        default:
            return 0;
    }
}

uint32_t tile_size(uint8_t format) {
    const uint32_t bits = block_bits(format);
    return bits != 0 ? 64 + 1024 * bits / 8 : 1024 * datum_bytes(format);
}

bool is_integer(uint8_t format) {
    return format == Int32 || format == UInt32 || format == UInt16 || format == UInt8;
}

float fp16_to_float(uint16_t half) {
    const uint32_t sign = uint32_t(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3FF;
    if (exponent == 0) return float_of(sign);
    if (exponent == 31) return float_of(sign | 0x7F800000 | fraction << 13);
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t float_to_fp16(float value) {
    const uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFF;
    const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
    if (magnitude > 0x7F800000) return uint16_t(sign | 0x7E00);
    if (magnitude < 0x38800000) return sign;  // below the smallest normal number
    const uint32_t rounded = magnitude + 0x1000;
    if (rounded >= 0x47800000) return uint16_t(sign | 0x7C00);
    return uint16_t(sign | (rounded - 0x38000000) >> 13);
}

void round_bf16(float* values, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t bits = bits_of(values[i]);
        const uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
        bits = (bits & 0x7FFFFFFF) > 0x7F800000 ? bits : rounded;
        values[i] = float_of(bits);
    }
}

void round_fp16(float* values, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) values[i] = fp16_to_float(float_to_fp16(values[i]));
}

void truncate_mantissa(float* values, uint32_t count, uint32_t kept_bits) {
    const uint32_t mask = ~((1u << (23 - kept_bits)) - 1);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t bits = bits_of(values[i]);
        values[i] = float_of((bits & 0x7FFFFFFF) > 0x7F800000 ? bits : bits & mask);
    }
}

void decode_tile(const uint8_t* bytes, uint8_t format, float* values) {
    const uint32_t block = block_bits(format);
    if (block != 0) {
        const uint8_t* codes = bytes + 64;
        const uint32_t magnitude_bits = block - 1, per_byte = 8 / block, mask = (1u << block) - 1;
        for_face_rows(values, [&](uint32_t row, float* out) {
            const int32_t exponent = int32_t(bytes[row]) - int32_t(magnitude_bits - 1);
            const float scale = exponent <= 0 ? 0.0f : float_of(uint32_t(exponent) << 23);
            for (uint32_t i = 0; i < 16; ++i) {
                const uint32_t element = row * 16 + i;
                const uint32_t code = codes[element / per_byte] >> (element % per_byte * block) & mask;
                const float magnitude = float(code & (mask >> 1)) * scale;
                out[i] = (code >> magnitude_bits) != 0 ? -magnitude : magnitude;
            }
        });
        return;
    }
    for_face_rows(values, [&](uint32_t row, float* out) {
        if (format == Float16_b) {
            uint16_t in[16];
            std::memcpy(in, bytes + row * 32, 32);
            for (uint32_t i = 0; i < 16; ++i) out[i] = float_of(uint32_t(in[i]) << 16);
        } else if (format == Float16) {
            uint16_t in[16];
            std::memcpy(in, bytes + row * 32, 32);
            for (uint32_t i = 0; i < 16; ++i) out[i] = fp16_to_float(in[i]);
        } else if (format == UInt16) {
            uint16_t in[16];
            std::memcpy(in, bytes + row * 32, 32);
            for (uint32_t i = 0; i < 16; ++i) out[i] = float_of(in[i]);
        } else if (format == UInt8) {
            for (uint32_t i = 0; i < 16; ++i) out[i] = float_of(bytes[row * 16 + i]);
        } else {
            std::memcpy(out, bytes + row * 64, 64);
        }
    });
}

void encode_tile(const float* values, uint8_t format, uint8_t* bytes) {
    const uint32_t block = block_bits(format);
    if (block != 0) {
        std::memset(bytes + 64, 0, 1024 * block / 8);
        for_face_rows(values, [&](uint32_t row, const float* in) {
            uint8_t codes[16];
            encode_block_row(in, bytes + row, codes);
            for (uint32_t i = 0; i < 16; ++i) {
                const uint32_t element = row * 16 + i, per_byte = 8 / block;
                const uint32_t magnitude = (codes[i] & 127u) >> (8 - block);
                const uint32_t code = magnitude == 0 ? 0 : (codes[i] >> 7 << (block - 1)) | magnitude;
                bytes[64 + element / per_byte] =
                    uint8_t(bytes[64 + element / per_byte] | code << (element % per_byte * block));
            }
        });
        return;
    }
    for_face_rows(values, [&](uint32_t row, const float* in) {
        uint16_t half[16];
        if (format == Float16_b) {
            for (uint32_t i = 0; i < 16; ++i) half[i] = to_bf16(in[i]);
            std::memcpy(bytes + row * 32, half, 32);
        } else if (format == Float16) {
            for (uint32_t i = 0; i < 16; ++i) half[i] = float_to_fp16(in[i]);
            std::memcpy(bytes + row * 32, half, 32);
        } else if (format == UInt16) {
            for (uint32_t i = 0; i < 16; ++i) half[i] = uint16_t(bits_of(in[i]));
            std::memcpy(bytes + row * 32, half, 32);
        } else if (format == UInt8) {
            for (uint32_t i = 0; i < 16; ++i) bytes[row * 16 + i] = uint8_t(bits_of(in[i]));
        } else {
            std::memcpy(bytes + row * 64, in, 64);
        }
    });
}

uint32_t unpack(uint32_t cb_id, uint32_t tile, float* values, bool to_dest, Where at) {
    const CircularBuffer& cb = buffer_of(cb_id, at);
    const uint32_t bytes = tile_size(cb.format);
    const Place place = unpack_place(cb_id, tile, bytes, at);
    decode_tile(place.bytes, cb.format, values);
    const Kernel& kernel = *machine.current->kernel;
    if (!to_dest && is_integer(cb.format)) {
        fail(
            "integer_operand",
            text("cb %u holds %s; the matrix unit takes floating-point tiles", cb_id, format_name(cb.format)),
            at);
    }
    // Src registers hold at most 10 mantissa bits; a 32-bit tile reaches DST whole only when the host asked
    // for it.
    if (cb.format == Float32 && !(to_dest && kernel.unpack_to_dest.count(cb_id) != 0)) {
        truncate_mantissa(values, 1024, kernel.fp32_dest ? 10 : 7);
    }
    return taint_of(place, bytes, "unpack", at);
}

}  // namespace ttsim
