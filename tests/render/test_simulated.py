"""Every variant runs in the simulator: the numbers are NumPy's, and no kernel does anything wrong."""

from __future__ import annotations

import pytest

from render.case import Case
from render.cases import CASES
from render.plans import build
from render.rendered import plan_of
from ttplan.plan import KernelPlan, Plan
from ttplan.simulate.plan_run import simulate_plan


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_variant_computes_what_numpy_computes(case: str) -> None:
    run = simulate_plan(plan_of(case))
    assert run.ok, "\n".join(run.text())
    assert run.comparisons


@pytest.mark.parametrize("case", ["multicast_2d_ragged", "in0_block_several", "multicast_2d_one_processor"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_interleaving_gives_the_same_numbers(case: str, seed: int) -> None:
    inputs = simulate_plan(plan_of(case)).inputs
    first = simulate_plan(plan_of(case), inputs=inputs)
    other = simulate_plan(plan_of(case), inputs=inputs, seed=seed)
    assert other.ok, "\n".join(other.text())
    for name, values in first.result.outputs.items():
        assert values.tobytes() == other.result.outputs[name].tobytes()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_one_block_of_every_stream_is_enough(depth: int) -> None:
    case = Case(
        "depth", scheme="multicast_2d", grid=(2, 2), depth=depth, epilogue=(("add", "row"), ("add", "full"))
    )
    run = simulate_plan(build(case))
    assert run.ok, "\n".join(run.text())


def test_a_sum_of_four_thousand_terms_stays_within_its_tolerance() -> None:
    case = Case("long_sum", m=64, n=64, k=4096, grid=(1, 1), block=(2, 2, 4), l1_accumulation=True)
    for inputs in ("random", "ones"):
        run = simulate_plan(build(case), inputs=inputs)
        assert run.ok, "\n".join(run.text())


def changed(plan: Plan, name: str, argument: str, value: int) -> Plan:
    """The plan with another value of one compile-time argument in one kernel."""

    def with_value(kernel: KernelPlan) -> KernelPlan:
        if kernel.name != name:
            return kernel
        arguments = tuple(
            known.model_copy(update={"value": value}) if known.name == argument else known
            for known in kernel.compile_args
        )
        assert arguments != kernel.compile_args
        return kernel.model_copy(update={"compile_args": arguments})

    return plan.model_copy(update={"kernels": tuple(with_value(kernel) for kernel in plan.kernels)})


@pytest.mark.parametrize(
    ("case", "kernel", "argument", "value"),
    [
        ("spill", "compute", "block_k", 1),
        ("split_ragged", "compute", "last_k", 3),
        ("multicast_2d", "send_in0", "in0_receivers", 2),
        ("in0_block", "rotate_in0", "in0_shard_k", 4),
        ("split_ragged", "compute", "subblock_n", 1),
        ("multicast_2d", "receive_in1_write_out", "n_blocks", 2),
    ],
)
def test_a_wrong_argument_does_not_pass(case: str, kernel: str, argument: str, value: int) -> None:
    plan = plan_of(case)
    if argument == "n_blocks":
        plan = plan.model_copy(
            update={"blocking": plan.blocking.model_copy(update={"out_blocks": (1, value)})}
        )
    assert not simulate_plan(changed(plan, kernel, argument, value)).ok
