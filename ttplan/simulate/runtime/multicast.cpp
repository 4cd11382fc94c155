// Multicast writes and semaphores.
// Rules: tt_metal/hw/inc/api/dataflow/dataflow_api.h; rectangle order per NoC:
// tt_metal/impl/device/device.cpp (get_noc_multicast_encoding).
#include "machine.hpp"

namespace ttsim {

void count(Traffic kind, uint32_t size);
void add_write(uint32_t from, uint32_t size, uint32_t noc, uint32_t trid, int32_t flags, Where at);

namespace {

struct Rectangle {
    std::vector<Core*> cores;
    bool has_sender = false;
};

Rectangle rectangle_of(uint64_t to, uint32_t noc, const char* use, Where at) {
    uint32_t x0 = uint32_t(to >> 48) & 63, y0 = uint32_t(to >> 54) & 63, x1 = uint32_t(to >> 36) & 63,
             y1 = uint32_t(to >> 42) & 63;
    const std::string given = text("start (%u,%u) end (%u,%u)", x0, y0, x1, y1);
    if (noc > 1) fail("bad_noc", text("noc %u; there are NOC 0 and NOC 1", noc), at);
    const bool ordered = x0 <= x1 && y0 <= y1, reversed = x0 >= x1 && y0 >= y1;
    if (noc == 0 ? !ordered : !reversed) {
        fail("multicast_direction",
             text("%s with %s on NOC_%u: %s", use, given.c_str(), noc,
                  noc == 0 ? "the start must be the top-left corner and the end the bottom-right one"
                           : "NOC_1 needs start and end swapped, the start is the bottom-right corner"),
             at);
    }
    if (noc == 1) {
        std::swap(x0, x1);
        std::swap(y0, y1);
    }
    Rectangle rectangle;
    for (uint32_t y = y0; y <= y1; ++y) {
        for (uint32_t x = x0; x <= x1; ++x) {
            Core* core = core_at(x, y);
            // Blackhole: columns 8 and 9 hold no Tensix core and ignore the multicast.
            if (core == nullptr && machine.blackhole && (x == 8 || x == 9)) continue;
            if (core == nullptr) {
                fail("multicast_rectangle",
                     text("%s with %s covers (%u,%u), which is not a worker core; worker cores are x %u..%u, "
                          "y %u..%u",
                          use, given.c_str(), x, y, machine.virtual_x.front(), machine.virtual_x.back(),
                          machine.virtual_y.front(), machine.virtual_y.back()),
                     at);
            }
            if (core == machine.current->core) rectangle.has_sender = true;
            rectangle.cores.push_back(core);
        }
    }
    return rectangle;
}

void check_receivers(const Rectangle& rectangle, uint32_t dests, bool loopback, const char* use, Where at) {
    const std::size_t receivers = rectangle.cores.size() - (rectangle.has_sender && !loopback ? 1 : 0);
    if (loopback && !rectangle.has_sender) {
        fail("multicast_loopback",
             text("%s: the sender %s is not inside the rectangle", use,
                  core_text(*machine.current->core).c_str()),
             at);
    }
    if (loopback && rectangle.cores.size() == 1) {
        fail("multicast_loopback", text("%s: the rectangle holds only the sender", use), at);
    }
    if (receivers == 0) {
        fail("multicast_count", text("%s: the rectangle holds only the sender, who does not receive", use),
             at);
    }
    if (receivers != dests) {
        fail("multicast_count",
             text("%s: num_dests is %u, but the rectangle has %zu receivers (%zu cores%s)", use, dests,
                  receivers, rectangle.cores.size(),
                  rectangle.has_sender && !loopback ? ", the sender among them" : ""),
             at);
    }
}

// Source: tech_reports/Blackhole/BlackholeBringUpProgrammingGuide.md.
void check_data_has_left(const Fiber& fiber, uint32_t noc, const char* use, Where at) {
    for (const PendingWrite& write : fiber.writes) {
        if (!write.multicast || write.left || write.noc != noc) continue;
        report("flag_may_overtake_data",
               text("%s right after the data multicast of %s:%d; on Blackhole noc_async_writes_flushed must "
                    "come between",
                    use, file_of(write.at), write.at.line),
               at);
        return;
    }
}

Place semaphore_place(Core& core, uint32_t address, const char* use, Where at) {
    const Place place = l1_place(core, address, 4, use, at);
    if (address % 4 != 0)
        fail("misaligned", text("%s at address %u, which is not a multiple of 4", use, address), at);
    const uint32_t taint = taint_of(place, 4, use, at);
    if (taint > written) {
        report("tainted_semaphore",
               text("%s of %s, which holds never-written bytes: %s", use, describe(place).c_str(),
                    machine.taints[taint].text.c_str()),
               at);
    }
    return place;
}

void add(const Place& place, uint32_t increment) {
    uint32_t value;
    __builtin_memcpy(&value, place.bytes, 4);
    value += increment;
    __builtin_memcpy(place.bytes, &value, 4);
}

}  // namespace
}  // namespace ttsim

using namespace ttsim;

