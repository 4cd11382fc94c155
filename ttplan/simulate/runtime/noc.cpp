// Unicast transfers, barriers, runtime arguments and coordinates.
// Data moves when a transfer is issued; until its barrier the transfer stays in a ledger that the checks
// consult.
#include <algorithm>
#include <cstring>

#include "machine.hpp"

namespace ttsim {
namespace {

bool overlaps(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    return a < b + b_size && b < a + a_size;
}

void check_alignment(uint64_t a, uint64_t b, uint32_t alignment, const char* use, Where at) {
    if (a % alignment == b % alignment) return;
    report(
        "misaligned",
        text("%s between address %llu and address %llu: they must be congruent modulo %u bytes", use,
             (unsigned long long)(a & 0xFFFFFFFFFull), (unsigned long long)(b & 0xFFFFFFFFFull), alignment),
        at);
}

void check_packet(uint32_t size, int32_t flags, Where at) {
    if ((flags & OnePacket) != 0 && size > machine.max_packet) {
        fail("packet_size",
             text("one-packet transfer of %u bytes; a packet holds at most %u", size, machine.max_packet),
             at);
    }
}

void check_noc(uint32_t noc, Where at) {
    if (noc > 1) fail("bad_noc", text("noc %u; there are NOC 0 and NOC 1", noc), at);
}

}  // namespace

void count(Traffic kind, uint32_t size) {
    Counters& counters = machine.current->core->counters;
    counters.bytes[kind] += size;
    ++counters.transactions[kind];
}

// Reads that have not passed their barrier, where somebody now uses what they bring.
void check_source_has_landed(Fiber& fiber, uint32_t address, uint32_t size, const char* use, Where at) {
    for (const PendingRead& read : fiber.reads) {
        if (!overlaps(address, size, read.address, read.size)) continue;
        report("read_in_flight",
               text("%s uses L1 bytes %u..%u before the barrier of the read issued at %s:%d", use, address,
                    address + size, file_of(read.at), read.at.line),
               at);
        return;
    }
}

void check_pushed_pages_have_landed(Fiber& fiber, const CircularBuffer& cb, uint32_t pages, Where at) {
    check_source_has_landed(fiber, cb.address + cb.write_page * cb.page_bytes, pages * cb.page_bytes,
                            text("cb_push_back(%u)", cb.id).c_str(), at);
}

void check_popped_pages_are_sent(Fiber& fiber, const CircularBuffer& cb, uint32_t pages, Where at) {
    const uint32_t address = cb.address + cb.read_page * cb.page_bytes, size = pages * cb.page_bytes;
    for (const PendingWrite& write : fiber.writes) {
        if (write.left || !overlaps(address, size, write.address, write.size)) continue;
        report("write_in_flight",
               text("cb_pop_front(%u) frees pages that the write issued at %s:%d may still be reading; "
                    "noc_async_writes_flushed or a write barrier must come first",
                    cb.id, file_of(write.at), write.at.line),
               at);
        return;
    }
}

void check_transfers_at_end(Fiber& fiber) {
    if (!fiber.reads.empty()) {
        report(
            "transfer_in_flight",
            text(
                "the kernel ends with %zu reads in flight; noc_async_read_barrier is missing after this read",
                fiber.reads.size()),
            fiber.reads.front().at);
    }
    if (!fiber.writes.empty()) {
        report("transfer_in_flight",
               text("the kernel ends with %zu writes in flight; noc_async_write_barrier is missing after "
                    "this write",
                    fiber.writes.size()),
               fiber.writes.front().at);
    }
    if (fiber.atomics[0] + fiber.atomics[1] != 0) {
        report("transfer_in_flight",
               "the kernel ends with semaphore increments in flight; noc_async_atomic_barrier is missing "
               "after this "
               "increment",
               fiber.atomic_at);
    }
    if (fiber.linked_open[0] || fiber.linked_open[1]) {
        report(
            "linked_multicast_open",
            "the kernel ends inside a linked series: the last multicast of a series must have linked = false",
            fiber.linked_at);
    }
}

void add_write(uint32_t from, uint32_t size, uint32_t noc, uint32_t trid, int32_t flags, Where at) {
    Fiber& fiber = *machine.current;
    check_source_has_landed(fiber, from, size, "the write", at);
    fiber.writes.push_back({from, size, noc, trid, (flags & Posted) != 0, false, false, at});
}

}  // namespace ttsim

