// Shapes shared by the vector-unit operations: an init that names the operation, and a call on DST tiles in
// place.
#pragma once

#include "api/compute/common.h"

// name_tile_init() and name_tile(idst)
#define TTSIM_UNARY(name, op)                                    \
    inline void name##_tile_init(TTSIM_AT) {                     \
        ttsim_sfpu_init(#name, at);                              \
    }                                                            \
    inline void name##_tile(uint32_t idst, int = RC, TTSIM_AT) { \
        ttsim_sfpu(ttsim::op, #name, idst, 0, 0, 0, at);         \
    }

// name_tile_init() and name_tile(idst, p)
#define TTSIM_UNARY_1(name, op)                                    \
    inline void name##_tile_init(TTSIM_AT) {                       \
        ttsim_sfpu_init(#name, at);                                \
    }                                                              \
    inline void name##_tile(uint32_t idst, uint32_t p, TTSIM_AT) { \
        ttsim_sfpu(ttsim::op, #name, idst, p, 0, 0, at);           \
    }

// name_tile_init() and name_tile(idst, p, q)
#define TTSIM_UNARY_2(name, op)                                                \
    inline void name##_tile_init(TTSIM_AT) {                                   \
        ttsim_sfpu_init(#name, at);                                            \
    }                                                                          \
    inline void name##_tile(uint32_t idst, uint32_t p, uint32_t q, TTSIM_AT) { \
        ttsim_sfpu(ttsim::op, #name, idst, p, q, 0, at);                       \
    }

// init(seed) and name_tile(idst, p, q), for operations that draw random numbers
#define TTSIM_SEEDED_2(name, init, op)                                         \
    inline void init(uint32_t seed = 0, TTSIM_AT) {                            \
        ttsim_sfpu_seed(seed, at);                                             \
    }                                                                          \
    inline void name##_tile(uint32_t idst, uint32_t p, uint32_t q, TTSIM_AT) { \
        ttsim_sfpu(ttsim::op, #name, idst, p, q, 0, at);                       \
    }

// name_tile_init() and name_tile(idst) with a template flag that picks an approximation; the result is exact
// either way.
#define TTSIM_UNARY_FLAG(name, op, flag, standard)       \
    template <bool flag = standard>                      \
    inline void name##_tile_init(TTSIM_AT) {             \
        ttsim_sfpu_init(#name, at);                      \
    }                                                    \
    template <bool flag = standard>                      \
    inline void name##_tile(uint32_t idst, TTSIM_AT) {   \
        ttsim_sfpu(ttsim::op, #name, idst, 0, 0, 0, at); \
    }

#define TTSIM_BINARY(name, op)                                                                   \
    inline void name##_tile_init(TTSIM_AT) {                                                     \
        ttsim_sfpu_init(#name, at);                                                              \
    }                                                                                            \
    inline void name##_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, int = RC, TTSIM_AT) { \
        ttsim_sfpu_binary(ttsim::op, #name, idst0, idst1, odst, at);                             \
    }

// Integer forms: the init is that of the named family.
#define TTSIM_INTEGER(function, family, op)                \
    inline void function(uint32_t idst, TTSIM_AT) {        \
        ttsim_sfpu(ttsim::op, #family, idst, 0, 0, 0, at); \
    }
#define TTSIM_INTEGER_1(function, family, op)                   \
    inline void function(uint32_t idst, uint32_t p, TTSIM_AT) { \
        ttsim_sfpu(ttsim::op, #family, idst, p, 0, 0, at);      \
    }

// Binary operations of one family; the integer format does not change what they do.
#define TTSIM_BINARY_OF(function, family, op)                                       \
    template <DataFormat format = DataFormat::Int32>                                \
    inline void function(uint32_t idst0, uint32_t idst1, uint32_t odst, TTSIM_AT) { \
        ttsim_sfpu_binary(ttsim::op, #family, idst0, idst1, odst, at);              \
    }
