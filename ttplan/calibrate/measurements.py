"""Measured matrix multiplications: a CSV file in, configurations of the cost model with device cycles out.

Columns: arch, board, tuned, m, k, n (elements), grid_x, grid_y (cores), in0/in1/out_storage (L1, DRAM),
dtype, fidelity, in0_sharded, out_sharded (block-sharded in L1), out_subblock_h/w, per_core_M/N,
in0_block_w, out_block_h/w (tiles), config_kind, device_cycles. Others are ignored. As in the library's
kernels in1 and out share riscv_0, riscv_1 carries in0, and the circular buffer of an input holds two blocks.
Source: ttnn/cpp/ttnn/operations/matmul, multicast program factories; tech_reports/GEMM_FLOPS/GEMM_FLOPS.md.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ttplan.cost import Configuration, Flow, Movement
from ttplan.errors import BadInputs, InputError, Problem, nearest
from ttplan.formats import FORMATS, TILE
from ttplan.ops import FIDELITIES

KINDS = ("2d", "1d_mcast_in0", "1d_mcast_in1")
STORAGES = ("DRAM", "L1")
DTYPES = tuple(name.upper() for name, form in FORMATS.items() if form.kind != "integer")
_TEXTS = ("arch", "board", "tuned")
_CHOICES: dict[str, tuple[str, ...]] = {
    "in0_storage": STORAGES,
    "in1_storage": STORAGES,
    "out_storage": STORAGES,
    "dtype": DTYPES,
    "fidelity": FIDELITIES,
    "in0_sharded": ("True", "False"),
    "out_sharded": ("True", "False"),
    "config_kind": KINDS,
}
_CORE = ("per_core_M", "per_core_N", "in0_block_w")
_BLOCKS = ("out_block_h", "out_block_w", "out_subblock_h", "out_subblock_w")
_COUNTS = ("m", "k", "n", "grid_x", "grid_y", *_CORE, *_BLOCKS)
COLUMNS = (*_TEXTS, *_COUNTS, *_CHOICES, "device_cycles")
_DIVIDES = (
    ("out_block_h", "per_core_M"),
    ("out_block_w", "per_core_N"),
    ("out_subblock_h", "out_block_h"),
    ("out_subblock_w", "out_block_w"),
)
_SHOWN = 10
"""Problems of one file that are reported together."""


@dataclass(frozen=True)
class Measurement:
    """One timed multiplication. line: of the file. grid: (columns, rows). shape: (m, k, n) in elements.

    cycles: device time, from the first start to the last end of the math threads; the write-back of the last
    out block is not in it.
    """

    line: int
    arch: str
    board: str
    tuned: str
    grid: tuple[int, int]
    shape: tuple[int, int, int]
    dtype: str
    configuration: Configuration
    cycles: float

    @property
    def group(self) -> str:
        """Board, grid and who chose the configuration."""
        return f"{self.board} {self.grid[0]}x{self.grid[1]} {self.tuned}"

    @property
    def problem(self) -> tuple[object, ...]:
        """What was computed on what; configurations of one problem can be compared."""
        return (self.board, self.grid, self.shape, self.dtype, self.configuration.fidelity)

    @property
    def core_shape(self) -> tuple[float, float, float]:
        """(m, k, n) per row, column and column of cores: a shape scaled to several grids is one shape."""
        m, k, n = self.shape
        return (m / self.grid[1], k / self.grid[0], n / self.grid[0])

    def ideal_cycles(self, matmul_tile: Mapping[str, int]) -> float:
        """Cycles if all cores of the grid only multiplied. matmul_tile: cycles per tile by fidelity."""
        tiles = math.prod(-(-size // TILE) for size in self.shape)
        return tiles * matmul_tile[self.configuration.fidelity] / (self.grid[0] * self.grid[1])


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """All rows of the file, in its order. Raises InputError or BadInputs naming line and column."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restkey="")
            header = tuple(reader.fieldnames or ())
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise BadInputs(tuple(_missing(name, header) for name in missing), str(path))
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InputError("", f"the file cannot be read: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("", "the file is not UTF-8 text", file=str(path)) from None
    except csv.Error as error:
        raise InputError("", f"not a CSV file: {error}", file=str(path)) from None
    if not rows:
        raise InputError("", "the file has no rows below its header", file=str(path))
    problems = [problem for line, row in rows for problem in _problems(line, row)]
    if problems:
        raise BadInputs(tuple(problems[:_SHOWN]), str(path))
    return tuple(_measurement(line, row) for line, row in rows)


def _missing(name: str, header: tuple[str, ...]) -> Problem:
    return Problem("line 1", f"the column {name} is missing", hint=nearest(name, header))


def _problems(line: int, row: Mapping[str, str | None]) -> Iterator[Problem]:
    if "" in row:
        yield Problem(f"line {line}", "more fields than the header has columns")
        return
    found = {name: row[name] or "" for name in COLUMNS}
    place = {name: f"line {line}, column {name}" for name in COLUMNS}
    wrong = [name for name in _COUNTS if not _is_count(found[name])]
    yield from (Problem(place[name], "not a whole number above 0", found[name]) for name in wrong)
    for name, allowed in _CHOICES.items():
        if found[name] not in allowed:
            yield Problem(place[name], "unknown value", found[name], allowed, nearest(found[name], allowed))
    if not _is_positive(found["device_cycles"]):
        yield Problem(place["device_cycles"], "not a number above 0", found["device_cycles"])
    if wrong:
        return
    for part, whole in _DIVIDES:
        if float(found[whole]) % float(found[part]):
            allowed = (f"divisors of {found[whole]}",)
            yield Problem(place[part], f"does not divide {whole}", found[part], allowed)


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _is_count(text: str) -> bool:
    return _is_positive(text) and float(text).is_integer()


def _measurement(line: int, row: Mapping[str, str]) -> Measurement:
    count = {name: int(float(row[name])) for name in _COUNTS}
    return Measurement(
        line=line,
        arch=row["arch"],
        board=row["board"],
        tuned=row["tuned"],
        grid=(count["grid_x"], count["grid_y"]),
        shape=(count["m"], count["k"], count["n"]),
        dtype=row["dtype"],
        configuration=_configuration(row, count),
        cycles=float(row["device_cycles"]),
    )


def _configuration(row: Mapping[str, str], count: Mapping[str, int]) -> Configuration:
    m, k, n = (-(-count[name] // TILE) for name in ("m", "k", "n"))
    groups = (-(-m // count["per_core_M"]), -(-n // count["per_core_N"]))
    cores = groups[0] * groups[1]
    block = (count["out_block_h"], count["out_block_w"])
    rounds = (count["per_core_M"] // block[0]) * (count["per_core_N"] // block[1])
    return Configuration(
        k_tiles=k,
        block=block,
        k_block=count["in0_block_w"],
        subblock=(count["out_subblock_h"], count["out_subblock_w"]),
        rounds=rounds,
        chip_rounds=cores * rounds,
        cores=cores,
        groups=groups,
        fidelity=row["fidelity"],
        l1_accumulation=True,
        flows=_flows(row),
    )


def _flows(row: Mapping[str, str]) -> tuple[Flow, ...]:
    tile_bytes = FORMATS[row["dtype"].lower()].tile_bytes
    kind = row["config_kind"]
    in_dram = {name: row[f"{name}_storage"] == "DRAM" for name in ("in0", "in1", "out")}
    in0 = Flow("in0", tile_bytes, _movement(kind == "1d_mcast_in1"), "riscv_1", in_dram["in0"])
    in1 = Flow("in1", tile_bytes, _movement(kind == "1d_mcast_in0"), "riscv_0", in_dram["in1"])
    out = Flow("out", tile_bytes, "write", "riscv_0", in_dram["out"])
    if row["in0_sharded"] == "True":
        in0 = replace(in0, movement="rotate", in_dram=False)
    if row["out_sharded"] == "True":
        out = replace(out, movement="local", processor=None, in_dram=False)
    return (in0, in1, out)


def _movement(by_itself: bool) -> Movement:
    return "read" if by_itself else "multicast"
