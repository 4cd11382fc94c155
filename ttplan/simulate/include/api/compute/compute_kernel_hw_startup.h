#pragma once
#include "ttsim/compute_base.hpp"

namespace ckernel {
inline void compute_kernel_hw_startup(uint32_t icb0, uint32_t icb1, uint32_t ocb, TTSIM_AT) {
    ttsim_configure(ttsim::SourceA, icb0, at);
    ttsim_configure(ttsim::SourceB, icb1, at);
    ttsim_configure(ttsim::Packer, ocb, at);
}
inline void compute_kernel_hw_startup(uint32_t icb0, uint32_t ocb, TTSIM_AT) {
    compute_kernel_hw_startup(icb0, icb0, ocb, at);
}
}  // namespace ckernel
