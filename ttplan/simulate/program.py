"""The program document: everything a set of kernels needs to run, schema `ttplan.program/1`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ttplan.document import Document
from ttplan.ops import Fidelity
from ttplan.simulate.device import Core, CoreRange, Device, Positive, cores_of
from ttplan.simulate.formats import TILE_BYTES, DType, datum_bytes

Natural = Annotated[int, Field(ge=0)]
Word = Annotated[int, Field(ge=-(2**31), lt=2**32)]


class Shard(Document):
    """How a sharded buffer is cut and where the pieces go.

    shape: pages per shard along the page axes of the buffer, or (rows, columns) with the leading axes
    flattened into rows. Shards are dealt round robin, in row-major order of the shard grid, over `cores` (L1)
    or `banks` (DRAM). grid: shards along the same axes; checked when given. orientation: the order in which
    `cores` was listed; kept for the reader.
    """

    shape: tuple[Positive, ...] = Field(min_length=1, max_length=8)
    cores: tuple[Core, ...] = ()
    banks: tuple[Natural, ...] = ()
    grid: tuple[Positive, ...] | None = None
    orientation: Literal["row_major", "col_major"] = "row_major"


class Buffer(Document):
    """A tensor in DRAM or L1.

    shape: elements. page "tile": one page is a 32x32 tile, tiles in row-major order of the last two axes,
    padded up; page "row_major": one page is a row of the last axis. address: byte address, the same in every
    bank. io: "in" is filled before the run, "out" is checked and returned, "scratch" is neither. values: a
    .npy file with the content of an input.
    """

    name: str = Field(min_length=1)
    dtype: DType
    shape: tuple[Positive, ...] = Field(min_length=1)
    memory: Literal["DRAM", "L1"] = "DRAM"
    layout: Literal["interleaved", "sharded"] = "interleaved"
    page: Literal["tile", "row_major"] = "tile"
    page_bytes: Positive | None = None
    address: Natural
    shard: Shard | None = None
    io: Literal["in", "out", "scratch"] = "scratch"
    values: str | None = None

    @property
    def page_shape(self) -> tuple[int, ...]:
        """Pages along each axis: (leading axes.., tile rows, tile columns), or (leading axes.., 1)."""
        shape = self.shape if len(self.shape) > 1 else (1, *self.shape)
        if self.page == "row_major":
            return (*shape[:-1], 1)
        return (*shape[:-2], -(-shape[-2] // 32), -(-shape[-1] // 32))

    @property
    def page_size(self) -> int:
        """Bytes of one page without alignment."""
        if self.page_bytes is not None:
            return self.page_bytes
        return TILE_BYTES[self.dtype] if self.page == "tile" else self.shape[-1] * datum_bytes(self.dtype)


class CircularBufferFormat(Document):
    """One index of a circular buffer allocation."""

    id: Natural
    dtype: DType
    page_bytes: Positive


class CircularBuffer(Document):
    """One allocation, on all cores of `core_ranges` at the same address, seen under one or more ids.

    buffer: the L1 sharded buffer whose local shard is this memory (then `address` is that buffer's plus
    `buffer_offset`).
    """

    formats: tuple[CircularBufferFormat, ...] = Field(min_length=1)
    core_ranges: tuple[CoreRange, ...] = Field(min_length=1)
    total_bytes: Positive
    address: Natural | None = None
    buffer: str | None = None
    buffer_offset: Natural = 0

    @model_validator(mode="after")
    def _one_place(self) -> CircularBuffer:
        if (self.address is None) == (self.buffer is None):
            raise ValueError("a circular buffer has either an address or a buffer that it lies on")
        return self

    @property
    def cores(self) -> tuple[Core, ...]:
        """Cores that have this circular buffer."""
        return cores_of(self.core_ranges)


class Semaphore(Document):
    """A program semaphore: 4 bytes at the same L1 address on every core of `core_ranges`."""

    id: Annotated[int, Field(ge=0, lt=16)]  # api/tt-metalium: 16 per core
    initial: Annotated[int, Field(ge=0, lt=2**32)] = 0
    core_ranges: tuple[CoreRange, ...] = Field(min_length=1)


class AddressOf(Document):
    """The base address of a buffer."""

    address_of: str


class NocX(Document):
    """NoC column of a logical core."""

    noc_x: Core


class NocY(Document):
    """NoC row of a logical core."""

    noc_y: Core


class SemaphoreId(Document):
    """The id of a semaphore, for get_semaphore."""

    semaphore: Natural


class FloatBits(Document):
    """The bit pattern of a float32."""

    float32: float


AccessorField = Literal["rank", "num_banks", "tensor_shape", "shard_shape", "bank_coords"]


class Accessor(Document):
    """The words of TensorAccessorArgs for a buffer.

    runtime: fields of a sharded buffer that are among the common runtime arguments; there, the same entry
    stands for their words.
    """

    accessor: str
    runtime: tuple[AccessorField, ...] = ()

    @model_validator(mode="after")
    def _with_what_they_size(self) -> Accessor:
        if "rank" in self.runtime and not {"tensor_shape", "shard_shape"} <= set(self.runtime):
            raise ValueError("a runtime rank needs runtime tensor_shape and shard_shape")
        if "num_banks" in self.runtime and "bank_coords" not in self.runtime:
            raise ValueError("a runtime num_banks needs runtime bank_coords")
        return self


Argument = Word | AddressOf | NocX | NocY | SemaphoreId | FloatBits
SharedArgument = Argument | Accessor
"""Arguments that are the same on every core."""


class ComputeConfig(Document):
    """Fields of ComputeConfig; math_fidelity does not change the numbers here.

    unpack_to_dest_fp32: circular buffers with UnpackToDestMode::UnpackToDestFp32.
    """

    math_fidelity: Fidelity = "HiFi4"
    fp32_dest_acc_en: bool = False
    dst_full_sync_en: bool = False
    math_approx_mode: bool = False
    unpack_to_dest_fp32: tuple[Natural, ...] = ()


class Kernel(Document):
    """One kernel on a set of cores.

    file: path of the source, relative to the document; or source: the text itself. processor: riscv_0
    (BRISC), riscv_1 (NCRISC) or compute. runtime_args: "x,y" -> words for that core.
    """

    name: str = Field(min_length=1)
    file: str | None = None
    source: str | None = None
    processor: Literal["riscv_0", "riscv_1", "compute"]
    noc: Literal[0, 1] | None = None
    core_ranges: tuple[CoreRange, ...] = Field(min_length=1)
    compile_args: tuple[SharedArgument, ...] = ()
    named_compile_args: dict[str, Word] = Field(default_factory=dict)
    defines: dict[str, str] = Field(default_factory=dict)
    runtime_args: dict[str, tuple[Argument, ...]] = Field(default_factory=dict)
    common_runtime_args: tuple[SharedArgument, ...] = ()
    compute: ComputeConfig = Field(default_factory=ComputeConfig)

    @model_validator(mode="after")
    def _one_source(self) -> Kernel:
        if (self.file is None) == (self.source is None):
            raise ValueError("a kernel has either a file or a source text")
        return self

    @property
    def cores(self) -> tuple[Core, ...]:
        """Cores that run this kernel."""
        return cores_of(self.core_ranges)

    @property
    def noc_index(self) -> int:
        """NoC of a data-movement kernel: by default riscv_1 (reads) has NOC 0 and riscv_0 (writes) NOC 1.

        Source: ReaderDataMovementConfig and WriterDataMovementConfig in impl/kernels/kernel_types.cpp.
        """
        if self.noc is not None:
            return self.noc
        return 1 if self.processor == "riscv_0" else 0

    @property
    def source_name(self) -> str:
        """File name that diagnostics show."""
        if self.file is not None:
            return Path(self.file).name
        return "".join(letter if letter.isalnum() else "_" for letter in self.name) + ".cpp"


class Program(Document):
    """Kernels with their buffers, circular buffers, semaphores and arguments on one device."""

    schema_: Literal["ttplan.program/1"] = Field(alias="schema", default="ttplan.program/1")
    name: str = "program"
    device: Device
    buffers: tuple[Buffer, ...] = ()
    circular_buffers: tuple[CircularBuffer, ...] = ()
    semaphores: tuple[Semaphore, ...] = ()
    kernels: tuple[Kernel, ...] = Field(min_length=1)

    def buffer(self, name: str) -> Buffer:
        """The buffer of that name; KeyError when there is none."""
        for candidate in self.buffers:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
