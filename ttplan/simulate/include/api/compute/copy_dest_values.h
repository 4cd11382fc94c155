#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
inline void copy_dest_values_init(TTSIM_AT) {
    ttsim_sfpu_init("copy_dest_values", at);
}
inline void copy_dest_values(uint32_t idst_in, uint32_t idst_out, TTSIM_AT) {
    ttsim_sfpu_binary(ttsim::SbCopy, "copy_dest_values", idst_in, idst_in, idst_out, at);
}
}  // namespace ckernel
