// After the run: checks of the outputs, buffer contents, statistics.
#include <cstring>
#include <fstream>

#include "machine.hpp"

namespace ttsim {
namespace {

const Region& region_of_page(const Buffer& buffer, const Buffer::Place& place) {
    const std::vector<Region>& regions =
        buffer.dram ? machine.dram[place.bank] : machine.cores[place.bank].regions;
    for (const Region& region : regions) {
        if (region.buffer == &buffer) return region;
    }
    __builtin_unreachable();
}

std::string counters_json(const Counters& counters) {
    static const char* const kinds[] = {"dram_read", "dram_write", "l1_read", "l1_write", "multicast_write"};
    std::string json;
    for (int kind = 0; kind < TrafficKinds; ++kind) {
        json += text("\"%s_bytes\": %llu, \"%s_transactions\": %llu, ", kinds[kind],
                     (unsigned long long)counters.bytes[kind], kinds[kind],
                     (unsigned long long)counters.transactions[kind]);
    }
    return json + text(
                      "\"read_barriers\": %llu, \"write_barriers\": %llu, \"semaphore_incs\": %llu, "
                      "\"matmul_tiles\": %llu, "
                      "\"packed_tiles\": %llu",
                      (unsigned long long)counters.read_barriers, (unsigned long long)counters.write_barriers,
                      (unsigned long long)counters.semaphore_incs, (unsigned long long)counters.matmul_tiles,
                      (unsigned long long)counters.packed_tiles);
}

void add_counters(Counters& total, const Counters& part) {
    for (int kind = 0; kind < TrafficKinds; ++kind) {
        total.bytes[kind] += part.bytes[kind];
        total.transactions[kind] += part.transactions[kind];
    }
    total.read_barriers += part.read_barriers;
    total.write_barriers += part.write_barriers;
    total.semaphore_incs += part.semaphore_incs;
    total.matmul_tiles += part.matmul_tiles;
    total.packed_tiles += part.packed_tiles;
}

}  // namespace

void check_outputs() {
    machine.current = nullptr;
    for (const Buffer& buffer : machine.buffers) {
        if (buffer.io != 2) continue;
        std::size_t missing = 0, first_missing = 0;
        bool tainted = false;
        for (std::size_t page = 0; page < buffer.places.size(); ++page) {
            const Buffer::Place& place = buffer.places[page];
            const Region& region = region_of_page(buffer, place);
            if (!buffer.dram)
                settle_raw_writes(machine.cores[place.bank], uint32_t(buffer.address + place.offset),
                                  buffer.page_bytes);
            bool complete = true;
            for (uint32_t byte = 0; byte < buffer.page_bytes; byte += granule) {
                const uint32_t state = region.shadow[(place.offset + byte) / granule];
                if (state == never_written) complete = false;
                // NoC writes were reported where they happened; this finds what compute kernels packed in
                // place.
                if (state > written && !tainted && region.noc_writes[(place.offset + byte) / granule] == 0) {
                    tainted = true;
                    report_for(nullptr, "tainted_output",
                               text("page %zu of buffer %s holds never-written bytes: %s", page,
                                    buffer.name.c_str(), machine.taints[state].text.c_str()),
                               {nullptr, 0});
                }
            }
            if (complete) continue;
            if (missing++ == 0) first_missing = page;
        }
        if (missing != 0) {
            report_for(
                nullptr, "output_not_written",
                text("%zu of %zu pages of output %s were never or not completely written, the first is "
                     "page %zu",
                     missing, buffer.places.size(), buffer.name.c_str(), first_missing),
                {nullptr, 0});
        }
    }
}

void write_results() {
    for (const Buffer& buffer : machine.buffers) {
        if (buffer.io == 1) continue;
        std::ofstream out(machine.directory + "/buffer" + std::to_string(buffer.index) + ".out",
                          std::ios::binary);
        for (const Buffer::Place& place : buffer.places) {
            const Region& region = region_of_page(buffer, place);
            out.write(reinterpret_cast<const char*>(region.bytes + place.offset), buffer.page_bytes);
        }
    }
    std::ofstream out(machine.directory + "/statistics.json");
    Counters total;
    out << "{\"steps\": " << machine.steps << ", \"slices\": " << machine.slices << ", \"cores\": [";
    bool first = true;
    for (const Core& core : machine.cores) {
        bool used = false;
        for (const Fiber& fiber : machine.fibers) used = used || fiber.core == &core;
        if (!used) continue;
        add_counters(total, core.counters);
        out << (first ? "" : ",\n") << "{\"core\": [" << core.x << "," << core.y << "], "
            << counters_json(core.counters) << ", \"circular_buffers\": [";
        first = false;
        bool first_cb = true;
        for (const CircularBuffer& cb : core.cbs) {
            if (!cb.configured) continue;
            out << (first_cb ? "" : ", ") << "{\"id\": " << cb.id << ", \"pages\": " << cb.pages
                << ", \"high_water\": " << cb.high_water << ", \"pushed\": " << cb.pushed << "}";
            first_cb = false;
        }
        out << "]}";
    }
    out << "],\n\"total\": {" << counters_json(total) << "}}\n";
}

}  // namespace ttsim
