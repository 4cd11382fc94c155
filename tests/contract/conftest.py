"""Plans that the tests of the contract share."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, batched, devices, fused, kernel_of, placed, plain

from ttplan.device import Device, load_device
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible
from ttplan.solve import solve

PLANS = 2000 if DEEP else 200


@pytest.fixture(scope="session")
def random_plans() -> list[Plan]:
    """Plans of random kernels on random devices, all schemes, modes and layouts among them."""
    found: list[Plan] = []

    @settings(max_examples=PLANS)
    @given(case=st.one_of(plain(3), fused(2), batched(2), placed(4)), device=devices(3))
    def draw(case: Case, device: Device) -> None:
        try:
            found.append(solve(kernel_of(case), device))
        except Infeasible:
            assume(False)

    draw()
    return found


@pytest.fixture(scope="session")
def pinned_gemm() -> Plan:
    """256 x 256 x 256 in float16 as upstream divided it: one tile on each of 64 cores, two tiles of an operand."""
    pins = ("scheme=split", "cores=64", "out_block=1x1", "k_block=1")
    depths = ("A.depth=2", "W.depth=2", "C.depth=2", "C.layout=DRAM/interleaved")
    case = Case(256, 256, 256, dtypes=("float16",) * 3)
    return solve(kernel_of(case), load_device("n150"), (*pins, *depths))
