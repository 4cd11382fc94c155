// Explicit addresses as operands of Noc: a core, a rectangle of cores, a bank.
#pragma once

#include "experimental/noc.h"

namespace experimental {

struct UnicastEndpoint {};
struct MulticastEndpoint {};
enum class AllocatorBankType { DRAM, L1 };
template <AllocatorBankType type>
struct AllocatorBank {};

struct UnicastPlace {
    uint32_t noc_x, noc_y, addr;
};
struct RectanglePlace {
    uint32_t noc_x_start, noc_y_start, noc_x_end, noc_y_end, addr;
};
struct BankPlace {
    uint32_t bank_id, addr;
};
struct LocalPlace {
    uint32_t addr;
};

template <>
struct noc_traits_t<UnicastEndpoint> {
    using src_args_type = UnicastPlace;
    using dst_args_type = UnicastPlace;
    static uint64_t remote(const UnicastEndpoint&, const UnicastPlace& args, ttsim::Where) {
        return get_noc_addr(args.noc_x, args.noc_y, args.addr);
    }
    static uint32_t local(const UnicastEndpoint&, const UnicastPlace& args, bool, ttsim::Where) {
        return args.addr;
    }
};

template <>
struct noc_traits_t<MulticastEndpoint> {
    using src_args_type = LocalPlace;
    using dst_args_type = LocalPlace;
    using dst_args_mcast_type = RectanglePlace;
    static uint64_t rectangle(const MulticastEndpoint&, const RectanglePlace& args, ttsim::Where) {
        return get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                      args.addr);
    }
};

template <AllocatorBankType type>
struct noc_traits_t<AllocatorBank<type>> {
    using src_args_type = BankPlace;
    using dst_args_type = BankPlace;
    static uint64_t remote(const AllocatorBank<type>&, const BankPlace& args, ttsim::Where at) {
        return ttsim_bank_address(type == AllocatorBankType::DRAM, args.bank_id, args.addr, at);
    }
};

}  // namespace experimental
