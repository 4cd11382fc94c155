// Cooperative stacks in one thread: each kernel instance runs on its own stack.
#pragma once

#include <cstddef>

// Other processors, and builds that ask for it, use the system's contexts.
#if !defined(TTSIM_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define TTSIM_UCONTEXT 1
#endif
#ifdef TTSIM_UCONTEXT
#include <ucontext.h>
#endif

namespace ttsim {

struct Context {
    void* stack_pointer = nullptr;
    void* stack = nullptr;
    std::size_t stack_bytes = 0;
#ifdef TTSIM_UCONTEXT
    ucontext_t state;
#endif
};

// Gives the context a stack on which `entry` starts when it is first switched to; `entry` must never return.
void create_context(Context& context, void (*entry)());
void switch_context(Context& from, Context& to);

}  // namespace ttsim
