#include "fiber.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace ttsim {
namespace {
constexpr std::size_t stack_bytes = 256 * 1024;
}

#ifdef TTSIM_UCONTEXT

void create_context(Context& context, void (*entry)()) {
    context.stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    getcontext(&context.state);
    context.state.uc_stack.ss_sp = context.stack;
    context.state.uc_stack.ss_size = stack_bytes;
    context.state.uc_link = nullptr;
    makecontext(&context.state, entry, 0);
}
void switch_context(Context& from, Context& to) {
    swapcontext(&from.state, &to.state);
}

#else

// Saves the callee-saved registers on the running stack, stores the stack pointer in *save and continues on
// `load`.
extern "C" void ttsim_switch(void** save, void* load);

#if defined(__x86_64__)
asm(R"(
.text
.globl ttsim_switch
ttsim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
constexpr std::size_t saved_words = 7;  // six registers, then the return address
constexpr std::size_t return_word = 6;
#else
asm(R"(
.text
.globl ttsim_switch
.globl _ttsim_switch
ttsim_switch:
_ttsim_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
constexpr std::size_t saved_words = 20;
constexpr std::size_t return_word = 11;  // x30
#endif

void create_context(Context& context, void (*entry)()) {
    constexpr std::size_t guard = 64 * 1024;  // wider than a frame with a few tiles of variables
    void* memory =
        mmap(nullptr, stack_bytes + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        std::fputs("no memory for kernel stacks\n", stderr);
        std::exit(3);
    }
    mprotect(memory, guard, PROT_NONE);
    context.stack = memory;
    context.stack_bytes = stack_bytes + guard;
    uintptr_t top = (reinterpret_cast<uintptr_t>(memory) + stack_bytes + guard) & ~uintptr_t(63);
#if defined(__x86_64__)
    top -= 64;  // after `ret` the stack pointer is 8 below a multiple of 16, as at any function entry
    uintptr_t* frame = reinterpret_cast<uintptr_t*>(top - 8) - saved_words;
#else
    uintptr_t* frame = reinterpret_cast<uintptr_t*>(top) - saved_words;
#endif
    for (std::size_t word = 0; word < saved_words; ++word) frame[word] = 0;
    frame[return_word] = reinterpret_cast<uintptr_t>(entry);
    context.stack_pointer = frame;
}

void switch_context(Context& from, Context& to) {
    ttsim_switch(&from.stack_pointer, to.stack_pointer);
}

#endif

}  // namespace ttsim
