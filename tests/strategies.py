"""Random kernels, devices and pins of the matmul family, solved in a fraction of a second.

A `Case` says what varies in plain words; `kernel_of` writes it as a kernel document, so that an oracle can
read the same words without the planner's analysis.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.kernel import Kernel

DEEP = os.environ.get("TTPLAN_PROFILE") == "deep"
FLOATS = ("bfloat16", "bfloat8_b", "float32", "bfloat4_b")
UNARY = ("relu", "gelu", "silu", "sigmoid", "cast")
SHARDED = ("height_sharded", "width_sharded", "block_sharded")


@dataclass(frozen=True)
class Operand:
    """Second operand of an add: one row for all or a matrix; one per batch or one for all."""

    dtype: str
    row: bool = False
    batched: bool = True


@dataclass(frozen=True)
class Case:
    """One kernel. Sizes in elements; batch 0 is no batch dim. layouts: stream -> entry of `layout`.

    ops: epilogue ops, an `Operand` stands for an add. free: streams of inputs that may be moved.
    reversed_op: the op names in1 before in0.
    """

    m: int
    k: int
    n: int
    batch: int = 0
    in0_batched: bool = True
    in1_batched: bool = False
    in0_transposed: bool = False
    in1_transposed: bool = False
    reversed_op: bool = False
    dtypes: tuple[str, str, str] = ("bfloat16", "bfloat16", "bfloat16")
    ops: tuple[str | Operand, ...] = ()
    fidelity: str = "HiFi4"
    fp32: bool = False
    packer_l1_acc: bool = True
    free: tuple[str, ...] = ()
    layouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    reserve: int = 0

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Add operands in order: streams add0, add1, ..."""
        return tuple(op for op in self.ops if isinstance(op, Operand))


NAMES = {"in0": "A", "in1": "W", "out": "C", "M": "M", "K": "K", "N": "N", "B": "B", "acc": "v"}
"""How `kernel_of` calls buffers, dims and intermediates; add operands are `x0`, `x1`, ..."""


def kernel_of(case: Case, names: dict[str, str] | None = None) -> Kernel:
    """The kernel document of a case. names: other names for some of NAMES and `x0`, `x1`, ..."""
    called = {**NAMES, **{f"add{i}": f"x{i}" for i in range(len(case.operands))}, **(names or {})}
    m, k, n, acc = called["M"], called["K"], called["N"], called["acc"]
    lead = [called["B"]] if case.batch else []
    buffers: list[dict[str, Any]] = []

    def buffer(stream: str, dims: list[str], dtype: str, io: str) -> None:
        document: dict[str, Any] = {"name": called[stream], "dims": dims, "dtype": dtype, "io": io}
        if stream in case.free:
            document["place"] = "free"
        buffers.append(document)

    buffer(
        "in0",
        (lead if case.in0_batched else []) + ([k, m] if case.in0_transposed else [m, k]),
        case.dtypes[0],
        "in",
    )
    buffer(
        "in1",
        (lead if case.in1_batched else []) + ([n, k] if case.in1_transposed else [k, n]),
        case.dtypes[1],
        "in",
    )
    sources = [called["in0"], called["in1"]]
    ops: list[dict[str, Any]] = [
        {"op": "matmul", "in": sources[::-1] if case.reversed_op else sources, "out": f"{acc}0"}
    ]
    if case.reversed_op and case.ops:  # without its dims the product would be named column first
        buffers.append({"name": f"{acc}0", "dims": [*lead, m, n], "dtype": case.dtypes[2]})
    adds = 0
    for number, op in enumerate(case.ops):
        inputs = [f"{acc}{number}"]
        if isinstance(op, Operand):
            dims = [n] if op.row else [*(lead if op.batched else []), m, n]
            buffer(f"add{adds}", dims, op.dtype, "in")
            inputs.append(called[f"add{adds}"])
            adds += 1
        name = "add" if isinstance(op, Operand) else op
        entry: dict[str, Any] = {"op": name, "in": inputs, "out": f"{acc}{number + 1}"}
        ops.append(entry | ({"value": 0.5} if name == "scale" else {}))
    ops[-1]["out"] = called["out"]
    buffer("out", [*lead, m, n], case.dtypes[2], "out")
    if not case.batch:
        sizes = {m: case.m, k: case.k, n: case.n}
    else:
        sizes = {m: case.m, k: case.k, n: case.n, called["B"]: case.batch}
    return validate(
        Kernel,
        {
            "name": "drawn",
            "dims": sizes,
            "buffers": buffers,
            "ops": ops,
            "compute": {
                "math_fidelity": case.fidelity,
                "fp32_dest_acc_en": case.fp32,
                "packer_l1_acc": case.packer_l1_acc,
            },
            "layout": {called[stream]: layout for stream, layout in case.layouts.items()},
            "reserve": {"l1_bytes": case.reserve},
        },
    )


