"""Run a plan: its rendered kernels on chosen inputs, compared with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttplan.errors import InputError
from ttplan.kernel import Kernel
from ttplan.plan import Plan
from ttplan.simulate.from_plan import program_of
from ttplan.simulate.reference import evaluate
from ttplan.simulate.result import Result
from ttplan.simulate.run import STEP_LIMIT, Progress, run_program

Inputs = Mapping[str, npt.ArrayLike]


@dataclass(frozen=True)
class Comparison:
    """One output against NumPy. error: largest difference; allowed: tolerance at that element; worst: its
    index.

    share: largest difference in tolerances, so that everything up to 1 agrees; wrong: elements beyond their
    tolerance.
    """

    name: str
    elements: int
    error: float
    allowed: float
    share: float
    worst: tuple[int, ...]
    wrong: int


@dataclass(frozen=True)
class PlanRun:
    """What a simulated plan did. ok: every output agrees with NumPy and the kernels did nothing wrong."""

    result: Result
    inputs: dict[str, npt.NDArray[np.float32]]
    comparisons: tuple[Comparison, ...]

    @property
    def ok(self) -> bool:
        """No diagnostic, and no element beyond its tolerance."""
        return self.result.ok and all(comparison.wrong == 0 for comparison in self.comparisons)

    def text(self) -> tuple[str, ...]:
        """One line per output and per diagnostic."""
        lines = [
            f"{c.name}: {c.elements - c.wrong} of {c.elements} elements agree, "
            f"largest difference {c.error:.3g} (allowed {c.allowed:.3g}) at {list(c.worst)}"
            for c in self.comparisons
        ]
        return (*lines, *(diagnostic.text() for diagnostic in self.result.diagnostics))


def input_arrays(kernel: Kernel, inputs: Inputs | str, seed: int = 0) -> dict[str, npt.NDArray[np.float32]]:
    """Arrays for the kernel's inputs. inputs: `random` (uniform in -1..1), `ones`, or arrays by buffer name.

    Raises InputError for another word, an unknown name or a missing array.
    """
    declared = {buffer.name: buffer for buffer in kernel.buffers if buffer.io == "in"}
    shapes = {name: tuple(kernel.dims[dim] for dim in buffer.dims) for name, buffer in declared.items()}
    if isinstance(inputs, str):
        if inputs not in ("random", "ones"):
            raise InputError(
                "--inputs", "neither a kind of values nor a file", inputs, ("random", "ones", "FILE.npz")
            )
        if inputs == "ones":
            return {name: np.ones(shape, dtype=np.float32) for name, shape in shapes.items()}
        generator = np.random.Generator(np.random.PCG64(seed))
        return {name: generator.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}
    for name in inputs:
        if name not in declared:
            raise InputError(f"inputs.{name}", "the kernel has no such input", name, tuple(declared))
    for name in declared:
        if name not in inputs:
            raise InputError(f"inputs.{name}", "no values for this input", None, ("an array",))
    return {name: np.asarray(inputs[name], dtype=np.float32) for name in declared}


def simulate_plan(
    plan: Plan,
    *,
    seed: int = 0,
    inputs: Inputs | str = "random",
    step_limit: int = STEP_LIMIT,
    progress: Progress | None = None,
) -> PlanRun:
    """Render the plan's kernels, execute them and compare every output with NumPy.

    seed: interleaving of the cores, and of random inputs. Raises InputError for inputs that do not fit the
    kernel.
    """
    arrays = input_arrays(plan.kernel, inputs, seed)
    expected = evaluate(plan.kernel, arrays)
    result = run_program(program_of(plan), arrays, seed=seed, step_limit=step_limit, progress=progress)
    comparisons = tuple(
        compare(name, np.asarray(result.outputs[name], dtype=np.float64), value.values, value.tolerance)
        for name, value in expected.items()
        if name in result.outputs
    )
    return PlanRun(result, arrays, comparisons)


def compare(
    name: str,
    found: npt.NDArray[np.float64],
    wanted: npt.NDArray[np.float64],
    tolerance: npt.NDArray[np.float64],
) -> Comparison:
    """Element by element: found against wanted within tolerance.

    A value that is not a number never agrees.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(found - wanted)
        share = error / np.maximum(tolerance, np.finfo(np.float32).tiny)
    share = np.where(np.isfinite(share), share, np.inf)
    worst = tuple(int(index) for index in np.unravel_index(int(np.argmax(share)), share.shape))
    return Comparison(
        name=name,
        elements=found.size,
        error=float(error[worst]),
        allowed=float(tolerance[worst]),
        share=float(share[worst]),
        worst=worst,
        wrong=int(np.count_nonzero(share > 1)),
    )