using namespace ttsim;

extern "C" {

uint32_t ttsim_arg(int32_t index, int32_t common, Where at) {
    enter(at);
    Fiber& fiber = *machine.current;
    const auto own = fiber.kernel->args.find(fiber.core->index);
    static const std::vector<uint32_t> none;
    const std::vector<uint32_t>& words = common                            ? fiber.kernel->common_args
                                         : own == fiber.kernel->args.end() ? none
                                                                           : own->second;
    if (index < 0 || std::size_t(index) >= words.size()) {
        fail("argument_out_of_range",
             text("%s argument %d, but this core was given %zu", common ? "common runtime" : "runtime", index,
                  words.size()),
             at);
    }
    return words[std::size_t(index)];
}

uint32_t ttsim_arg_address(int32_t index, int32_t common, Where at) {
    ttsim_arg(index, common, at);
    const uint32_t slot = uint32_t(machine.current->kernel->processor) * 2 + (common ? 1 : 0);
    return machine.argument_base + slot * 1376 + uint32_t(index) * 4;
}

uint32_t ttsim_coordinate(int32_t axis, int32_t kind) {
    const Core& core = *machine.current->core;
    const Kernel& kernel = *machine.current->kernel;
    if (kind == 0) return axis == 0 ? core.noc_x : core.noc_y;
    if (kind == 1) return axis == 0 ? core.x : core.y;
    return axis == 0 ? core.x - kernel.origin_x : core.y - kernel.origin_y;
}

uint32_t ttsim_bank_count(int32_t dram) {
    return dram ? machine.dram_banks : uint32_t(machine.cores.size());
}

uint64_t ttsim_bank_address(int32_t dram, uint32_t bank, uint32_t address, Where at) {
    if (bank >= ttsim_bank_count(dram)) {
        fail("no_such_bank",
             text("%s bank %u; there are %u", dram ? "DRAM" : "L1", bank, ttsim_bank_count(dram)), at);
    }
    const uint32_t x = dram ? 0 : machine.cores[bank].noc_x, y = dram ? bank : machine.cores[bank].noc_y;
    return uint64_t(y) << 42 | uint64_t(x) << 36 | address;
}

void ttsim_read(uint64_t from, uint32_t to, uint32_t size, uint32_t noc, uint32_t trid, int32_t flags,
                Where at) {
    enter(at);
    check_noc(noc, at);
    check_packet(size, flags, at);
    if (size == 0) fail("empty_transfer", "noc_async_read of 0 bytes", at);
    Fiber& fiber = *machine.current;
    const Place source = noc_place(from, size, "noc_async_read", at);
    const Place target = l1_place(*fiber.core, to, size, "noc_async_read destination", at);
    const bool dram = source.core == nullptr;
    check_alignment(from, to, dram ? machine.dram_read_alignment : machine.l1_alignment,
                    dram ? "read from DRAM" : "read from L1", at);
    check_overwrite(target, size, "noc_async_read", at);
    copy_bytes(source, target, size, true, at);
    count(dram ? DramRead : L1Read, size);
    fiber.reads.push_back({to, size, noc, trid, at});
}

void ttsim_write(uint32_t from, uint64_t to, uint32_t size, uint32_t noc, uint32_t trid, int32_t flags,
                 Where at) {
    enter(at);
    check_noc(noc, at);
    check_packet(size, flags, at);
    if (size == 0) fail("empty_transfer", "noc_async_write of 0 bytes", at);
    const Place source = l1_place(*machine.current->core, from, size, "noc_async_write source", at);
    const Place target = noc_place(to, size, "noc_async_write", at);
    const bool dram = target.core == nullptr;
    check_alignment(from, to, dram ? machine.dram_write_alignment : machine.l1_alignment,
                    dram ? "write to DRAM" : "write to L1", at);
    check_overwrite(target, size, "noc_async_write", at);
    copy_bytes(source, target, size, true, at);
    count(dram ? DramWrite : L1Write, size);
    add_write(from, size, noc, trid, flags, at);
}

void ttsim_inline_write(uint64_t to, uint32_t value, uint32_t byte_enable, uint32_t noc, int32_t flags,
                        Where at) {
    enter(at);
    check_noc(noc, at);
    const Place target = noc_place(to, 4, "noc_inline_dw_write", at);
    if (target.core == nullptr)
        fail("inline_write_to_dram", "noc_inline_dw_write to DRAM; it reaches L1 and registers only", at);
    for (uint32_t byte = 0; byte < 4; ++byte) {
        if ((byte_enable >> byte & 1) != 0) target.bytes[byte] = uint8_t(value >> (8 * byte));
    }
    mark(target, 4, written, true, at);
    count(L1Write, 4);
    machine.current->writes.push_back({0, 0, noc, 0, (flags & Posted) != 0, false, false, at});
}

void ttsim_barrier(int32_t kind, uint32_t noc, int32_t trid, Where at) {
    enter(at);
    check_noc(noc, at);
    Fiber& fiber = *machine.current;
    Counters& counters = fiber.core->counters;
    if (kind == ReadBarrier || kind == FullBarrier) {
        ++counters.read_barriers;
        fiber.reads.erase(std::remove_if(fiber.reads.begin(), fiber.reads.end(),
                                         [&](const PendingRead& read) {
                                             return read.noc == noc &&
                                                    (trid < 0 || read.trid == uint32_t(trid));
                                         }),
                          fiber.reads.end());
    }
    if (kind == WriteBarrier || kind == FullBarrier) {
        ++counters.write_barriers;
        fiber.writes.erase(std::remove_if(fiber.writes.begin(), fiber.writes.end(),
                                          [&](const PendingWrite& write) {
                                              return write.noc == noc &&
                                                     (!write.posted || kind == FullBarrier) &&
                                                     (trid < 0 || write.trid == uint32_t(trid));
                                          }),
                           fiber.writes.end());
    }
    if (kind == WritesFlushed || kind == PostedFlushed) {
        for (PendingWrite& write : fiber.writes) {
            if (write.noc == noc && write.posted == (kind == PostedFlushed) &&
                (trid < 0 || write.trid == uint32_t(trid))) {
                write.left = true;
            }
        }
        // A posted write has no acknowledgement; once flushed nothing more can be waited for.
        fiber.writes.erase(
            std::remove_if(fiber.writes.begin(), fiber.writes.end(),
                           [](const PendingWrite& write) { return write.posted && write.left; }),
            fiber.writes.end());
    }
    if (kind == AtomicBarrier || kind == FullBarrier) fiber.atomics[noc] = 0;
    if (machine.seed != 0) switch_out();
}

void ttsim_set_state(int32_t write, uint64_t address, uint32_t size, uint32_t noc, Where at) {
    enter(at);
    check_noc(noc, at);
    (write ? machine.current->write_state : machine.current->read_state)[noc] = {true, address, size};
}

static StatefulTransfer& state_of(int32_t write, uint32_t noc, Where at) {
    check_noc(noc, at);
    StatefulTransfer& state = (write ? machine.current->write_state : machine.current->read_state)[noc];
    if (!state.set)
        fail("no_transfer_state", "a _with_state transfer without its _set_state call on this NoC", at);
    return state;
}
uint64_t ttsim_state_address(int32_t write, uint32_t noc, Where at) {
    return state_of(write, noc, at).address;
}
uint32_t ttsim_state_size(int32_t write, uint32_t noc, Where at) {
    return state_of(write, noc, at).size;
}

void ttsim_set_trid(uint32_t trid, uint32_t noc, Where at) {
    enter(at);
    check_noc(noc, at);
    if (trid > 15) fail("bad_transaction_id", text("transaction id %u; ids are 0..15", trid), at);
    machine.current->trid[noc] = trid;
}
uint32_t ttsim_trid(uint32_t noc) {
    return noc > 1 ? 0 : machine.current->trid[noc];
}

}  // extern "C"