def device_of(
    base: str = "n150",
    columns: int = 2,
    rows: int = 2,
    missing: tuple[tuple[int, int], ...] = (),
    l1_units: int | None = None,
    banks: int | None = None,
    calibration: dict[str, Any] | None = None,
) -> Device:
    """A shipped chip cut down. l1_units: usable L1 in 64 bytes. calibration: constants to replace."""
    device = load_device(base)
    document = device.model_dump(by_alias=True)
    document["grid"] |= {"columns": columns, "rows": rows, "missing": list(missing)}
    if l1_units is not None:
        document["l1"]["bytes"] = document["l1"]["base"] + 64 * l1_units
    if banks is not None:
        document["dram"]["banks"] = banks
    document["calibration"] |= calibration or {}
    return validate(Device, document)


# Which resource binds depends on the constants; the shipped ones make hand-shakes dear.
CALIBRATIONS: tuple[dict[str, Any], ...] = (
    {},
    {"issue": 2.5, "block_overhead": 7, "startup": 10},
    {
        "issue": 0,
        "block_overhead": 0,
        "sender_rate": 2000.0,
        "dram_efficiency": 1.0,
        "shared_read_rate": 4000.0,
    },
    {"write_rate": 6.5, "issue": 3.0},
    {"shared_read_rate": 11.0, "issue": 1.0, "spill_tile": 900},
    {"issue": 9.0, "pack_subblock": 300, "reload": 4.2, "unpack_rate": 33.3},
    {
        "dram_efficiency": 0.021,
        "shared_read_rate": 5.0,
        "sender_rate": 900.0,
        "issue": 0.5,
        "block_overhead": 3,
    },
    {"dram_efficiency": 0.05, "shared_read_rate": 80.0, "sender_rate": 400.0, "issue": 1.0},
)


@st.composite
def devices(draw: st.DrawFn, side: int = 3) -> Device:
    """A chip of at most side x side cores, at times with a hole, little L1, few banks, other prices."""
    columns, rows = draw(st.integers(1, side)), draw(st.integers(1, side))
    missing = (
        [(draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1)))] if columns * rows > 2 else []
    )
    return device_of(
        draw(st.sampled_from(["n150", "p150"])),
        columns,
        rows,
        tuple(missing) if draw(st.booleans()) else (),
        draw(st.sampled_from([None, None, 4096, 1024, 640, 400])),
        draw(st.sampled_from([None, 2, 3])),
        draw(st.sampled_from(CALIBRATIONS)),
    )


def sizes(tiles: int) -> st.SearchStrategy[int]:
    """Elements of a dim of one to so many tiles, whole tiles or not."""
    return st.one_of(st.integers(1, tiles).map(lambda count: 32 * count), st.integers(1, 32 * tiles))


def whole(tiles: int) -> st.SearchStrategy[int]:
    """Elements of a dim of whole tiles."""
    return st.integers(1, tiles).map(lambda count: 32 * count)


@st.composite
def epilogues(draw: st.DrawFn, dtypes: st.SearchStrategy[str], most: int) -> tuple[str | Operand, ...]:
    """Up to `most` ops, adds of rows, matrices and per-batch matrices among them."""
    ops: list[str | Operand] = []
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(["row", "full", "lone", "scale", *UNARY]))
        if kind in ("row", "full", "lone"):
            ops.append(Operand(draw(dtypes), kind == "row", kind == "full"))
        else:
            ops.append(kind)
    return tuple(ops)


@st.composite
def plain(draw: st.DrawFn, tiles: int = 6) -> Case:
    """One matmul in every mix of formats, operands in either order of their dims."""
    half = draw(st.integers(0, 7)) == 0
    dtypes = st.just("float16") if half else st.sampled_from(FLOATS)
    return Case(
        draw(sizes(tiles)),
        draw(sizes(tiles)),
        draw(sizes(tiles)),
        in0_transposed=draw(st.booleans()) and draw(st.booleans()),
        in1_transposed=draw(st.booleans()),
        reversed_op=draw(st.booleans()),
        dtypes=(draw(dtypes), draw(dtypes), draw(dtypes)),
        fidelity=draw(st.sampled_from(["LoFi", "HiFi2", "HiFi3", "HiFi4"])),
        fp32=draw(st.booleans()),
        packer_l1_acc=draw(st.booleans()),
        reserve=draw(st.sampled_from([0, 0, 0, 4096])),
    )


