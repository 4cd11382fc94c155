// Hand-over of the destination registers between math and pack.
#pragma once
#include "ttsim/compute_base.hpp"

namespace ckernel {
inline void tile_regs_acquire(TTSIM_AT) {
    ttsim_registers(ttsim::Acquire, at);
}
inline void tile_regs_commit(TTSIM_AT) {
    ttsim_registers(ttsim::Commit, at);
}
inline void tile_regs_wait(TTSIM_AT) {
    ttsim_registers(ttsim::Wait, at);
}
inline void tile_regs_release(TTSIM_AT) {
    ttsim_registers(ttsim::Release, at);
}
inline void acquire_dst(TTSIM_AT) {
    ttsim_registers(ttsim::AcquireBoth, at);
}
inline void release_dst(TTSIM_AT) {
    ttsim_registers(ttsim::ReleaseBoth, at);
}
}  // namespace ckernel
