"""The kernel document: what is computed, on which buffers. Nothing in it is a decision.

Dims shared by buffers span the iteration space. A dim of an op's output is parallel, a dim of its inputs only
is a reduction; the last two dims of a buffer are tiled, the others are batch. A transposed operand is one
whose two last dims stand in the other order. Buffers without `io` are intermediates and need not be declared.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from ttplan.document import Document, Int, ProblemError
from ttplan.formats import FORMATS
from ttplan.ops import OPS, Fidelity

Name = Annotated[str, Field(min_length=1, max_length=64)]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_ELEMENTS_PER_DIM = 262144
"""Largest dim. Larger kernels could overflow the 32-bit integers of the solver and are refused."""

Count = Annotated[int, Field(ge=1, strict=True)]
COMPUTED = tuple(name for name, one in FORMATS.items() if any(one.kind in op.formats for op in OPS.values()))
"""Formats that some op computes with."""
Dtype = Annotated[str, Field(json_schema_extra={"enum": list(COMPUTED)})]
OpName = Annotated[str, Field(json_schema_extra={"enum": list(OPS)})]
MAX_FLOAT32 = (2 - 2**-23) * 2.0**127
Factor = Annotated[float, Field(ge=-MAX_FLOAT32, le=MAX_FLOAT32, allow_inf_nan=False)]
"""A number that a kernel holds as float32."""


class Buffer(Document):
    """A tensor. dims: names, slowest first. io: `in` and `out` are the kernel's parameters, None is an
    intermediate.

    place: `given` keeps the buffer where `layout` says (DRAM interleaved by default), `free` lets the planner
    choose; for an input the move from DRAM is charged. Outputs default to `free`, inputs to `given`.
    """

    name: Name
    dims: tuple[Name, ...] = Field(min_length=1, max_length=8)
    dtype: Dtype
    io: Literal["in", "out"] | None = None
    place: Literal["given", "free"] | None = None

    @model_validator(mode="after")
    def _known(self) -> Buffer:
        if self.dtype not in FORMATS:
            raise ProblemError("no Tensix tile format has this name", self.dtype, COMPUTED, "dtype")
        if len(set(self.dims)) != len(self.dims):
            raise ProblemError("a dim appears twice", list(self.dims), path="dims")
        return self


class Op(Document):
    """One operation. value: the factor of `scale`."""

    op: OpName
    inputs: tuple[Name, ...] = Field(alias="in", min_length=1)
    out: Name
    value: Factor | None = None

    @model_validator(mode="after")
    def _known(self) -> Op:
        if self.op not in OPS:
            raise ProblemError("unknown op", self.op, tuple(OPS), "op")
        kind = OPS[self.op]
        if len(self.inputs) != kind.inputs:
            raise ProblemError(f"{self.op} takes {kind.inputs} inputs", len(self.inputs), path="in")
        if kind.has_value and self.value is None:
            raise ProblemError(f"{self.op} needs a value", path="value")
        if not kind.has_value and self.value is not None:
            raise ProblemError(f"{self.op} takes no value", self.value, path="value")
        return self


class Compute(Document):
    """Compute configuration of the kernel, as in tt-metal's ComputeConfig (impl/kernels/kernel_types.hpp)."""

    math_fidelity: Fidelity = "HiFi4"
    fp32_dest_acc_en: StrictBool = False
    packer_l1_acc: StrictBool = True
    math_approx_mode: StrictBool = False
    dst_full_sync_en: StrictBool = False


class NdShard(Document):
    """A shard over named axes. grid: shards per axis; shard_shape_elems: elements per axis of one shard.

    axes are dims of the buffer (or the seeds' role names B, H, M, N). order: traversal of the tiles inside a
    core.
    """

    axes: tuple[str, ...] | None = None
    grid: tuple[Count, ...] | None = None
    shard_shape_elems: tuple[Count, ...] | None = None
    order: str | None = None
    align_tiles: bool | None = None


class Layout(Document):
    """The seeds' `tt.user_layout` of one buffer: a pin on memory, layout, shard shape, grid and
    orientation.
    """

    memory: Literal["DRAM", "L1"] | None = None
    layout: Literal["interleaved", "sharded", "height_sharded", "width_sharded", "block_sharded"] | None = (
        None
    )
    tile_shape: tuple[Int, Int] | None = None
    nd_shard: NdShard | None = None
    orientation: Literal["row_major", "col_major"] | None = None
    cb_depth: Count | None = None
    halo: object | None = None


class Schedule(Document):
    """The seeds' `tt.user_schedule`: pins on the partition. order: traversal (ttplan/facts/traversal.py)."""

    partition_mode: Literal["global", "local_shard"] | None = None
    grid_tiles: tuple[Int, Int] | None = None
    local_shape_tiles: tuple[Int, Int] | None = None
    shard_grid: tuple[Int, Int] | None = None
    runtime_args: tuple[str, ...] | None = None
    order: str | None = None


class Reserve(Document):
    """What the planner must not use: bytes of each core's L1, and whole cores [x, y]."""

    l1_bytes: Annotated[int, Field(ge=0, strict=True)] = 0
    cores: tuple[tuple[Int, Int], ...] = ()


class Hints(Document):
    """What the source kernel said about its own tiling; recorded, never obeyed. block: elements per dim."""

    block: dict[str, int] = Field(default_factory=dict)
    num_stages: int | None = None
    source: str | None = None


class Kernel(Document):
    """A small dataflow of tile operations over named dims. Schema `ttplan.kernel/1`."""

    schema_: Literal["ttplan.kernel/1"] = Field(default="ttplan.kernel/1", alias="schema")
    name: Name
    dims: dict[str, Count]
    buffers: tuple[Buffer, ...]
    ops: tuple[Op, ...] = Field(min_length=1)
    compute: Compute = Compute()
    layout: dict[str, Layout] = Field(default_factory=dict)
    schedule: Schedule = Schedule()
    reserve: Reserve = Reserve()
    hints: Hints | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Kernel:
        if not _NAME.fullmatch(self.name):
            raise ProblemError("a kernel name is letters, digits and _", self.name, path="name")
        names = [buffer.name for buffer in self.buffers]
        for index, buffer in enumerate(self.buffers):
            if not _NAME.fullmatch(buffer.name):
                raise ProblemError(
                    "a buffer name is letters, digits and _", buffer.name, path=f"buffers[{index}].name"
                )
            if names.count(buffer.name) > 1:
                raise ProblemError("two buffers have this name", buffer.name, path=f"buffers[{index}].name")
            for place, dim in enumerate(buffer.dims):
                if dim not in self.dims:
                    raise ProblemError(
                        "unknown dim", dim, tuple(self.dims), f"buffers[{index}].dims[{place}]"
                    )
        for dim, size in self.dims.items():
            if not _NAME.fullmatch(dim):
                raise ProblemError("a dim name is letters, digits and _", dim, path="dims")
            if size > MAX_ELEMENTS_PER_DIM:
                allowed = (f"1..{MAX_ELEMENTS_PER_DIM}",)
                raise ProblemError(
                    "the dim is larger than the planner's integers allow", size, allowed, f"dims.{dim}"
                )
        for name in self.layout:
            if name not in names:
                raise ProblemError("layout of an unknown buffer", name, tuple(names), "layout")
        return self

    def buffer(self, name: str) -> Buffer | None:
        """The declared buffer of that name, or None."""
        return next((buffer for buffer in self.buffers if buffer.name == name), None)
