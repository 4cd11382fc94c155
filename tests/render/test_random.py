"""Random plans of every scheme run in the simulator and agree with NumPy."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render.plans import Case, build

from ttplan.simulate.plan_run import simulate_plan

DTYPES = ("bfloat16", "float32", "bfloat8_b", "bfloat4_b")
OPS = (("add", "row"), ("add", "full"), ("scale", 0.25), ("relu", None), ("gelu", None), ("cast", None))
SUBBLOCKS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 4), (4, 1), (1, 3), (3, 1))


@st.composite
def extents(draw: st.DrawFn, cores: int, blocks: int, block: int) -> int:
    """Elements along an axis that `cores` cores share, each `blocks` blocks of `block` tiles, none of them idle."""
    tiles = draw(st.integers((cores - 1) * blocks * block + (blocks - 1) * block + 1, cores * blocks * block))
    return 32 * tiles - draw(st.sampled_from((0, 0, 1, 17, 31)))


@st.composite
def epilogues(draw: st.DrawFn) -> tuple[tuple[str, float | str | None], ...]:
    return tuple(draw(st.lists(st.sampled_from(OPS), max_size=3)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scheme = draw(st.sampled_from(("split", "multicast_in0", "multicast_in1", "multicast_2d")))
    subblock = draw(st.sampled_from(SUBBLOCKS))
    block_m = subblock[0] * draw(st.integers(1, 2))
    block_n = subblock[1] * draw(st.integers(1, 2))
    block_k = draw(st.integers(1, 3))
    k = 32 * draw(st.integers(1, 3 * block_k)) - draw(st.sampled_from((0, 0, 5)))
    sides = st.integers(2, 3)
    grid = {
        "split": (draw(st.integers(1, 4)), 1),
        "multicast_in0": (1, draw(st.integers(2, 5))),
        "multicast_in1": (draw(st.integers(2, 5)), 1),
        "multicast_2d": (draw(sides), draw(sides)),
    }[scheme]
    m_blocks, n_blocks = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    spread = (1, 1) if scheme == "split" else grid
    m = draw(extents(spread[0], m_blocks if scheme != "split" else 4, block_m))
    n = draw(extents(spread[1], n_blocks, block_n))
    fp32 = draw(st.booleans())
    out = draw(st.sampled_from(DTYPES))
    epilogue = draw(epilogues())
    layouts: dict[str, str] = {}
    local = {"multicast_in0": "l1_width", "multicast_in1": "l1_height", "multicast_2d": "l1_block"}.get(
        scheme
    )
    batch, in1_batched = draw(st.sampled_from(((1, False), (1, False), (2, False), (2, True))))
    rows_per_core = -(-(-(-m // 32)) // spread[0])
    whole = {
        "multicast_in0": rows_per_core == m_blocks * block_m,
        "multicast_in1": -(-n // 32) == n_blocks * block_n,
    }
    if local and batch == 1 and whole.get(scheme, True):
        for stream in (
            "out",
            *(f"add{i}" for i, p in enumerate(p for o, p in epilogue if o == "add") if p == "full"),
        ):
            if draw(st.booleans()):
                layouts[stream] = local
    transposed = draw(
        st.sampled_from(((False, False), (False, False), (True, False), (False, True), (True, True)))
    )
    k_shard = None
    rotates = scheme == "multicast_2d" or (scheme == "multicast_in0" and whole[scheme])
    if rotates and batch == 1 and not transposed[0] and draw(st.booleans()):
        k_shard = block_k * -(-(-(-k // 32)) // (block_k * grid[1]))
        layouts["in0"] = local
    elif local and batch == 1 and not transposed[0] and scheme == "multicast_in1" and draw(st.booleans()):
        layouts["in0"] = local
    if local and batch == 1 and not transposed[1] and scheme == "multicast_in0" and draw(st.booleans()):
        layouts["in1"] = local
    return Case(
        "random",
        m=m,
        n=n,
        k=k,
        batch=batch if m_blocks == 1 or in1_batched or scheme == "split" else 1,
        in1_batched=in1_batched and (batch if m_blocks == 1 or in1_batched or scheme == "split" else 1) > 1,
        in0_transposed=transposed[0] and batch == 1,
        in1_transposed=transposed[1],
        scheme=scheme,
        grid=grid,
        upright=draw(st.booleans()) if scheme == "multicast_2d" else True,
        block=(block_m, block_n, block_k),
        subblock=subblock,
        depth=draw(st.integers(1, 3)),
        epilogue=epilogue,
        layouts=layouts,
        dtypes={
            "in0": draw(st.sampled_from(DTYPES)),
            "in1": draw(st.sampled_from(DTYPES)),
            "add0": draw(st.sampled_from(DTYPES)),
            "out": out,
        },
        device=draw(st.sampled_from(("n150", "p150"))),
        fp32=fp32,
        l1_accumulation=draw(st.booleans()),
        partials_dtype="float32" if fp32 else "bfloat16",
        share_partials="out" not in layouts
        and out == ("float32" if fp32 else "bfloat16")
        and draw(st.booleans()),
        k_shard=k_shard,
        line_width=draw(st.sampled_from((3, 8))) if k_shard is None else 8,
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
