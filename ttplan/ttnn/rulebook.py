"""The named rules a TTNN matmul must keep, each with its message and where TTNN enforces it or breaks without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Effect = Literal["refused", "overflow", "broken"]
"""`refused`: TTNN raises an error. `overflow`: the program does not fit into L1. `broken`: nothing checks it, and
the device hangs or returns wrong values.
"""
VALIDATE = "matmul_device_operation.cpp validate"
DRAM = "matmul_multicore_reuse_mcast_dram_sharded_program_factory.cpp"
ISSUE = "github.com/tenstorrent/tt-metal/issues/"


@dataclass(frozen=True)
class Rule:
    """One rule of TTNN. message: format string over the finding's numbers."""

    name: str
    message: str
    source: str
    effect: Effect = "refused"


@dataclass(frozen=True)
class Finding:
    """A rule that a config breaks, with the numbers."""

    rule: str
    text: str
    source: str
    effect: Effect
    numbers: tuple[tuple[str, int | str], ...]


_ALL = (
    Rule("bcast_batch", "in1 has {batch_b} matrices and in0 {batch_a}: equal, or one in1 for all", VALIDATE),
    Rule("fuse_batch", "fuse_batch needs one in1 matrix, found {batch_b}", VALIDATE),
    Rule(
        "fuse_transposed", "fuse_batch with transpose_a needs one in0 matrix or one tile row each", VALIDATE
    ),
    Rule(
        "bias_shape", "the bias must be one tile row as wide as in1: {columns} tiles, found {found}", VALIDATE
    ),
    Rule(
        "bias_config", "{config} does not add a bias", "matmul_multicore_reuse_optimized_program_factory.cpp"
    ),
    Rule("activation_config", "{config} does not fuse an activation", VALIDATE),
    Rule(
        "activation_twice", "the activation of the call is {call}, of the program config {config}", VALIDATE
    ),
    Rule("dst", "a subblock of {h} x {w} tiles exceeds the {limit} tiles of DST", VALIDATE),
    Rule("k_divides", "in0_block_w {k_block} must divide Kt {k}", VALIDATE),
    Rule("subblock_h", "out_subblock_h {h} must divide the {rows} rows of an out block", VALIDATE),
    Rule("subblock_w", "out_subblock_w {w} must divide the {columns} columns of an out block", VALIDATE),
    Rule("out_block_h", "out_block_h {h} must divide per_core_M {per_core}", VALIDATE),
    Rule("out_block_w", "out_block_w {w} must divide per_core_N {per_core}", VALIDATE),
    Rule("device_grid", "the grid {x} x {y} is larger than the device's {columns} x {rows}", VALIDATE),
    Rule(
        "grid_available",
        "core ({x}, {y}) of the grid is not available: TTNN uses whole rectangles from (0, 0)",
        VALIDATE,
    ),
    Rule("grid_rows", "M takes {needed} rows of blocks, the grid has {limit}", VALIDATE),
    Rule("grid_columns", "N takes {needed} columns of blocks, the grid has {limit}", VALIDATE),
    Rule("grid_cores", "{needed} blocks on {limit} cores", VALIDATE),
    Rule(
        "one_block_per_core",
        "{needed} out blocks on {limit} cores: a core computes one, the rest are dropped",
        ISSUE + "54798",
        "broken",
    ),
    Rule(
        "per_core_rows",
        "per_core_M {per_core} exceeds the {limit} tile rows there are",
        ISSUE + "51550",
        "broken",
    ),
    Rule(
        "per_core_columns",
        "per_core_N {per_core} exceeds the {limit} columns there are",
        ISSUE + "51550",
        "broken",
    ),
    Rule(
        "whole_rows", "mcast_in0 sends one stream: per_core_M {per_core} < {limit}", ISSUE + "57359", "broken"
    ),
    Rule(
        "whole_columns",
        "mcast_in1 sends one stream: per_core_N {per_core} < {limit}",
        ISSUE + "57359",
        "broken",
    ),
    Rule(
        "batched_1d",
        "the 1D config reads one in1 matrix when fuse_batch is set: found {batch_b}",
        ISSUE + "35078",
        "broken",
    ),
    Rule(
        "batched_sharded_out",
        "a sharded output has room for one matrix, the config loops over {batch}",
        ISSUE + "42572",
        "broken",
    ),
    Rule("in0_layout", "in0 may not be {layout} here: {allowed}", VALIDATE),
    Rule("in1_layout", "in1 may not be {layout} in {buffer} here: {allowed}", VALIDATE),
    Rule("out_layout", "the output may not be {layout} here: {allowed}", VALIDATE),
    Rule(
        "same_memory",
        "sharded in0 and output must have one layout and buffer type: {in0} and {out}",
        VALIDATE,
    ),
    Rule("sharded_fuse_batch", "a sharded in0 needs fuse_batch", VALIDATE),
    Rule("in0_shard_rows", "the shard of in0 has {found} tile rows, the config {wanted}", VALIDATE),
    Rule("in0_shard_columns", "the shard of in0 has {found} tile columns, {wanted} are needed", VALIDATE),
    Rule(
        "in0_shard_block", "in0_block_w {k_block} must divide the {columns} columns of in0's shard", VALIDATE
    ),
    Rule("in0_shard_k", "the shard of in0 ({columns} columns) must divide Kt {k}", VALIDATE),
    Rule("in0_shard_cores", "in0 has {found} shards, {needed} are needed", VALIDATE),
    Rule("in1_shard", "the shard of in1 is {rows} x {columns} tiles, {wanted} are needed", VALIDATE),
    Rule("in1_shard_row", "the shards of in1 must stand in one row of cores", VALIDATE),
    Rule("orientation", "{what} is {found}, {wanted} is needed", VALIDATE),
    Rule("out_whole", "a sharded output needs per_core {axis} = {wanted}, found {found}", VALIDATE),
    Rule(
        "out_subblock_flat",
        "a sharded output needs out_subblock_w = {per_core} or out_subblock_h = 1, found {h} x {w}",
        VALIDATE,
    ),
    Rule(
        "out_block_flat",
        "a sharded output needs out_block_w = {per_core} or out_block_h = 1, found {h} x {w}",
        VALIDATE,
    ),
    Rule(
        "shard_grid", "the shards of {what} reach core ({x}, {y}), the grid is {columns} x {rows}", VALIDATE
    ),
    Rule("reuse_columns", "per_core_N {per_core} must be Nt {n}", VALIDATE),
    Rule(
        "reuse_rows",
        "per_core_M {per_core} and Mt {m} must divide one another, within {total} rows",
        VALIDATE,
    ),
    Rule("reuse_transposed", "{config} does not transpose in0", "reader_bmm_tile_layout_in0.cpp"),
    Rule(
        "dram_one_row",
        "the DRAM-sharded config computes one tile row, found M {m} and per_core_M {per_core}",
        DRAM,
    ),
    Rule("dram_banks", "in1 has {shards} shards on {banks} DRAM banks", DRAM),
    Rule("interleaved", "{what} must be interleaved for {config}", VALIDATE),
    Rule(
        "l1",
        "circular buffers ({cbs} B) and tensors ({tensors} B) need {needed} of {space} B of L1",
        "tt_metal/impl/program/program.cpp validate_circular_buffer_region",
        "overflow",
    ),
)
RULES: dict[str, Rule] = {rule.name: rule for rule in _ALL}
"""Rules by name, in reading order."""


def broken(name: str, **numbers: int | str) -> Finding:
    """A finding: the rule's message filled with the numbers."""
    rule = RULES[name]
    return Finding(name, rule.message.format(**numbers), rule.source, rule.effect, tuple(numbers.items()))
