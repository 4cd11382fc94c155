// Headers chosen by SFPU_OP_<NAME>_INCLUDE defines. Source:
// tt_metal/hw/inc/api/compute/eltwise_unary/sfpu_split_includes.h.
#pragma once
#if defined(SFPU_OP_EXP_INCLUDE) && SFPU_OP_EXP_INCLUDE
#include "api/compute/eltwise_unary/exp.h"
#endif
#if defined(SFPU_OP_RECIP_INCLUDE) && SFPU_OP_RECIP_INCLUDE
#include "api/compute/eltwise_unary/recip.h"
#endif
#if defined(SFPU_OP_SQRT_INCLUDE) && SFPU_OP_SQRT_INCLUDE
#include "api/compute/eltwise_unary/sqrt.h"
#endif
#if defined(SFPU_OP_RSQRT_INCLUDE) && SFPU_OP_RSQRT_INCLUDE
#include "api/compute/eltwise_unary/rsqrt.h"
#endif
#if defined(SFPU_OP_GELU_INCLUDE) && SFPU_OP_GELU_INCLUDE
#include "api/compute/eltwise_unary/gelu.h"
#endif
#if defined(SFPU_OP_RELU_FAMILY_INCLUDE) && SFPU_OP_RELU_FAMILY_INCLUDE
#include "api/compute/eltwise_unary/relu.h"
#endif
#if defined(SFPU_OP_BINOP_WITH_SCALAR_INCLUDE) && SFPU_OP_BINOP_WITH_SCALAR_INCLUDE
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#endif
#if defined(SFPU_OP_TYPECAST_INCLUDE) && SFPU_OP_TYPECAST_INCLUDE
#include "api/compute/eltwise_unary/typecast.h"
#endif
#if defined(SFPU_OP_FILL_INCLUDE) && SFPU_OP_FILL_INCLUDE
#include "api/compute/eltwise_unary/fill.h"
#endif
#if defined(SFPU_OP_NEG_INCLUDE) && SFPU_OP_NEG_INCLUDE
#include "api/compute/eltwise_unary/negative.h"
#endif
#if defined(SFPU_OP_IDENTITY_INCLUDE) && SFPU_OP_IDENTITY_INCLUDE
#include "api/compute/eltwise_unary/identity.h"
#endif
#if defined(SFPU_OP_CLAMP_INCLUDE) && SFPU_OP_CLAMP_INCLUDE
#include "api/compute/eltwise_unary/clamp.h"
#endif
#if defined(SFPU_OP_ROUND_FAMILY_INCLUDE) && SFPU_OP_ROUND_FAMILY_INCLUDE
#include "api/compute/eltwise_unary/rounding.h"
#endif
#if defined(SFPU_OP_UNARY_COMP_INCLUDE) && SFPU_OP_UNARY_COMP_INCLUDE
#include "api/compute/eltwise_unary/comp.h"
#endif
#if defined(SFPU_OP_WHERE_INCLUDE) && SFPU_OP_WHERE_INCLUDE
#include "api/compute/eltwise_unary/where.h"
#endif
#if defined(SFPU_OP_ERF_ERFC_INCLUDE) && SFPU_OP_ERF_ERFC_INCLUDE
#include "api/compute/eltwise_unary/erf_erfc.h"
#endif
#if defined(SFPU_OP_ERFINV_INCLUDE) && SFPU_OP_ERFINV_INCLUDE
#include "api/compute/eltwise_unary/erfinv.h"
#endif
#if defined(SFPU_OP_ELU_INCLUDE) && SFPU_OP_ELU_INCLUDE
#include "api/compute/eltwise_unary/elu.h"
#endif
#if defined(SFPU_OP_SELU_INCLUDE) && SFPU_OP_SELU_INCLUDE
#include "api/compute/eltwise_unary/selu.h"
#endif
#if defined(SFPU_OP_SOFTPLUS_INCLUDE) && SFPU_OP_SOFTPLUS_INCLUDE
#include "api/compute/eltwise_unary/softplus.h"
#endif
#if defined(SFPU_OP_HARDTANH_INCLUDE) && SFPU_OP_HARDTANH_INCLUDE
#include "api/compute/eltwise_unary/hardtanh.h"
#endif
#if defined(SFPU_OP_ACTIVATIONS_INCLUDE) && SFPU_OP_ACTIVATIONS_INCLUDE
#include "api/compute/eltwise_unary/activations.h"
#endif
#if defined(SFPU_OP_LOG1P_INCLUDE) && SFPU_OP_LOG1P_INCLUDE
#include "api/compute/eltwise_unary/log1p.h"
#endif
#if defined(SFPU_OP_TRIG_FAMILY_INCLUDE) && SFPU_OP_TRIG_FAMILY_INCLUDE
#include "api/compute/eltwise_unary/trigonometry.h"
#endif
#if defined(SFPU_OP_ISINF_ISNAN_INCLUDE) && SFPU_OP_ISINF_ISNAN_INCLUDE
#include "api/compute/eltwise_unary/isinf_isnan.h"
#endif
#if defined(SFPU_OP_BITWISE_AND_INCLUDE) && SFPU_OP_BITWISE_AND_INCLUDE
#include "api/compute/eltwise_unary/bitwise_and.h"
#endif
#if defined(SFPU_OP_BITWISE_OR_INCLUDE) && SFPU_OP_BITWISE_OR_INCLUDE
#include "api/compute/eltwise_unary/bitwise_or.h"
#endif
#if defined(SFPU_OP_BITWISE_XOR_INCLUDE) && SFPU_OP_BITWISE_XOR_INCLUDE
#include "api/compute/eltwise_unary/bitwise_xor.h"
#endif
#if defined(SFPU_OP_BITWISE_NOT_INCLUDE) && SFPU_OP_BITWISE_NOT_INCLUDE
#include "api/compute/eltwise_unary/bitwise_not.h"
#endif
#if defined(SFPU_OP_LEFT_SHIFT_INCLUDE) && SFPU_OP_LEFT_SHIFT_INCLUDE
#include "api/compute/eltwise_unary/left_shift.h"
#endif
#if defined(SFPU_OP_RIGHT_SHIFT_INCLUDE) && SFPU_OP_RIGHT_SHIFT_INCLUDE
#include "api/compute/eltwise_unary/right_shift.h"
#endif
#if defined(SFPU_OP_REMAINDER_INCLUDE) && SFPU_OP_REMAINDER_INCLUDE
#include "api/compute/eltwise_unary/remainder.h"
#endif
#if defined(SFPU_OP_FMOD_INCLUDE) && SFPU_OP_FMOD_INCLUDE
#include "api/compute/eltwise_unary/fmod.h"
#endif
#if defined(SFPU_OP_CBRT_INCLUDE) && SFPU_OP_CBRT_INCLUDE
#include "api/compute/eltwise_unary/cbrt.h"
#endif
#if defined(SFPU_OP_HARDSHRINK_INCLUDE) && SFPU_OP_HARDSHRINK_INCLUDE
#include "api/compute/eltwise_unary/hardshrink.h"
#endif
#if defined(SFPU_OP_COMPUTE_KERNEL_API_INCLUDE) && SFPU_OP_COMPUTE_KERNEL_API_INCLUDE
#include "api/compute/compute_kernel_api.h"
#endif
