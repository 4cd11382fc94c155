// Destination registers: the acquire / commit / wait / release protocol and what the units are configured
// for. Source: tt_metal/hw/inc/api/compute/reg_api.h; capacity: ttnn/cpp/ttnn/kernel_lib/dest_helpers.hpp.
#include <algorithm>
#include <cstring>

#include "machine.hpp"

namespace ttsim {
namespace {

const char* operation_name(int32_t operation) {
    static const char* const names[] = {"nothing",
                                        "matmul",
                                        "copy_tile",
                                        "add_tiles",
                                        "sub_tiles",
                                        "mul_tiles",
                                        "reduce_tile",
                                        "transpose_wh_tile",
                                        "tilize_block",
                                        "untilize_block",
                                        "binary_dest_reuse_tiles",
                                        "unary_bcast"};
    return names[operation];
}

void clear_bank(Compute& compute, uint32_t bank) {
    for (uint32_t index = 0; index < compute.capacity; ++index) {
        Tile& tile = compute.tiles[bank * compute.capacity + index];
        if (tile.used) std::memset(tile.value, 0, sizeof tile.value);
        tile.taint = written;
        tile.integer = tile.used = false;
    }
}

}  // namespace

void prepare_compute(Fiber& fiber) {
    fiber.compute = new Compute();
    Compute& compute = *fiber.compute;
    const Kernel& kernel = *fiber.kernel;
    compute.banks = kernel.full_sync ? 1 : 2;
    compute.capacity = (kernel.full_sync ? 16 : 8) / (kernel.fp32_dest ? 2 : 1);
    compute.tiles.resize(compute.banks * compute.capacity);
    for (Tile& tile : compute.tiles) std::memset(tile.value, 0, sizeof tile.value);
}

Compute& compute_unit(Where at) {
    if (machine.current->compute == nullptr)
        fail("not_a_compute_kernel", "compute call in a data-movement kernel", at);
    return *machine.current->compute;
}

Tile& dst_tile(uint32_t index, const char* use, Where at) {
    Compute& compute = compute_unit(at);
    if (!compute.acquired)
        fail("dst_not_acquired", text("%s writes DST outside tile_regs_acquire .. tile_regs_commit", use),
             at);
    if (index >= compute.capacity) {
        fail("dst_capacity",
             text("%s uses DST tile %u; this kernel has tiles 0..%u (%s, %s)", use, index,
                  compute.capacity - 1, machine.current->kernel->fp32_dest ? "32-bit DST" : "16-bit DST",
                  machine.current->kernel->full_sync ? "full sync" : "half sync"),
             at);
    }
    return compute.tiles[compute.math_bank * compute.capacity + index];
}

Tile& pack_tile_source(uint32_t index, Where at) {
    Compute& compute = compute_unit(at);
    if (!compute.waiting) fail("dst_not_ready", "pack outside tile_regs_wait .. tile_regs_release", at);
    if (index >= compute.capacity) {
        fail("dst_capacity",
             text("pack of DST tile %u; this kernel has tiles 0..%u", index, compute.capacity - 1), at);
    }
    return compute.tiles[compute.pack_bank * compute.capacity + index];
}

void finish_write(Tile& tile) {
    tile.used = true;
    const Kernel& kernel = *machine.current->kernel;
    if (kernel.fp32_dest || tile.integer) return;
    if (kernel.exponent5)
        round_fp16(tile.value, 1024);
    else
        round_bf16(tile.value, 1024);
}

void require_operation(int32_t operation, const char* name, Where at) {
    const Compute& compute = compute_unit(at);
    if (compute.operation == operation) return;
    report("op_not_initialised",
           text("%s, but the units were last initialised for %s", name, operation_name(compute.operation)),
           at);
}

void require_formats(int32_t sources, uint32_t cb_id, const char* name, Where at) {
    const Compute& compute = compute_unit(at);
    const uint32_t format = buffer_of(cb_id, at).format;
    const auto check = [&](int32_t source, uint32_t configured, const char* unit, const char* remedy) {
        if ((sources & source) == 0 || configured == format) return;
        report("format_not_configured",
               text("%s uses cb %u (%s) through %s, which is configured for %s; %s is missing", name, cb_id,
                    format_name(format), unit, format_name(configured),
                    configured == 255 ? "compute_kernel_hw_startup" : remedy),
               at);
    };
    check(SourceA, compute.source_a, "SrcA", "reconfig_data_format_srca");
    check(SourceB, compute.source_b, "SrcB", "reconfig_data_format_srcb");
    check(Packer, compute.packer, "the packer", "pack_reconfig_data_format");
}

void check_registers_at_end(Fiber& fiber) {
    const Compute& compute = *fiber.compute;
    if (compute.acquired || compute.waiting || compute.committed != 0) {
        report("dst_protocol",
               "the kernel ends with destination registers acquired or committed and not released",
               fiber.last);
    }
}

}  // namespace ttsim

