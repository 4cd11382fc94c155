// One deterministic scheduler for all kernels: round robin in core order, or permuted by a seed.
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "machine.hpp"

namespace ttsim {

bool open_raw_window(uint64_t address);

namespace {

Context scheduler_context;
uint64_t random_state = 0;
std::string progress_path;

uint64_t next_random() {  // splitmix64
    uint64_t z = (random_state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

uint32_t l1_word(const Core& core, uint32_t address) {
    uint32_t value;
    __builtin_memcpy(&value, core.l1 + address, 4);
    return value;
}

bool ready(const Fiber& fiber) {
    switch (fiber.wait) {
        case WaitKind::None:
            return true;
        case WaitKind::CbSpace:
            return fiber.wait_cb->free_pages() >= fiber.wait_pages;
        case WaitKind::CbData:
            return fiber.wait_cb->visible() >= fiber.wait_pages;
        case WaitKind::SemaphoreEqual:
            return l1_word(*fiber.core, fiber.wait_address) == fiber.wait_value;
        case WaitKind::SemaphoreMin:
            return l1_word(*fiber.core, fiber.wait_address) >= fiber.wait_value;
    }
    return true;
}

void fiber_entry() {
    machine.current->kernel->entry();
    machine.current->finished = true;
    Fiber& fiber = *machine.current;
    if (!machine.stopped) {
        check_transfers_at_end(fiber);
        if (fiber.compute != nullptr) check_registers_at_end(fiber);
    }
    switch_out();
    __builtin_unreachable();
}

std::string blocked_text(const Fiber& fiber, std::string& json) {
    std::string on, what;
    uint32_t wanted = 0, available = 0;
    if (fiber.wait == WaitKind::CbSpace || fiber.wait == WaitKind::CbData) {
        const CircularBuffer& cb = *fiber.wait_cb;
        const bool space = fiber.wait == WaitKind::CbSpace;
        wanted = fiber.wait_pages;
        available = space ? cb.free_pages() : cb.visible();
        on = text("cb %u", cb.id);
        what = text("%s of cb %u: wants %u pages, %u %s of %u", space ? "cb_reserve_back" : "cb_wait_front",
                    cb.id, wanted, available, space ? "free" : "visible", cb.pages);
    } else {
        wanted = fiber.wait_value;
        available = l1_word(*fiber.core, fiber.wait_address);
        on = text("L1 word %u", fiber.wait_address);
        for (const auto& [id, address] : fiber.core->semaphores) {
            if (address == fiber.wait_address) on = text("semaphore %u", id);
        }
        what = text("%s: wants %s %u, value is %u", on.c_str(),
                    fiber.wait == WaitKind::SemaphoreMin ? "at least" : "exactly", wanted, available);
    }
    json = text(
        "{\"core\": [%u,%u], \"kernel\": %s, \"file\": %s, \"line\": %d, \"on\": %s, \"wanted\": %u, "
        "\"available\": %u}",
        fiber.core->x, fiber.core->y, quoted(fiber.kernel->name).c_str(), quoted(file_of(fiber.last)).c_str(),
        fiber.last.line, quoted(on).c_str(), wanted, available);
    return text("core %s kernel %s %s:%d waits for %s", core_text(*fiber.core).c_str(),
                fiber.kernel->name.c_str(), file_of(fiber.last), fiber.last.line, what.c_str());
}

void report_deadlock() {
    std::string lines, json;
    std::size_t count = 0;
    const Fiber* first = nullptr;
    for (const Fiber& fiber : machine.fibers) {
        if (fiber.finished) continue;
        std::string one;
        const std::string line = blocked_text(fiber, one);
        if (first == nullptr) first = &fiber;
        json += (count == 0 ? "" : ", ") + one;
        if (++count <= 8) lines += "; " + line;
    }
    std::string message =
        text("%zu kernels wait for each other or for something that never comes", count) + lines;
    if (count > 8) message += text("; and %zu more", count - 8);
    report_for(first, "deadlock", message, first->last, "\"blocked\": [" + json + "]");
}

void on_signal(int number, siginfo_t* where, void*) {
    const uint64_t address = reinterpret_cast<uint64_t>(where->si_addr);
    if ((number == SIGSEGV || number == SIGBUS) && open_raw_window(address)) return;
    if (machine.current == nullptr) {
        std::fprintf(stderr, "the simulator itself failed with signal %d at address %llu\n", number,
                     (unsigned long long)address);
        _Exit(70);
    }
    const Where at = machine.current->last;
    const uint64_t stack = reinterpret_cast<uint64_t>(machine.current->context.stack);
    if (address >= stack && address < stack + machine.current->context.stack_bytes) {
        fail("crash",
             "the kernel's stack is full: large variables or recursion without end (after this call)", at);
    }
    if (number == SIGFPE) fail("crash", "integer division by zero or overflow after this call", at);
    fail(
        "crash",
        text("access through a plain pointer to address %llu, which is not L1 of this core (after this call)",
             (unsigned long long)address),
        at);
}

// Twice a second: how far the run is, and whether the running kernel still calls the API.
void on_alarm(int) {
    static uint64_t steps_before = 0;
    static int quiet = 0;
    quiet = machine.steps == steps_before ? quiet + 1 : 0;
    steps_before = machine.steps;
    std::size_t finished = 0;
    for (const Fiber& fiber : machine.fibers) finished += fiber.finished ? 1 : 0;
    char line[32];
    const int bytes =
        std::snprintf(line, sizeof line, "%.4f", double(finished) / double(machine.fibers.size()));
    const int file = open(progress_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0) {
        // A short write only spoils one reading of the progress.
        [[maybe_unused]] const ssize_t done = write(file, line, std::size_t(bytes));
        close(file);
    }
    if (quiet < 40 || machine.current == nullptr) return;
    fail("no_progress",
         "the kernel computes without calling the API for 20 s: an endless loop, or polling memory through a "
         "plain "
         "pointer (after this call)",
         machine.current->last);
}

void install_signals() {
    static char signal_stack[65536];
    stack_t stack = {};
    stack.ss_sp = signal_stack;
    stack.ss_size = sizeof signal_stack;
    sigaltstack(&stack, nullptr);
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(number, &action, nullptr);
    struct sigaction alarm = {};
    alarm.sa_handler = on_alarm;
    alarm.sa_flags = SA_NODEFER | SA_RESTART;
    sigaction(SIGALRM, &alarm, nullptr);
    progress_path = machine.directory + "/progress";
    itimerval every = {{0, 500000}, {0, 500000}};
    setitimer(ITIMER_REAL, &every, nullptr);
}

}  // namespace

void switch_out() {
    Fiber& fiber = *machine.current;
    machine.current = nullptr;
    switch_context(fiber.context, scheduler_context);
}

void enter(Where at) {
    Fiber& fiber = *machine.current;
    fiber.last = at;
    if (++machine.steps > machine.step_limit) {
        fail("step_limit",
             text("the run exceeds its limit of %llu API calls", (unsigned long long)machine.step_limit), at);
    }
    if (machine.seed != 0 && (next_random() & 7) == 0) switch_out();
}

void block(WaitKind kind) {
    Fiber& fiber = *machine.current;
    fiber.wait = kind;
    if (!ready(fiber)) switch_out();
    fiber.wait = WaitKind::None;
}

void run_fibers() {
    install_signals();
    random_state = machine.seed;
    for (Fiber& fiber : machine.fibers) create_context(fiber.context, fiber_entry);
    std::vector<std::size_t> order(machine.fibers.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::size_t unfinished = order.size();
    while (unfinished > 0 && !machine.stopped) {
        if (machine.seed != 0) {
            for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[next_random() % i]);
        }
        bool progress = false;
        for (const std::size_t index : order) {
            Fiber& fiber = machine.fibers[index];
            if (fiber.finished || !ready(fiber)) continue;
            progress = true;
            ++machine.slices;
            leave_raw_window(fiber.core);
            machine.current = &fiber;
            Kernel& kernel = *fiber.kernel;
            std::memcpy(kernel.variables, fiber.variables.data(), kernel.variable_bytes);
            switch_context(scheduler_context, fiber.context);
            std::memcpy(fiber.variables.data(), kernel.variables, kernel.variable_bytes);
            machine.current = nullptr;
            if (fiber.finished) --unfinished;
            if (machine.stopped) break;
        }
        if (!progress) {
            report_deadlock();
            machine.stopped = true;
        }
    }
    itimerval never = {};
    setitimer(ITIMER_REAL, &never, nullptr);
}

}  // namespace ttsim

extern "C" void ttsim_yield(ttsim::Where at) {
    ttsim::enter(at);
    ttsim::switch_out();
}
