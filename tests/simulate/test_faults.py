"""Every fault of the list is caught, with its named cause."""

from __future__ import annotations

import numpy as np
import pytest
from faults import FAULTS, Fault
from programs import KERNELS

from ttplan.simulate import Result, run_program


def run_fault(fault: Fault) -> Result:
    program = fault.program()
    inputs = {one.name: np.ones(one.shape, np.float32) for one in program.buffers if one.io == "in"}
    return run_program(program, inputs, folder=KERNELS, step_limit=100_000)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_fault_is_caught_with_its_cause(fault: Fault) -> None:
    result = run_fault(fault)
    assert not result.ok
    found = [f"{one.kind}: {one.message}" for one in result.diagnostics]
    assert any(one.kind == fault.kind and fault.fragment in one.message for one in result.diagnostics), found


def test_deadlock_names_every_blocked_kernel() -> None:
    missing_push = next(fault for fault in FAULTS if fault.name == "missing push")
    (deadlock,) = [one for one in run_fault(missing_push).diagnostics if one.kind == "deadlock"]
    waits = {(one.core, one.kernel, one.on, one.wanted, one.available) for one in deadlock.blocked}
    assert ((0, 0), "compute", "cb 0", 4, 0) in waits
    assert ((1, 1), "writer", "cb 16", 2, 0) in waits
    assert all(one.line > 0 and one.file.endswith(".cpp") for one in deadlock.blocked)
