"""What the checker reports: a broken rule, the place in the plan, the numbers, the source of the rule."""

from __future__ import annotations

from dataclasses import dataclass

_KERNELS = "docs/kernels.md"
_PROGRAM = "tt_metal/impl/program/program.cpp"
_CB = "tt_metal/hw/inc/api/dataflow/dataflow_api.h (circular buffers)"
_MULTICAST = "tt_metal/hw/inc/api/dataflow/dataflow_api.h (noc_async_write_multicast)"
_MATMUL = "ttnn/cpp/ttnn/operations/matmul/device/matmul_device_operation.cpp"
_MCAST2D = (
    "ttnn/cpp/ttnn/operations/matmul/device/factory/matmul_multicore_reuse_mcast_2d_program_factory.cpp"
)
_SHARD = "tt_metal/impl/buffers/buffer_distribution_spec.cpp"
_KERNEL_TYPES = "tt_metal/api/tt-metalium/kernel_types.hpp"

RULES: dict[str, str] = {
    # dataflow: the plan computes what the kernel says
    "kernel_supported": f"{_KERNELS}, Iteration: one contraction and a chain of epilogue ops",
    "tiling": f"{_KERNELS}, Iteration: sizes in tiles of 32x32, padding included",
    "fused_batch": f"{_KERNELS}, Tile ids: only row-major operands with every batch can be fused into m",
    "stream_set": f"{_KERNELS}, Streams and circular buffers",
    "stream_buffer": f"{_KERNELS}, Iteration: in0 gives the rows of the output, in1 its columns",
    "stream_transposed": f"{_KERNELS}, Tile ids",
    "stream_broadcast": f"{_KERNELS}, Tile ids: an operand of one row is read by column",
    "stream_batched": f"{_KERNELS}, Tile ids: the batch term is only for operands with one matrix per batch",
    "stream_block": f"{_KERNELS}, Streams and circular buffers",
    "stream_every": f"{_KERNELS}, Streams and circular buffers",
    "stream_movement": f"{_KERNELS}, Streams and circular buffers: movements",
    "stream_processor": f"{_KERNELS}, Streams: local streams have no data mover, all others one",
    "epilogue": f"{_KERNELS}, Compute: the ops of the kernel in their order",
    "op_format": "tt_metal/hw/inc/api/compute: matmul and its epilogue work on floating-point tiles",
    # work: every output tile once, on cores that exist
    "core_available": "tt_metal/core_descriptors (compute grid; dispatch cores are taken)",
    "core_unique": f"{_KERNELS}, Iteration: one share of the work per core",
    "core_ranges": "tt_metal/api/tt-metalium/core_coord.hpp (CoreRangeSet: inclusive, disjoint rectangles)",
    "work_cores": f"{_KERNELS}, Iteration: cores without work are not in the core ranges",
    "coverage": f"{_KERNELS}, Iteration: every tile of the output is computed exactly once",
    "work_extent": f"{_KERNELS}, Iteration: a core computes its rectangle up to the edge of the output",
    "start_tile": f"{_KERNELS}, Iteration: row-major tile id, batches in front of m",
    "tile_count": f"{_KERNELS}, Iteration: real tiles of a core, padding excluded",
    "block_count": f"{_KERNELS}, Iteration: out blocks of a core",
    "work_grid": f"{_KERNELS}, Iteration: work cores along (m, n)",
    "shard_coordinate": f"{_KERNELS}, Iteration: local_shard position of a core",
    # blocking
    "per_core": f"{_KERNELS}, Iteration: a rectangle is a whole number of out blocks",
    "k_block": f"{_KERNELS}, Iteration: K blocks cover the K tiles, the last has last_k",
    "subblock": f"{_MATMUL}: out_block_h % out_subblock_h == 0, out_block_w % out_subblock_w == 0",
    "dst_capacity": "tt_metal/tt-llk ckernel.h get_dest_max_tiles",
    "l1_accumulation": f"{_MCAST2D}: packer_l1_acc is enabled and there is something to accumulate",
    "rotation_k_block": f"{_MATMUL}: shard width % in0_block_w == 0",
    # buffers
    "buffer_set": f"{_KERNELS}: one buffer per parameter of the kernel",
    "buffer_type": "ttplan.kernel/1: io and dtype are given by the kernel",
    "buffer_shape": "tt_metal/impl/data_format/tile.cpp: the last two dims are padded to whole tiles",
    "buffer_pages": "tt_metal/api/tt-metalium/buffer.hpp: one page per tile",
    "page_bytes": "tt_metal/api/tt-metalium/tt_backend_api_types.hpp (tile_size)",
    "buffer_layout": "tt_metal/api/tt-metalium/buffer.hpp (TensorMemoryLayout and its shard spec)",
    "shard_coverage": f"{_SHARD}: shards cover the buffer, none is empty",
    "shard_owner": f"{_SHARD}: one existing owner per shard",
    "shard_order": f"{_SHARD}: owners in the order of the orientation",
    "local_shard": f"{_KERNELS}, Streams: a local circular buffer is exactly the core's own part",
    "buffer_address": "tt_metal/impl/allocator: addresses and alignment of the bank",
    "bytes_per_core": "tt_metal/impl/allocator/l1_banking_allocator.cpp: pages of the fullest bank",
    "buffer_overlap": "tt_metal/impl/allocator: lock-step addresses, no two live buffers overlap",
    "dram_capacity": "tt_metal/soc_descriptors (dram_view_size)",
    "moved": "ttplan.kernel/1, place: only a free input may be moved out of DRAM interleaved",
    # circular buffers
    "cb_id": "tt_metal/api/tt-metalium/circular_buffer_constants.h: distinct ids below the device's count",
    "cb_set": f"{_KERNELS}, Streams and circular buffers: which circular buffers exist",
    "cb_format": f"{_KERNELS}: a circular buffer has the format of its buffer",
    "cb_page": "tt_metal/api/tt-metalium/tt_backend_api_types.hpp (tile_size)",
    "cb_block": f"{_KERNELS}, Streams and circular buffers: tiles per block",
    "cb_pages": f"{_CB}: pages are depth blocks, bytes are pages",
    "cb_capacity": f"{_CB}: 16-bit page counters",
    "cb_alignment": f"{_PROGRAM}, allocate_circular_buffers: aligned to the DRAM alignment",
    "cb_overlap": f"{_PROGRAM}, allocate_circular_buffers: one region after another",
    "cb_alias": f"{_MCAST2D}: output and partials share one allocation only with equal formats and sizes",
    "cb_on_buffer": "tt_metal/api/tt-metalium/circular_buffer_config.hpp (set_globally_allocated_address)",
    "partials_format": f"{_MCAST2D}: intermediate format; ISA L1.md: formats the packer can accumulate",
    "partials_size": f"{_KERNELS}, Compute: accumulation in L1 returns to the same out block",
    "exponent_family": "tt_metal/jit_build/data_format.cpp: one exponent family per compute kernel",
    "l1_capacity": f"{_PROGRAM}, validate_circular_buffer_region",
    "l1_use": "ttplan.plan/1, l1: sums over the circular buffers and the resident buffers",
    # kernels and data movement
    "kernel_name": "ttplan.plan/1, kernels: one source per name",
    "kernel_cores": f"{_KERNELS}: kernels run on work cores",
    "kernel_processor": f"{_KERNEL_TYPES}: at most one kernel per processor of a core",
    "kernel_noc": f"{_KERNEL_TYPES}: the two data movers of a core use different NoCs",
    "compute_everywhere": f"{_KERNELS}, Compute: one compute kernel on every work core",
    "stream_served": f"{_KERNELS}, Streams: each moving stream has one role per work core",
    "role_order": f"{_KERNELS}, Streams: in0, in1, then add operands, then out",
    "role_part": f"{_KERNELS}, Multicast: parts of a movement",
    "multicast_group": f"{_KERNELS}, Multicast: one sender per group of cores that need the same tiles",
    "multicast_rectangle": f"{_MULTICAST}: rectangles reach exactly the receivers",
    "multicast_count": f"{_MULTICAST}: number of destinations without the sender",
    "multicast_corners": "tt_metal/impl/device/device.cpp (get_noc_multicast_encoding): swapped on NOC_1",
    "multicast_sender": f"{_KERNELS}, Multicast: a receiver answers the sender of its group",
    "multicast_receivers": f"{_KERNELS}, Multicast: the sender waits for all receivers",
    "rotation_owner": f"{_KERNELS}, Multicast: owners are the owners of the in0 shards of the group",
    "semaphore_set": f"{_KERNELS}, Multicast: ready and valid per multicast stream, used by its kernels",
    "semaphore_id": "tt_metal/impl/buffers/semaphore.hpp (NUM_SEMAPHORES)",
    "semaphore_initial": f"{_KERNELS}, Multicast: both semaphores start at 0",
    # arguments
    "compile_argument": f"{_KERNELS}, Arguments: compile-time arguments of a kernel",
    "accessor": f"{_KERNELS}, Arguments: one accessor per buffer the kernel reads or writes by page",
    "accessor_rank": "tt_metal/api/tt-metalium/tensor_accessor_args.hpp: rank limit",
    "argument_set": f"{_KERNELS}, Arguments: kernels list only arguments they use",
    "argument_order": f"{_KERNELS}, Arguments: one fixed order",
    "argument_common": f"{_KERNELS}, Arguments: equal values are common, addresses and positions never",
    "argument_rows": "tt_metal/api/tt-metalium/host_api.hpp (SetRuntimeArgs): one row per core of the kernel",
    "argument_kind": "ttplan.plan/1, kernels.runtime_args: what the host translates",
    "argument_value": f"{_KERNELS}, Arguments",
    "argument_limit": f"{_KERNEL_TYPES} (max_runtime_args)",
    # pins
    "pin_place": "ttplan.kernel/1, place and layout: a given buffer stays where the kernel says",
    "pin_layout": "ttplan.kernel/1, layout (tt.user_layout)",
    "pin_shard": "ttplan.kernel/1, layout.nd_shard (tt.user_layout)",
    "pin_depth": "ttplan.kernel/1, layout.cb_depth (tt.user_layout)",
    "pin_schedule": "ttplan.kernel/1, schedule (tt.user_schedule)",
    # cost
    "cost_term": "docs/cost_model.md, Terms",
    "cost_total": "docs/cost_model.md: modelled time = startup + resources + fill + stall + tail + moves",
    "cost_binding": "docs/cost_model.md: the resource term that is the maximum",
    "cost_levels": "docs/cost_model.md, Objective",
    "cost_bound": "docs/cost_model.md, Objective: an optimal plan meets its lower bound",
    # record
    "deviation": "docs/contract.md, Deviations: a plan lists those that concern it",
}
"""Every rule of the checker and the source it is written from."""


@dataclass(frozen=True)
class Finding:
    """A rule the plan breaks. place: path in the plan document; message: what was found and what is right."""

    rule: str
    place: str
    message: str
    source: str

    def text(self) -> str:
        """One line for people."""
        return f"{self.rule}: {self.place}: {self.message} [{self.source}]"


def finding(rule: str, place: str, message: str) -> Finding:
    """A finding with the source of its rule."""
    return Finding(rule, place, message, RULES[rule])
