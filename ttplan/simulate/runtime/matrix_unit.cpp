// Matrix unit: matmul, copy, element-wise with broadcasts, reduce, transpose. float32 arithmetic, fidelity
// phases are not modelled. Sources:
// tt_metal/hw/inc/api/compute/{matmul,tile_move_copy,eltwise_binary,bcast,reduce,transpose_wh}.h.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "machine.hpp"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define TTSIM_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define TTSIM_CLONES
#endif

namespace ttsim {
namespace {

alignas(64) float operand_a[1024], operand_b[1024];

uint32_t joined(uint32_t a, uint32_t b) {
    return a > written ? a : b;
}

// out += a x b. The order of the sums is fixed, whatever the vector width.
TTSIM_CLONES void multiply_add(const float* a, const float* b, float* out) {
    for (uint32_t row = 0; row < 32; row += 2) {
        float first[32], second[32];
        for (uint32_t column = 0; column < 32; ++column) {
            first[column] = out[row * 32 + column];
            second[column] = out[row * 32 + 32 + column];
        }
        for (uint32_t k = 0; k < 32; ++k) {
            const float left = a[row * 32 + k], right = a[row * 32 + 32 + k];
            const float* line = b + k * 32;
            for (uint32_t column = 0; column < 32; ++column) {
                first[column] += left * line[column];
                second[column] += right * line[column];
            }
        }
        for (uint32_t column = 0; column < 32; ++column) {
            out[row * 32 + column] = first[column];
            out[row * 32 + 32 + column] = second[column];
        }
    }
}

void transpose(float* values) {
    for (uint32_t row = 0; row < 32; ++row) {
        for (uint32_t column = row + 1; column < 32; ++column)
            std::swap(values[row * 32 + column], values[column * 32 + row]);
    }
}

// Spreads row `line`, column 0 or element (0,0) over the tile.
void broadcast(float* values, int32_t kind, uint32_t line) {
    if (kind == NoBroadcast) return;
    float row[32];
    std::memcpy(row, values + line * 32, sizeof row);
    for (uint32_t r = 0; r < 32; ++r) {
        const float column = values[r * 32];
        for (uint32_t c = 0; c < 32; ++c) {
            values[r * 32 + c] = kind == BroadcastRow ? row[c] : kind == BroadcastColumn ? column : row[0];
        }
    }
}

// Taint of the part of a tile that a broadcast uses: a row of two faces, column 0 of two faces, or the first
// element.
uint32_t broadcast_taint(uint32_t cb_id, uint32_t tile, int32_t kind, uint32_t line, Where at) {
    const CircularBuffer& cb = buffer_of(cb_id, at);
    const uint32_t datum = datum_bytes(cb.format);
    const uint32_t bytes = tile_size(cb.format);
    Place place = unpack_place(cb_id, tile, bytes, at);
    if (datum == 0 || kind == NoBroadcast) return taint_of(place, bytes, "unpack", at);
    const auto part = [&](uint32_t element, uint32_t count) {
        Place piece = place;
        piece.address += element * datum;
        piece.shadow = place.core->shadow + piece.address / granule;
        return taint_of(piece, count * datum, "unpack", at);
    };
    uint32_t taint = written;
    if (kind == BroadcastScalar) return part(0, 1);
    if (kind == BroadcastRow) {
        const uint32_t face = line / 16 * 2;
        return joined(part(face * 256 + line % 16 * 16, 16), part((face + 1) * 256 + line % 16 * 16, 16));
    }
    for (const uint32_t face : {0u, 2u}) {
        for (uint32_t row = 0; row < 16; ++row) taint = joined(taint, part(face * 256 + row * 16, 1));
    }
    return taint;
}

TTSIM_CLONES void combine(int32_t operation, const float* a, const float* b, float* out, bool accumulate) {
    for (uint32_t i = 0; i < 1024; ++i) {
        const float value = operation == AddOp ? a[i] + b[i] : operation == SubOp ? a[i] - b[i] : a[i] * b[i];
        out[i] = accumulate ? out[i] + value : value;
    }
}

const char* const binary_names[] = {"", "", "", "add_tiles", "sub_tiles", "mul_tiles"};

}  // namespace
}  // namespace ttsim

using namespace ttsim;

