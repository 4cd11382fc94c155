// L1 and DRAM with a shadow word per 16 bytes: never written, written, or tainted by never-written bytes.
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "machine.hpp"

namespace ttsim {
namespace {

int l1_file = -1;
std::size_t l1_pitch = 0;
constexpr uint64_t window_begin = 0x10000;  // lowest address an unprivileged process may map
const Core* window_core = nullptr;

void* reserve(std::size_t bytes) {
    void* memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

Region* region_of(std::vector<Region>& regions, uint64_t begin, uint64_t end) {
    auto after = std::upper_bound(regions.begin(), regions.end(), begin,
                                  [](uint64_t value, const Region& region) { return value < region.begin; });
    if (after == regions.begin()) return nullptr;
    Region& region = *std::prev(after);
    return end <= region.end ? &region : nullptr;
}

std::string nearest(const std::vector<Region>& regions, uint64_t address) {
    const Region* best = nullptr;
    uint64_t distance = UINT64_MAX;
    for (const Region& region : regions) {
        const uint64_t gap = address < region.begin  ? region.begin - address
                             : address >= region.end ? address - region.end
                                                     : 0;
        if (gap < distance) {
            distance = gap;
            best = &region;
        }
    }
    if (best == nullptr) return "nothing is allocated there";
    return text("nearest allocation is %s at %llu..%llu", best->label.c_str(),
                (unsigned long long)best->begin, (unsigned long long)best->end);
}

// The page of the region's buffer that holds this byte, or -1 for padding and for memory without pages.
int32_t real_page(const Region& region, uint64_t address) {
    if (region.pages == nullptr) return -1;
    const uint64_t offset = address - region.begin;
    const uint64_t slot = offset / region.buffer->aligned_page;
    if (slot >= region.pages->size() || offset % region.buffer->aligned_page >= region.buffer->page_bytes)
        return -1;
    return (*region.pages)[slot];
}

void check_store(const Place& place, uint64_t address, uint32_t state, bool over_noc, Where at) {
    Region& region = *place.region;
    if (region.semaphore && state > written) {
        report("tainted_semaphore",
               text("%s receives never-written bytes: %s", region.label.c_str(),
                    machine.taints[state].text.c_str()),
               at);
        return;
    }
    if (region.buffer == nullptr) return;
    const int32_t page = real_page(region, address);
    if (page < 0) return;
    if (over_noc && state > written) {
        report("tainted_output",
               text("page %d of buffer %s receives never-written bytes: %s", page,
                    region.buffer->name.c_str(), machine.taints[state].text.c_str()),
               at);
    }
    if (over_noc && !region.noc_writes.empty()) {
        uint8_t& count = region.noc_writes[(address - region.begin) / granule];
        if (count != 0) {
            report("written_twice",
                   text("page %d of output %s is written a second time", page, region.buffer->name.c_str()),
                   at);
        }
        count = 1;
    }
}

}  // namespace

void allocate_memories() {
    const std::size_t count = machine.cores.size();
    l1_pitch = (std::size_t(machine.l1_bytes) + 0xFFFF) / 0x10000 * 0x10000;
    void* memory = nullptr;
#ifdef __linux__
    l1_file = memfd_create("l1", MFD_CLOEXEC);
    if (l1_file >= 0 && ftruncate(l1_file, off_t(l1_pitch * count)) == 0) {
        memory =
            mmap(nullptr, l1_pitch * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, l1_file, 0);
        if (memory == MAP_FAILED) memory = nullptr;
    }
#endif
    if (memory == nullptr) memory = reserve(l1_pitch * count);
    const std::size_t words = machine.l1_bytes / granule + 1;
    uint32_t* shadow = static_cast<uint32_t*>(reserve(words * count * sizeof(uint32_t)));
    for (Core& core : machine.cores) {
        core.l1 = static_cast<uint8_t*>(memory) + l1_pitch * core.index;
        core.shadow = shadow + words * core.index;
        std::sort(core.regions.begin(), core.regions.end(),
                  [](const Region& a, const Region& b) { return a.begin < b.begin; });
        for (Region& region : core.regions) {
            region.bytes = core.l1 + region.begin;
            region.shadow = core.shadow + region.begin / granule;
            std::memset(region.bytes, poison, region.end - region.begin);
        }
    }
    for (std::vector<Region>& regions : machine.dram) {
        std::sort(regions.begin(), regions.end(),
                  [](const Region& a, const Region& b) { return a.begin < b.begin; });
        for (Region& region : regions) {
            const std::size_t bytes = region.end - region.begin;
            region.bytes = static_cast<uint8_t*>(reserve(bytes));
            region.shadow = static_cast<uint32_t*>(reserve((bytes / granule + 1) * sizeof(uint32_t)));
            std::memset(region.bytes, poison, bytes);
        }
    }
}

Place l1_place(Core& core, uint64_t address, uint64_t size, const char* use, Where at) {
    Region* region = region_of(core.regions, address, address + size);
    if (region == nullptr) {
        fail("out_of_bounds",
             text("%s of %llu bytes at L1 address %llu of core %s is not inside one allocation; %s", use,
                  (unsigned long long)size, (unsigned long long)address, core_text(core).c_str(),
                  (nearest(core.regions, address) + wrap_hint(core)).c_str()),
             at);
    }
    Place place;
    place.core = &core;
    place.address = address;
    place.region = region;
    place.bytes = core.l1 + address;
    place.shadow = core.shadow + address / granule;
    return place;
}

Core* core_at(uint32_t noc_x, uint32_t noc_y) {
    for (uint32_t x = 0; x < machine.columns; ++x) {
        if (machine.virtual_x[x] != noc_x) continue;
        for (uint32_t y = 0; y < machine.rows; ++y) {
            if (machine.virtual_y[y] == noc_y) return &machine.cores[y * machine.columns + x];
        }
    }
    return nullptr;
}

Place noc_place(uint64_t noc_address, uint64_t size, const char* use, Where at) {
    const uint32_t x = uint32_t(noc_address >> 36) & 63, y = uint32_t(noc_address >> 42) & 63;
    const uint64_t address = noc_address & 0xFFFFFFFFFull;
    if (Core* core = core_at(x, y)) return l1_place(*core, address, size, use, at);
    if (x != 0 || y >= machine.dram_banks) {
        fail(
            "bad_noc_address",
            text(
                "%s at NoC coordinates (%u,%u), which is neither a worker core nor a DRAM bank; worker cores "
                "are x %u..%u, y %u..%u",
                use, x, y, machine.virtual_x.front(), machine.virtual_x.back(), machine.virtual_y.front(),
                machine.virtual_y.back()),
            at);
    }
    std::vector<Region>& regions = machine.dram[y];
    Region* region = region_of(regions, address, address + size);
    if (region == nullptr) {
        fail(
            "out_of_bounds",
            text("%s of %llu bytes at address %llu of DRAM bank %u is not inside one buffer; %s", use,
                 (unsigned long long)size, (unsigned long long)address, y, nearest(regions, address).c_str()),
            at);
    }
    Place place;
    place.bank = y;
    place.address = address;
    place.region = region;
    place.bytes = region->bytes + (address - region->begin);
    // DRAM shadows start at the region, whose address is a multiple of the granule.
    place.shadow = region->shadow + (address - region->begin) / granule;
    return place;
}

std::string describe(const Place& place) {
    const Region& region = *place.region;
    const int32_t page = real_page(region, place.address);
    std::string what = region.label;
    if (page >= 0) what += text(" page %d", page);
    if (place.core == nullptr)
        return what + text(" (DRAM bank %u address %llu)", place.bank, (unsigned long long)place.address);
    return what + text(" (core %s L1 address %llu)", core_text(*place.core).c_str(),
                       (unsigned long long)place.address);
}

uint32_t new_taint(const std::string& what, Where at) {
    static std::map<std::tuple<const Kernel*, std::string, int>, uint32_t> known;
    const Kernel* kernel = machine.current == nullptr ? nullptr : machine.current->kernel;
    auto [entry, fresh] = known.try_emplace({kernel, file_of(at), at.line}, uint32_t(machine.taints.size()));
    if (fresh) {
        std::string record = what;
        if (machine.current != nullptr) {
            record += text(", read at %s:%d by kernel %s on core %s", file_of(at), at.line,
                           kernel->name.c_str(), core_text(*machine.current->core).c_str());
        }
        machine.taints.push_back({record});
    }
    return entry->second;
}

uint32_t taint_of(const Place& place, uint64_t size, const char* use, Where at) {
    const uint64_t first = place.address % granule;
    const uint64_t count = (first + size + granule - 1) / granule;
    uint32_t result = written;
    for (uint64_t index = 0; index < count; ++index) {
        const uint32_t state = place.shadow[index];
        if (state == written) continue;
        if (state != never_written) return state;
        if (result == written)
            result = new_taint(text("%s: never-written bytes of %s", use, describe(place).c_str()), at);
    }
    return result;
}

void mark(const Place& place, uint64_t size, uint32_t state, bool over_noc, Where at) {
    const uint64_t first = place.address / granule, last = (place.address + size - 1) / granule;
    for (uint64_t index = first; index <= last; ++index) {
        check_store(place, std::max(index * granule, place.address), state, over_noc, at);
        place.shadow[index - first] = state;
    }
}

void copy_bytes(const Place& from, const Place& to, uint64_t size, bool over_noc, Where at) {
    if (size == 0) return;
    if (from.core != nullptr) settle_raw_writes(*from.core, uint32_t(from.address), uint32_t(size));
    std::memmove(to.bytes, from.bytes, size);
    if (from.address % granule != to.address % granule) {
        mark(to, size, taint_of(from, size, "transfer", at), over_noc, at);
        return;
    }
    const uint64_t first = to.address / granule, last = (to.address + size - 1) / granule;
    uint32_t unwritten = 0;
    for (uint64_t index = first; index <= last; ++index) {
        uint32_t state = from.shadow[index - first];
        if (state == never_written) {
            if (unwritten == 0) unwritten = new_taint("never-written bytes of " + describe(from), at);
            state = unwritten;
        }
        check_store(to, std::max(index * granule, to.address), state, over_noc, at);
        to.shadow[index - first] = state;
    }
}

void settle_raw_writes(Core& core, uint32_t address, uint32_t size) {
    if (core.raw_pages.empty()) return;
    const uint32_t last = address + size - 1;
    auto page = core.raw_pages.lower_bound(address / 4096);
    for (; page != core.raw_pages.end() && *page <= last / 4096; ++page) {
        const uint32_t begin = std::max(address, *page * 4096) / granule;
        const uint32_t end = std::min(last, *page * 4096 + 4095) / granule;
        for (uint32_t index = begin; index <= end; ++index) {
            const uint8_t* bytes = core.l1 + uint64_t(index) * granule;
            if (core.shadow[index] == written) continue;
            if (std::any_of(bytes, bytes + granule, [](uint8_t byte) { return byte != poison; }))
                core.shadow[index] = written;
        }
    }
}

// Plain pointers of a kernel hold L1 addresses. The L1 of the running core is mapped at those very addresses
// when one is first used.
bool open_raw_window(uint64_t address) {
    if (l1_file < 0 || machine.current == nullptr || address < window_begin || address >= machine.l1_bytes)
        return false;
    Core& core = *machine.current->core;
    const std::size_t bytes = l1_pitch - window_begin;
    if (window_core != &core) {
        void* wanted = reinterpret_cast<void*>(window_begin);
        void* got = mmap(wanted, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, l1_file,
                         off_t(l1_pitch * core.index + window_begin));
        if (got != wanted) return false;
        window_core = &core;
        return true;
    }
    const uint64_t system_page = uint64_t(sysconf(_SC_PAGESIZE));
    const uint64_t begin = address / system_page * system_page;
    for (uint64_t page = begin / 4096; page < (begin + system_page) / 4096; ++page)
        core.raw_pages.insert(uint32_t(page));
    return mprotect(reinterpret_cast<void*>(begin), system_page, PROT_READ | PROT_WRITE) == 0;
}

void leave_raw_window(const Core* next) {
    if (window_core == nullptr || window_core == next) return;
    munmap(reinterpret_cast<void*>(window_begin), l1_pitch - window_begin);
    window_core = nullptr;
}

}  // namespace ttsim