using namespace ttsim;

extern "C" {

void ttsim_configure(int32_t sources, uint32_t cb, Where at) {
    enter(at);
    Compute& compute = compute_unit(at);
    const uint32_t format = buffer_of(cb, at).format;
    if ((sources & SourceA) != 0) compute.source_a = format;
    if ((sources & SourceB) != 0) compute.source_b = format;
    if ((sources & Packer) != 0) compute.packer = format;
}

void ttsim_reconfigure(int32_t sources, uint32_t old_cb, uint32_t new_cb, Where at) {
    if (buffer_of(old_cb, at).format != buffer_of(new_cb, at).format) ttsim_configure(sources, new_cb, at);
}

void ttsim_initialise(int32_t operation, int32_t detail, Where at) {
    enter(at);
    Compute& compute = compute_unit(at);
    if (compute.source_a == 255 && compute.source_b == 255 && compute.packer == 255) {
        report("not_configured",
               text("initialisation for %s before compute_kernel_hw_startup or a full init such as mm_init",
                    operation_name(operation)),
               at);
    }
    compute.operation = operation;
    compute.detail = detail;
}

void ttsim_registers(int32_t step, Where at) {
    enter(at);
    Compute& compute = compute_unit(at);
    if (step == Acquire || step == AcquireBoth) {
        if (compute.acquired)
            fail("dst_protocol", "tile_regs_acquire while the registers are already acquired", at);
        if (compute.committed == compute.banks) {
            fail("dst_protocol",
                 text("tile_regs_acquire with all %u register banks committed and none released",
                      compute.banks),
                 at);
        }
        compute.acquired = true;
        if (step == AcquireBoth) {
            if (compute.committed != 0)
                fail("dst_protocol", "acquire_dst mixed with tile_regs_*: banks are still committed", at);
            compute.waiting = compute.both = true;
        }
    } else if (step == Commit) {
        if (!compute.acquired || compute.both)
            fail("dst_protocol", "tile_regs_commit without tile_regs_acquire", at);
        compute.acquired = false;
        ++compute.committed;
        compute.math_bank = (compute.math_bank + 1) % compute.banks;
    } else if (step == Wait) {
        if (compute.waiting) fail("dst_protocol", "tile_regs_wait twice without tile_regs_release", at);
        if (compute.committed == 0)
            fail("dst_protocol", "tile_regs_wait without tile_regs_commit: the packer would wait for ever",
                 at);
        compute.waiting = true;
    } else if (step == Release) {
        if (!compute.waiting || compute.both)
            fail("dst_protocol", "tile_regs_release without tile_regs_wait", at);
        compute.waiting = false;
        --compute.committed;
        clear_bank(compute, compute.pack_bank);
        compute.pack_bank = (compute.pack_bank + 1) % compute.banks;
    } else {
        if (!compute.both) fail("dst_protocol", "release_dst without acquire_dst", at);
        compute.acquired = compute.waiting = compute.both = false;
        clear_bank(compute, compute.math_bank);
        compute.math_bank = compute.pack_bank = (compute.math_bank + 1) % compute.banks;
    }
}

}  // extern "C"