extern "C" {

void ttsim_multicast(uint32_t from, uint64_t to, uint32_t size, uint32_t dests, uint32_t noc, int32_t flags,
                     Where at) {
    enter(at);
    const bool loopback = (flags & Loopback) != 0, word = (flags & OneWord) != 0;
    const char* use =
        word ? (loopback ? "noc_semaphore_set_multicast_loopback_src" : "noc_semaphore_set_multicast")
             : (loopback ? "noc_async_write_multicast_loopback_src" : "noc_async_write_multicast");
    if (size == 0) fail("empty_transfer", text("%s of 0 bytes", use), at);
    Fiber& fiber = *machine.current;
    const Rectangle rectangle = rectangle_of(to, noc, use, at);
    check_receivers(rectangle, dests, loopback, use, at);
    const uint64_t address = to & 0xFFFFFFFFFull;
    const Place source = l1_place(*fiber.core, from, size, use, at);
    const uint32_t alignment = word ? 4 : machine.l1_alignment;
    if (from % alignment != address % alignment) {
        report("misaligned",
               text("%s from L1 address %u to %llu: they must be congruent modulo %u bytes", use, from,
                    (unsigned long long)address, alignment),
               at);
    }
    for (Core* core : rectangle.cores) {
        if (core == fiber.core && !loopback) continue;
        if (core == fiber.core && address == from) continue;  // the sender's copy is in place already
        const Place target = l1_place(*core, address, size, use, at);
        check_overwrite(target, size, use, at);
        copy_bytes(source, target, size, true, at);
    }
    count(MulticastWrite, size);
    if (word && machine.blackhole) check_data_has_left(fiber, noc, use, at);
    add_write(from, size, noc, 0, 0, at);
    fiber.writes.back().multicast = !word;
    fiber.linked_open[noc] = (flags & Linked) != 0;
    if ((flags & Linked) != 0) fiber.linked_at = at;
}

uint32_t ttsim_semaphore_address(uint32_t id, Where at) {
    enter(at);
    const Core& core = *machine.current->core;
    const auto found = core.semaphores.find(id);
    if (found == core.semaphores.end()) {
        std::string ids;
        for (const auto& [other, address] : core.semaphores)
            ids += text("%s%u", ids.empty() ? "" : ", ", other);
        fail("no_such_semaphore",
             text("semaphore %u does not exist on core %s; it has: %s", id, core_text(core).c_str(),
                  ids.empty() ? "none" : ids.c_str()),
             at);
    }
    return found->second;
}

void ttsim_semaphore_set(uint32_t address, uint32_t value, Where at) {
    enter(at);
    const Place place = l1_place(*machine.current->core, address, 4, "noc_semaphore_set", at);
    __builtin_memcpy(place.bytes, &value, 4);
    mark(place, 4, written, false, at);
}

void ttsim_semaphore_wait(uint32_t address, uint32_t value, int32_t at_least, Where at) {
    enter(at);
    Fiber& fiber = *machine.current;
    semaphore_place(*fiber.core, address, "noc_semaphore_wait", at);
    fiber.wait_address = address;
    fiber.wait_value = value;
    block(at_least ? WaitKind::SemaphoreMin : WaitKind::SemaphoreEqual);
    semaphore_place(*fiber.core, address, "noc_semaphore_wait", at);
}

void ttsim_semaphore_inc(uint64_t to, uint32_t increment, uint32_t noc, int32_t flags, Where at) {
    enter(at);
    if (noc > 1) fail("bad_noc", text("noc %u; there are NOC 0 and NOC 1", noc), at);
    Fiber& fiber = *machine.current;
    const uint32_t address = uint32_t(to);
    Core* core = core_at(uint32_t(to >> 36) & 63, uint32_t(to >> 42) & 63);
    if (core == nullptr) noc_place(to, 4, "noc_semaphore_inc", at);
    if (core == nullptr) fail("bad_noc_address", "noc_semaphore_inc on DRAM; atomics work on L1", at);
    add(semaphore_place(*core, address, "noc_semaphore_inc", at), increment);
    ++fiber.core->counters.semaphore_incs;
    if ((flags & Posted) == 0) ++fiber.atomics[noc];
    fiber.atomic_at = at;
}

void ttsim_semaphore_inc_multicast(uint64_t to, uint32_t increment, uint32_t dests, uint32_t noc,
                                   int32_t flags, Where at) {
    enter(at);
    Fiber& fiber = *machine.current;
    const Rectangle rectangle = rectangle_of(to, noc, "noc_semaphore_inc_multicast", at);
    check_receivers(rectangle, dests, false, "noc_semaphore_inc_multicast", at);
    for (Core* core : rectangle.cores) {
        if (core == fiber.core) continue;
        add(semaphore_place(*core, uint32_t(to), "noc_semaphore_inc_multicast", at), increment);
    }
    ++fiber.core->counters.semaphore_incs;
    if ((flags & Posted) == 0) ++fiber.atomics[noc];
    fiber.atomic_at = at;
}

uint32_t ttsim_semaphore_value(uint32_t address, Where at) {
    ttsim_yield(at);
    uint32_t value;
    __builtin_memcpy(&value, semaphore_place(*machine.current->core, address, "semaphore read", at).bytes, 4);
    return value;
}

}  // extern "C"
