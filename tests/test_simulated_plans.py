"""Random kernels, devices and pins: solve, render, run the kernels, compare with NumPy. Nothing may differ,
nothing may complain.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.kernel import Kernel
from ttplan.rules.problem import Infeasible
from ttplan.solve import solve

simulate = pytest.importorskip(
    "ttplan.simulate.plan_run", reason="the simulator needs NumPy (extra simulate)"
)
CASES = 1000 if os.environ.get("TTPLAN_PROFILE") == "deep" else 60
FLOATS = ("bfloat16", "bfloat8_b", "float32", "bfloat4_b")


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """One matmul of up to a few tiles per dim, operands in either order of their dims, any epilogue."""
    size = st.integers(1, 260)
    dims = {"M": draw(size), "K": draw(size), "N": draw(size)}
    batch = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
    if batch:
        dims["B"] = batch
    lead = ["B"] if batch else []
    half = draw(st.booleans()) and draw(st.booleans())
    dtypes = st.just("float16") if half else st.sampled_from(FLOATS)
    in0 = [*lead, *draw(st.permutations(["M", "K"]))]
    in1 = [*(lead if draw(st.booleans()) else []), *draw(st.permutations(["K", "N"]))]
    buffers = [
        {"name": "A", "dims": in0, "dtype": draw(dtypes), "io": "in"},
        {"name": "W", "dims": in1, "dtype": draw(dtypes), "io": "in"},
        {"name": "out", "dims": [*lead, "M", "N"], "dtype": draw(dtypes), "io": "out"},
    ]
    ops: list[dict[str, object]] = [{"op": "matmul", "in": ["A", "W"], "out": "v0"}]
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["bias", "residual", "scale", "relu", "gelu", "silu", "sigmoid"]))
        inputs = [f"v{number}"]
        if kind in ("bias", "residual"):
            shape = ["N"] if kind == "bias" else [*lead, "M", "N"]
            buffers.append({"name": f"x{number}", "dims": shape, "dtype": draw(dtypes), "io": "in"})
            inputs.append(f"x{number}")
        op: dict[str, object] = {
            "op": {"bias": "add", "residual": "add"}.get(kind, kind),
            "in": inputs,
            "out": f"v{number + 1}",
        }
        if kind == "scale":
            op["value"] = draw(st.sampled_from([0.5, -1.25]))
        ops.append(op)
    ops[-1]["out"] = "out"
    compute = {
        "math_fidelity": draw(st.sampled_from(["HiFi4", "HiFi2"])),
        "fp32_dest_acc_en": draw(st.booleans()),
        "packer_l1_acc": draw(st.booleans()),
    }
    return validate(
        Kernel, {"name": "drawn", "dims": dims, "buffers": buffers, "ops": ops, "compute": compute}
    )


@st.composite
def devices(draw: st.DrawFn) -> Device:
    """A shipped chip cut down to a small grid, sometimes with little L1 or a hole."""
    device = load_device(draw(st.sampled_from(["n150", "p150"])))
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    missing = [(columns - 1, 0)] if columns * rows > 2 and draw(st.booleans()) else []
    grid = device.grid.model_dump() | {"columns": columns, "rows": rows, "missing": missing}
    l1 = device.l1.model_dump()
    if draw(st.booleans()):
        l1["bytes"] = l1["base"] + 64 * draw(st.integers(1024, 4096))
    return validate(Device, device.model_dump(by_alias=True) | {"grid": grid, "l1": l1})


PINS = (
    (),
    (),
    ("scheme=split",),
    ("scheme=multicast_in0",),
    ("scheme=multicast_in1",),
    ("scheme=multicast_2d",),
    ("out.layout=DRAM/interleaved",),
    ("out.layout=L1/interleaved",),
    ("out.layout=L1/block_sharded",),
    ("out.layout=L1/height_sharded",),
    ("out.layout=L1/width_sharded",),
    ("A.layout=L1/interleaved",),
    ("k_block=1",),
    ("A.depth=1", "W.depth=1"),
    ("A.depth=3",),
    ("subblock=1x1",),
    ("orientation=col_major",),
    ("out_block_h=1",),
    ("rounds(2)",),
    ("{free}.layout=L1/interleaved",),
    ("{free}.layout=L1/block_sharded",),
)


@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
@given(
    kernel=kernels(),
    device=devices(),
    pins=st.sampled_from(PINS),
    free=st.integers(0, 4),
    seed=st.integers(0, 3),
)
def test_rendered_kernels_of_random_plans_compute_the_right_numbers(
    kernel: Kernel, device: Device, pins: tuple[str, ...], free: int, seed: int
) -> None:
    inputs = [b for b in kernel.buffers if b.io == "in"]
    moved = inputs[free % len(inputs)]
    if free:
        freed = moved.model_copy(update={"place": "free"})
        buffers = tuple(freed if b is moved else b for b in kernel.buffers)
        kernel = kernel.model_copy(update={"buffers": buffers})
    try:
        plan = solve(kernel, device, tuple(pin.format(free=moved.name) for pin in pins))
    except Infeasible:
        assume(False)
        return
    run = simulate.simulate_plan(plan, seed=seed)
    assert run.ok, "\n".join(run.text())
