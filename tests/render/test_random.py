"""Random plans of every scheme run in the simulator and agree with NumPy."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.case import Case, ceil_div
from render.plans import build
from ttplan.simulate.plan_run import simulate_plan

DTYPES = ("bfloat16", "float32", "bfloat8_b", "bfloat4_b")
OPS = (("add", "row"), ("add", "full"), ("scale", 0.25), ("relu", None), ("gelu", None), ("cast", None))
SUBBLOCKS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 4), (4, 1), (1, 3), (3, 1))
LOCAL = {"multicast_in0": "l1_width", "multicast_in1": "l1_height", "multicast_2d": "l1_block"}
"""The sharding that each scheme serves."""


@st.composite
def extents(draw: st.DrawFn, cores: int, blocks: int, block: int) -> int:
    """Elements along an axis that `cores` cores share in `blocks` blocks of `block` tiles each, none idle."""
    tiles = draw(st.integers((cores * blocks - 1) * block + 1, cores * blocks * block))
    return 32 * tiles - draw(st.sampled_from((0, 0, 1, 17, 31)))


@st.composite
def grids(draw: st.DrawFn, scheme: str) -> tuple[int, int]:
    """Work cores along (m, n)."""
    side, line = draw(st.integers(2, 3)), draw(st.integers(2, 5))
    return {
        "split": (line - 1, 1),
        "multicast_in0": (1, line),
        "multicast_in1": (line, 1),
        "multicast_2d": (side, draw(st.integers(2, 3))),
    }[scheme]


@st.composite
def plain_cases(draw: st.DrawFn) -> Case:
    """Cases with every buffer in DRAM."""
    scheme = draw(st.sampled_from(("split", *LOCAL)))
    subblock = draw(st.sampled_from(SUBBLOCKS))
    block = (
        subblock[0] * draw(st.integers(1, 2)),
        subblock[1] * draw(st.integers(1, 2)),
        draw(st.integers(1, 3)),
    )
    grid = draw(grids(scheme))
    m_cores, n_cores = (4, 1) if scheme == "split" else grid
    m_blocks, n_blocks = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    batch, in1_batched = draw(st.sampled_from(((1, False), (1, False), (2, True), (2, False))))
    if batch > 1 and not in1_batched and scheme != "split":
        m_blocks = 1  # fused batches are rows, and the sizes drawn below are those of one batch
    in0_transposed = draw(st.sampled_from((False, False, True)))
    fp32, wide = draw(st.booleans()), draw(st.sampled_from(DTYPES))
    partials = "float32" if fp32 else "bfloat16"
    return Case(
        "random",
        m=draw(extents(m_cores, m_blocks, block[0])),
        n=draw(extents(n_cores, n_blocks, block[1])),
        k=32 * draw(st.integers(1, 3 * block[2])) - draw(st.sampled_from((0, 0, 5))),
        batch=1 if in0_transposed else batch,
        in1_batched=in1_batched and not in0_transposed,
        in0_transposed=in0_transposed,
        in1_transposed=draw(st.booleans()),
        scheme=scheme,
        grid=grid,
        upright=draw(st.booleans()) if scheme == "multicast_2d" else True,
        block=block,
        subblock=subblock,
        depth=draw(st.integers(1, 3)),
        epilogue=tuple(draw(st.lists(st.sampled_from(OPS), max_size=3))),
        dtypes={"in0": wide, **{name: draw(st.sampled_from(DTYPES)) for name in ("in1", "add0", "out")}},
        device=draw(st.sampled_from(("n150", "p150"))),
        fp32=fp32,
        l1_accumulation=draw(st.booleans()),
        partials_dtype=partials,
        line_width=draw(st.sampled_from((3, 8))),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Cases with some buffers in L1, where the scheme serves their shards, and with shared partial sums."""
    case = draw(plain_cases())
    out = case.dtypes["out"] == case.partials_dtype
    if case.scheme == "split" or case.batch > 1:
        return replace(case, share_partials=out and draw(st.booleans()))
    sharding = LOCAL[case.scheme]
    whole_rows = ceil_div(ceil_div(case.m, 32), case.grid[0]) % case.block[0] == 0
    whole_columns = ceil_div(ceil_div(case.n, 32), case.grid[1]) % case.block[1] == 0
    fits = {"multicast_in0": whole_rows, "multicast_in1": whole_columns, "multicast_2d": True}[case.scheme]
    full = [parameter for op, parameter in case.epilogue if op == "add"]
    allowed = [f"add{index}" for index, parameter in enumerate(full) if parameter == "full" and fits]
    allowed += ["out"] if fits else []
    if not case.in0_transposed and (fits or case.scheme == "multicast_in1"):
        allowed.append("in0")
    if not case.in1_transposed and case.scheme == "multicast_in0":
        allowed.append("in1")
    layouts = {stream: sharding for stream in allowed if draw(st.booleans())}
    rotates = "in0" in layouts and case.scheme != "multicast_in1"
    k_tiles, k_block = ceil_div(case.k, 32), case.block[2]
    return replace(
        case,
        layouts=layouts,
        k_shard=k_block * ceil_div(k_tiles, k_block * case.grid[1]) if rotates else None,
        line_width=8 if rotates else case.line_width,
        share_partials=out and "out" not in layouts and draw(st.booleans()),
        local_shard=draw(st.booleans()),
    )


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases(), st.integers(0, 3))
def test_random_plan_computes_what_numpy_computes(case: Case, seed: int) -> None:
    run = simulate_plan(build(case), seed=seed)
    assert run.ok, "\n".join((str(case), *run.text()))
