"""One `ttnn.matmul` call as a document: operands with their memory configs, options, compute config, program config.

What `ttplan render --target ttnn` writes as JSON and `ttplan check --ttnn` reads. Schema `ttplan.ttnn/1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ttplan.device import Device
from ttplan.document import Document, ProblemError
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Compute
from ttplan.plan import Positive, Range
from ttplan.ttnn.configs import ProgramConfig

Activation = Literal["relu", "gelu", "silu", "sigmoid"]
"""Activations that a program config can fuse and that ttplan prices."""
ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "gelu": "gelu", "silu": "silu", "sigmoid": "sigmoid"}
Layout = Literal["INTERLEAVED", "HEIGHT_SHARDED", "WIDTH_SHARDED", "BLOCK_SHARDED"]


class ShardSpec(Document):
    """`ttnn.ShardSpec`. grid: inclusive rectangles of cores (banks as (bank, 0) in DRAM). shape: (rows, columns)
    of one shard in elements, whole tiles.
    """

    grid: tuple[Range, ...] = Field(min_length=1)
    shape: tuple[Positive, Positive]
    orientation: Literal["ROW_MAJOR", "COL_MAJOR"] = "ROW_MAJOR"

    @model_validator(mode="after")
    def _whole_tiles(self) -> ShardSpec:
        for index, size in enumerate(self.shape):
            if size % TILE:
                raise ProblemError("a shard is whole tiles", size, ("a multiple of 32",), f"shape[{index}]")
        for index, (x0, y0, x1, y1) in enumerate(self.grid):
            if not (0 <= x0 <= x1 and 0 <= y0 <= y1):
                raise ProblemError(
                    "not a rectangle x0, y0, x1, y1", str([x0, y0, x1, y1]), path=f"grid[{index}]"
                )
        return self

    @property
    def tiles(self) -> tuple[int, int]:
        """(rows, columns) of a shard in tiles."""
        return self.shape[0] // TILE, self.shape[1] // TILE

    @property
    def cores(self) -> int:
        """Shard owners."""
        return sum((x1 - x0 + 1) * (y1 - y0 + 1) for x0, y0, x1, y1 in self.grid)

    @property
    def box(self) -> tuple[int, int]:
        """(columns, rows) of the bounding box of the owners."""
        x0, y0, x1, y1 = zip(*self.grid, strict=True)
        return max(x1) - min(x0) + 1, max(y1) - min(y0) + 1

    @property
    def corner(self) -> tuple[int, int]:
        """Largest column and row an owner stands on."""
        return max(r[2] for r in self.grid), max(r[3] for r in self.grid)


class MemoryConfig(Document):
    """`ttnn.MemoryConfig`."""

    memory_layout: Layout = "INTERLEAVED"
    buffer_type: Literal["DRAM", "L1"] = "DRAM"
    shard_spec: ShardSpec | None = None

    @model_validator(mode="after")
    def _sharded(self) -> MemoryConfig:
        if self.memory_layout == "INTERLEAVED" and self.shard_spec is not None:
            raise ProblemError("an interleaved tensor has no shard spec", path="shard_spec")
        return self

    @property
    def sharded(self) -> bool:
        """Whether the tensor is cut into shards."""
        return self.memory_layout != "INTERLEAVED"

    @property
    def in_l1(self) -> bool:
        """Whether the tensor takes L1 of the cores."""
        return self.buffer_type == "L1"


class Tensor(Document):
    """A tensor in tile layout. shape: elements, as it is stored."""

    shape: tuple[Positive, ...] = Field(min_length=1, max_length=8)
    dtype: str
    memory: MemoryConfig = MemoryConfig()

    @model_validator(mode="after")
    def _known(self) -> Tensor:
        names = tuple(
            form.name for form in FORMATS.values() if form.ttnn is not None and form.kind != "integer"
        )
        if self.dtype not in names:
            raise ProblemError(
                "no floating-point data type of TTNN has this name", self.dtype, names, "dtype"
            )
        return self

    @property
    def tile_bytes(self) -> int:
        """Bytes of one tile."""
        return FORMATS[self.dtype].tile_bytes

    @property
    def matrices(self) -> int:
        """Product of the batch dims."""
        return prod(self.shape[:-2])

    @property
    def tiles(self) -> tuple[int, int]:
        """(rows, columns) of one matrix in tiles; a vector is one tile row."""
        rows = self.shape[-2] if len(self.shape) > 1 else 1
        return -(-rows // TILE), -(-self.shape[-1] // TILE)

    def l1_bytes(self, cores: int) -> int:
        """Bytes on the fullest of so many cores; 0 in DRAM and for shards TTNN computes itself."""
        if not self.memory.in_l1:
            return 0
        if self.memory.shard_spec is not None:
            rows, columns = self.memory.shard_spec.tiles
            return rows * columns * self.tile_bytes
        if self.memory.sharded:
            return 0
        rows, columns = self.tiles
        return -(-self.matrices * rows * columns // cores) * self.tile_bytes


class MatmulCall(Document):
    """`ttnn.matmul(a, b)`, or `ttnn.linear(a, b, bias=bias)` when there is a bias.

    device: name or file. activation: fused by the program config. user_grid: `core_grid` of the call as (x, y),
    for auto-config only. reserved_l1: bytes of each core's L1 that belong to others (`l1_small_size` and such).
    """

    schema_: Literal["ttplan.ttnn/1"] = Field(default="ttplan.ttnn/1", alias="schema")
    device: str = "n150"
    a: Tensor
    b: Tensor
    bias: Tensor | None = None
    out: Tensor
    transpose_a: bool = False
    transpose_b: bool = False
    activation: Activation | None = None
    compute: Compute = Compute()
    user_grid: tuple[Positive, Positive] | None = None
    reserved_l1: Annotated[int, Field(ge=0)] = 0
    program_config: ProgramConfig | None = None

    @model_validator(mode="after")
    def _shapes(self) -> MatmulCall:
        if len(self.a.shape) < 2 or len(self.b.shape) < 2:
            raise ProblemError(
                "a matmul operand has two dims or more", path="a" if len(self.a.shape) < 2 else "b"
            )
        k_of_a = self.a.shape[-2 if self.transpose_a else -1]
        k_of_b = self.b.shape[-1 if self.transpose_b else -2]
        if k_of_a != k_of_b:
            raise ProblemError("the reduced dims of a and b differ", k_of_b, (str(k_of_a),), "b.shape")
        rows, columns = (
            self.a.shape[-1 if self.transpose_a else -2],
            self.b.shape[-2 if self.transpose_b else -1],
        )
        if self.out.shape[-2:] != (rows, columns):
            allowed = (str([rows, columns]),)
            raise ProblemError(
                "the output has another shape", str(list(self.out.shape[-2:])), allowed, "out.shape"
            )
        return self


@dataclass(frozen=True)
class Sizes:
    """A call in tiles and bytes. m, k, n: of one matrix. a, b, out, bias: bytes of a tile (bias 0 when none)."""

    batch_a: int
    batch_b: int
    m: int
    k: int
    n: int
    a: int
    b: int
    out: int
    bias: int

    @property
    def batch(self) -> int:
        """Matrices of the output."""
        return max(self.batch_a, self.batch_b)

    @staticmethod
    def of(call: MatmulCall) -> Sizes:
        """Sizes of a call."""
        (rows, inner), (_, columns) = call.a.tiles, call.b.tiles
        if call.transpose_a:
            rows, inner = inner, rows
        if call.transpose_b:
            columns = call.b.tiles[0]
        bias = 0 if call.bias is None else call.bias.tile_bytes
        return Sizes(
            batch_a=call.a.matrices,
            batch_b=call.b.matrices,
            m=rows,
            k=inner,
            n=columns,
            a=call.a.tile_bytes,
            b=call.b.tile_bytes,
            out=call.out.tile_bytes,
            bias=bias,
        )


def l1_space(call: MatmulCall, device: Device) -> int:
    """Bytes of a core's L1 that are left for circular buffers beside the inputs and what others reserved.

    Source: matmul_program_config.cpp, get_max_l1_space (lowest occupied address minus the base).
    """
    inputs = [call.a, call.b] if call.bias is None else [call.a, call.b, call.bias]
    taken = sum(tensor.l1_bytes(len(device.cores)) for tensor in inputs)
    return device.l1_usable - call.reserved_l1 - taken
