#pragma once
#include "ttsim/compute_sfpu.hpp"

namespace ckernel {
template <bool fast_and_approx = false>
inline void sigmoid_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("sigmoid", at);
}
template <int vec_mode = RC, bool fast_and_approx = false>
inline void sigmoid_tile(uint32_t idst, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfSigmoid, "sigmoid", idst, 0, 0, 0, at);
}
TTSIM_UNARY_FLAG(log, SfLog, fast_and_approx, false)
template <bool fast_and_approx = false>
inline void log_with_base_tile_init(TTSIM_AT) {
    ttsim_sfpu_init("log_with_base", at);
}
template <bool fast_and_approx = false>
inline void log_with_base_tile(uint32_t idst, uint32_t base_scale, TTSIM_AT) {
    ttsim_sfpu(ttsim::SfLogBase, "log_with_base", idst, base_scale, 0, 0, at);
}
TTSIM_UNARY_FLAG(tanh, SfTanh, fast_and_approx, false)
TTSIM_UNARY(silu, SfSilu)
TTSIM_UNARY(abs, SfAbs)
TTSIM_UNARY(sign, SfSign)
TTSIM_UNARY(signbit, SfSignbit)
TTSIM_UNARY(square, SfSquare)
TTSIM_UNARY_1(power, SfPower)
TTSIM_UNARY(exp2, SfExp2)
TTSIM_UNARY_FLAG(expm1, SfExpm1, approx, false)
TTSIM_UNARY_1(heaviside, SfHeaviside)
}  // namespace ckernel