extern "C" {

void ttsim_matmul(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t idst,
                  uint32_t transposed, uint32_t ct, uint32_t rt, uint32_t kt, Where at) {
    enter(at);
    require_operation(MatmulOp, "matmul", at);
    const Compute& compute = compute_unit(at);
    if (transposed == 2) transposed = uint32_t(compute.detail) & 1;  // matmul_tiles: as initialised
    const int32_t detail = int32_t(((kt * 64 + rt) * 64 + ct) * 2 + (transposed != 0 ? 1 : 0));
    if (compute.operation == MatmulOp && compute.detail != detail) {
        const uint32_t was = uint32_t(compute.detail);
        report("op_not_initialised",
               text("matmul with transpose %u, ct %u, rt %u, kt %u, but it was initialised with transpose "
                    "%u, ct %u, "
                    "rt %u, kt %u",
                    transposed, ct, rt, kt, was & 1, was / 2 % 64, was / 128 % 64, was / 8192),
               at);
    }
    require_formats(SourceA, in1, "matmul", at);
    require_formats(SourceB, in0, "matmul", at);
    static std::vector<float> right;
    static std::vector<uint32_t> right_taint;
    right.resize(ct * 1024);
    right_taint.resize(ct);
    for (uint32_t c = 0; c < ct; ++c) {
        right_taint[c] = unpack(in1, tile1 + c, right.data() + c * 1024, false, at);
        if (transposed != 0) transpose(right.data() + c * 1024);
    }
    for (uint32_t r = 0; r < rt; ++r) {
        const uint32_t left_taint = unpack(in0, tile0 + r * kt, operand_a, false, at);
        for (uint32_t c = 0; c < ct; ++c) {
            Tile& tile = dst_tile(idst + r * ct + c, "matmul", at);
            multiply_add(operand_a, right.data() + c * 1024, tile.value);
            tile.taint = joined(tile.taint, joined(left_taint, right_taint[c]));
            tile.integer = false;
            finish_write(tile);
        }
    }
    machine.current->core->counters.matmul_tiles += uint64_t(ct) * rt;
}

void ttsim_copy(uint32_t cb, uint32_t index, uint32_t idst, Where at) {
    enter(at);
    require_operation(CopyOp, "copy_tile", at);
    require_formats(SourceA, cb, "copy_tile", at);
    Tile& tile = dst_tile(idst, "copy_tile", at);
    tile.taint = unpack(cb, index, tile.value, true, at);
    tile.integer = is_integer(buffer_of(cb, at).format);
    if (compute_unit(at).detail != 0) transpose(tile.value);
    finish_write(tile);
}

void ttsim_binary(int32_t operation, int32_t kind, uint32_t a, uint32_t b, uint32_t ia, uint32_t ib,
                  uint32_t idst, uint32_t row, Where at) {
    enter(at);
    const char* name = binary_names[operation];
    require_operation(operation, name, at);
    const int32_t detail = compute_unit(at).detail;
    if (compute_unit(at).operation == operation && detail / 2 != kind) {
        static const char* const kinds[] = {"no", "column", "row", "scalar"};
        report("op_not_initialised",
               text("%s with %s broadcast, but it was initialised for %s broadcast", name, kinds[kind],
                    kinds[detail / 2 % 4]),
               at);
    }
    require_formats(SourceA, a, name, at);
    require_formats(SourceB, b, name, at);
    if (row >= 32) fail("broadcast_row", text("broadcast of row %u; a tile has rows 0..31", row), at);
    Tile& tile = dst_tile(idst, name, at);
    uint32_t taint = unpack(a, ia, operand_a, false, at);
    if (kind == NoBroadcast) {
        taint = joined(taint, unpack(b, ib, operand_b, false, at));
    } else {
        taint = joined(taint, broadcast_taint(b, ib, kind, row, at));
        const CircularBuffer& cb = buffer_of(b, at);
        decode_tile(unpack_place(b, ib, tile_size(cb.format), at).bytes, cb.format, operand_b);
        if (cb.format == 0) truncate_mantissa(operand_b, 1024, machine.current->kernel->fp32_dest ? 10 : 7);
        broadcast(operand_b, kind, row);
    }
    // ELWMUL always adds to DST; ELWADD and ELWSUB only when initialised so.
    const bool accumulate = operation == MulOp || (detail & 1) != 0;
    combine(operation, operand_a, operand_b, tile.value, accumulate);
    tile.taint = accumulate ? joined(tile.taint, taint) : taint;
    tile.integer = false;
    finish_write(tile);
}

void ttsim_dest_reuse(int32_t operation, int32_t dest_is_a, uint32_t cb, uint32_t index, uint32_t idst,
                      Where at) {
    enter(at);
    require_operation(DestReuseOp, "binary_dest_reuse_tiles", at);
    if (compute_unit(at).operation == DestReuseOp &&
        compute_unit(at).detail != operation * 2 + (dest_is_a ? 1 : 0)) {
        report("op_not_initialised", "binary_dest_reuse_tiles with other template arguments than its init",
               at);
    }
    Tile& tile = dst_tile(idst, "binary_dest_reuse_tiles", at);
    const uint32_t taint = unpack(cb, index, operand_b, false, at);
    std::memcpy(operand_a, tile.value, sizeof operand_a);
    truncate_mantissa(operand_a, 1024, 10);  // DST goes through a Src register
    if (dest_is_a)
        combine(operation, operand_a, operand_b, tile.value, false);
    else
        combine(operation, operand_b, operand_a, tile.value, false);
    tile.taint = joined(tile.taint, taint);
    finish_write(tile);
}

void ttsim_unary_broadcast(int32_t kind, uint32_t cb, uint32_t index, uint32_t idst, Where at) {
    enter(at);
    require_operation(UnaryBroadcastOp, "unary_bcast", at);
    Tile& tile = dst_tile(idst, "unary_bcast", at);
    tile.taint = broadcast_taint(cb, index, kind, 0, at);
    const CircularBuffer& buffer = buffer_of(cb, at);
    decode_tile(unpack_place(cb, index, tile_size(buffer.format), at).bytes, buffer.format, tile.value);
    broadcast(tile.value, kind, 0);
    finish_write(tile);
}

void ttsim_reduce(int32_t pool, int32_t dim, uint32_t cb, uint32_t scaler_cb, uint32_t index,
                  uint32_t scaler_index, uint32_t idst, Where at) {
    enter(at);
    require_operation(ReduceOp, "reduce_tile", at);
    if (compute_unit(at).operation == ReduceOp && compute_unit(at).detail != pool * 4 + dim) {
        report("op_not_initialised", "reduce_tile with another pool type or dimension than reduce_init", at);
    }
    require_formats(SourceA, cb, "reduce_tile", at);
    require_formats(SourceB, scaler_cb, "reduce_tile", at);
    Tile& tile = dst_tile(idst, "reduce_tile", at);
    uint32_t taint = unpack(cb, index, operand_a, false, at);
    taint = joined(taint, broadcast_taint(scaler_cb, scaler_index, BroadcastRow, 0, at));
    const CircularBuffer& scaler = buffer_of(scaler_cb, at);
    decode_tile(unpack_place(scaler_cb, scaler_index, tile_size(scaler.format), at).bytes, scaler.format,
                operand_b);
    const float factor = dim == 2 ? operand_b[0] * operand_b[0] : operand_b[0];
    const bool sum = pool < 2, minimum = pool == 3;
    const float start = sum       ? 0.0f
                        : minimum ? std::numeric_limits<float>::infinity()
                                  : -std::numeric_limits<float>::infinity();
    const bool fresh = !tile.used;
    float result[32];
    std::fill(result, result + 32, start);
    for (uint32_t r = 0; r < 32; ++r) {
        for (uint32_t c = 0; c < 32; ++c) {
            float& slot = result[dim == 0 ? r : dim == 1 ? c : 0];
            const float value = operand_a[r * 32 + c];
            slot = sum ? slot + value : minimum ? std::min(slot, value) : std::max(slot, value);
        }
    }
    const uint32_t count = dim == 2 ? 1 : 32, stride = dim == 0 ? 32 : 1;
    float before[32];
    for (uint32_t i = 0; i < count; ++i) before[i] = fresh ? start : tile.value[i * stride];
    std::memset(tile.value, 0, sizeof tile.value);
    for (uint32_t i = 0; i < count; ++i) {
        const float value = result[i] * factor;
        tile.value[i * stride] = sum       ? before[i] + value
                                 : minimum ? std::min(before[i], value)
                                           : std::max(before[i], value);
    }
    tile.taint = joined(tile.taint, taint);
    tile.integer = false;
    finish_write(tile);
}

void ttsim_transpose(uint32_t cb, uint32_t index, uint32_t idst, Where at) {
    enter(at);
    require_operation(TransposeOp, "transpose_wh_tile", at);
    require_formats(SourceA, cb, "transpose_wh_tile", at);
    Tile& tile = dst_tile(idst, "transpose_wh_tile", at);
    tile.taint = unpack(cb, index, tile.value, true, at);
    tile.integer = is_integer(buffer_of(cb, at).format);
    transpose(tile.value);
    finish_write(tile);
}

}  // extern "C"