def merged(case: Case, **changes: Any) -> Case:
    """The case with other fields."""
    return Case(**{**case.__dict__, **changes})


@st.composite
def fused(draw: st.DrawFn, tiles: int = 4) -> Case:
    """A matmul with an epilogue."""
    case = draw(plain(tiles))
    dtypes = st.just("float16") if "float16" in case.dtypes else st.sampled_from(FLOATS)
    return merged(case, ops=draw(epilogues(dtypes, 3)))


@st.composite
def batched(draw: st.DrawFn, tiles: int = 3) -> Case:
    """Batches on one operand or both, with an epilogue that may share one matrix among them."""
    case = draw(plain(tiles))
    dtypes = st.just("float16") if "float16" in case.dtypes else st.sampled_from(FLOATS)
    in0, in1 = draw(st.sampled_from([(True, False), (True, True), (False, True)]))
    ops = draw(epilogues(dtypes, 1))
    return merged(case, batch=draw(st.integers(1, 3)), in0_batched=in0, in1_batched=in1, ops=ops)


@st.composite
def placed(draw: st.DrawFn, tiles: int = 5) -> Case:
    """Inputs that lie in L1 or sharded over DRAM banks, or are free; outputs that must go somewhere.

    Mostly layouts that one partition scheme serves together.
    """
    case = draw(fused(tiles)) if draw(st.integers(0, 3)) == 0 else draw(plain(tiles))
    case = merged(case, in0_transposed=False, in1_transposed=draw(st.integers(0, 3)) == 0)
    scheme = draw(st.sampled_from(sorted(_TOGETHER)))
    if scheme == "multicast_in0":
        case = merged(case, m=32, n=draw(whole(2 * tiles)), in1_transposed=False)
    streams = ["in0", "in1", *(f"add{i}" for i, operand in enumerate(case.operands) if not operand.row)]
    rows = [f"add{i}" for i, operand in enumerate(case.operands) if operand.row]
    free = tuple(s for s in (*streams, *rows) if draw(st.integers(0, 3)) == 0)
    layouts: dict[str, dict[str, Any]] = {}
    for stream in (*streams, "out"):
        if stream in free or draw(st.booleans()):
            continue
        served = _TOGETHER[scheme]
        where = draw(
            st.sampled_from(("L1/interleaved", "DRAM/interleaved", *served.get(stream, served["out"])))
        )
        memory, _, layout = where.partition("/")
        layouts[stream] = {"memory": memory, "layout": layout}
    return merged(case, free=free, layouts=layouts)


_TOGETHER: dict[str, dict[str, tuple[str, ...]]] = {
    "multicast_in0": {
        "in0": ("L1/width_sharded",),
        "in1": ("L1/width_sharded", "DRAM/width_sharded"),
        "out": ("L1/width_sharded",),
    },
    "multicast_in1": {"in0": ("L1/height_sharded",), "in1": (), "out": ("L1/height_sharded",)},
    "multicast_2d": {"in0": ("L1/block_sharded",), "in1": (), "out": ("L1/block_sharded",)},
    "all": {
        "in0": tuple(f"L1/{layout}" for layout in SHARDED),
        "in1": ("L1/width_sharded", "DRAM/width_sharded"),
        "out": tuple(f"L1/{layout}" for layout in SHARDED),
    },
}


@st.composite
def shard_pinned(draw: st.DrawFn, tiles: int = 6) -> Case:
    """in0 in L1 shards of a shape the user fixed, on a grid that just covers it."""
    case = merged(draw(plain(tiles)), in0_transposed=False)
    rows, columns = -(-case.m // 32), -(-case.k // 32)
    layout = draw(st.sampled_from(SHARDED))
    height = rows if layout == "width_sharded" else draw(st.integers(1, rows))
    width = columns if layout == "height_sharded" else draw(st.integers(1, columns))
    grid = [-(-case.m // (32 * height)), -(-case.k // (32 * width))]
    shard = {"axes": ["M", "K"], "grid": grid, "shard_shape_elems": [32 * height, 32 * width]}
    name = draw(st.sampled_from([layout, "sharded"]))
    return merged(case, layouts={"in0": {"memory": "L1", "layout": name, "nd_shard": shard}})
