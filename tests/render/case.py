"""What a test asks the plan builder for: one case, and small arithmetic in tiles."""

from __future__ import annotations

from dataclasses import dataclass, field

from ttplan.kernel import Layout

Layouts = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One plan to build. Sizes in elements, blocks in tiles. epilogue: (op, value) or ("add", "row" |
    "full").

    layouts: stream -> l1_interleaved, l1_height, l1_width, l1_block, dram_width; anything else is DRAM
    interleaved. carriers: stream -> processor; in0 goes to riscv_1 and the others to riscv_0 unless said
    otherwise.
    """

    name: str
    m: int = 128
    n: int = 128
    k: int = 128
    batch: int = 1
    in1_batched: bool = False
    in0_transposed: bool = False
    in1_transposed: bool = False
    scheme: str = "split"
    grid: tuple[int, int] = (2, 1)
    upright: bool = True
    block: tuple[int, int, int] = (2, 2, 2)
    subblock: tuple[int, int] = (1, 2)
    depth: int = 2
    epilogue: tuple[tuple[str, float | str | None], ...] = ()
    layouts: Layouts = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    device: str = "n150"
    fp32: bool = False
    l1_accumulation: bool = False
    partials_dtype: str | None = None
    share_partials: bool = False
    local_shard: bool = False
    k_shard: int | None = None
    line_width: int = 8


def given(place: str) -> Layout:
    """The kernel's own layout of a buffer that stands in `place` (l1_height, dram_width...)."""
    memory, kind = place.split("_")
    return Layout(
        memory="L1" if memory == "l1" else "DRAM", layout=kind if kind == "interleaved" else f"{kind}_sharded"
    )


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def up(value: int, alignment: int) -> int:
    return ceil_div(value, alignment) * alignment
