"""Problems next to a problem: a pin dropped or added, another format, another device. Each is solved like
any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clingo import Symbol

from ttplan.device import Device
from ttplan.errors import InputError, TtplanError
from ttplan.explain.results import Totals
from ttplan.facts.pins import Pin, parse_pin
from ttplan.kernel import Kernel, Layout
from ttplan.plan import Plan
from ttplan.rules.arithmetic import CAP
from ttplan.rules.assemble import assemble
from ttplan.rules.problem import DOUBLINGS, Answer, Beyond, Infeasible, Problem
from ttplan.rules.programs import Stage
from ttplan.rules.search import counted, search, uncounted
from ttplan.solve import problem_of

COMMAND_LINE = "--pin "
"""How the source of a pin from the command line begins; the rest is the user's text."""


@dataclass(frozen=True)
class Variant:
    """A change in words, and the problem with it.

    plan: the best plan with the change, when that is known already; the problem is the one before the change then.
    """

    changes: tuple[str, ...]
    problem: Problem
    plan: Plan | None = None


def extra_pins(problem: Problem) -> tuple[str, ...]:
    """The texts of the pins that came from the command line."""
    return tuple(
        pin.source.removeprefix(COMMAND_LINE)
        for pin in problem.pins.pins
        if pin.source.startswith(COMMAND_LINE)
    )


def with_pins(problem: Problem, texts: Sequence[str]) -> Problem:
    """The problem with wishes as pins. Raises InputError when a text is no decision."""
    added = tuple(parse_pin(problem.flow, problem.device, text, "wish") for text in texts)
    return replace(problem, pins=replace(problem.pins, pins=(*problem.pins.pins, *added)))


def rebuilt(problem: Problem, kernel: Kernel | None = None, device: Device | None = None) -> Problem:
    """The problem with another kernel or device, the same pins and options, and what plans obey beside them. Raises
    InputError or BadInputs.
    """
    changed = problem_of(
        kernel or problem.flow.kernel, device or problem.device, extra_pins(problem), problem.options
    )
    return replace(changed, extra=problem.extra)


def pin_of(problem: Problem, requirement: Symbol) -> Pin:
    """The pin that a requirement stands for."""
    return problem.pins.pins[requirement.arguments[0].number]


def without_pin(problem: Problem, pin: Pin) -> Problem:
    """The problem without one pin, wherever it was stated."""
    left = tuple(other for other in problem.pins.pins if other is not pin)
    return replace(problem, pins=replace(problem.pins, pins=left))


def with_rules(problem: Problem, rules: tuple[tuple[str, str], ...]) -> Problem:
    """The problem with other rules of the user's own."""
    return replace(problem, options=replace(problem.options, rules=rules))


def with_layout(problem: Problem, buffer: str, layout: Layout | None, place: str | None) -> Problem:
    """The problem with another layout entry of a buffer, and its place given or free."""
    kernel = problem.flow.kernel
    entries = {name: entry for name, entry in kernel.layout.items() if name != buffer}
    if layout is not None:
        entries[buffer] = layout
    buffers = tuple(
        one.model_copy(update={"place": place}) if one.name == buffer else one for one in kernel.buffers
    )
    return rebuilt(problem, kernel.model_copy(update={"layout": entries, "buffers": buffers}))


def with_dtype(problem: Problem, names: Sequence[str], dtype: str) -> Problem:
    """The problem with another format of some buffers."""
    kernel = problem.flow.kernel
    buffers = tuple(
        one.model_copy(update={"dtype": dtype}) if one.name in names else one for one in kernel.buffers
    )
    return rebuilt(problem, kernel.model_copy(update={"buffers": buffers}))


def best(problem: Problem, extra: str = "", asked: list[Stage] | None = None) -> Answer | None:
    """The best plan under the pins, proven, or None. extra: rules that the plan obeys as well. asked: as in search.

    Raises TimeLimit when time or conflicts of the problem's options run out, InputError for sizes out of
    range, and for a plan that costs more than can be counted beside the known one.
    """
    problem = replace(problem, extra=problem.extra + extra)
    try:
        return search(problem, asked)
    except Beyond:
        return None
    except Infeasible as error:
        if max(problem.hint, problem.beyond) > CAP >> DOUBLINGS and uncounted(problem, error):
            unit = problem.unit()
            text = f"a plan to compare with costs more than {CAP * unit} cycles, the most that units of {unit} can count"
            raise InputError("", text) from None
        return None


def plan_or_refusal(problem: Problem, outline: bool = False) -> Plan | Infeasible:
    """The best plan of a problem, or why nothing satisfies it; outline: without its kernels. Raises TimeLimit."""
    try:
        answer = counted(problem)
    except Infeasible as error:
        return error
    return assemble(problem.flow, problem.device, answer, extra_pins(problem), outline)


def best_plan(problem: Problem, outline: bool = False) -> Plan | None:
    """The best plan of a problem, or None when nothing satisfies it; outline: without its kernels. Raises
    TimeLimit.
    """
    found = plan_or_refusal(problem, outline)
    return None if isinstance(found, Infeasible) else found


def time_units(plan: Plan) -> int:
    """Modelled time without startup, in cost units, as searches count it."""
    return plan.cost.units - next(term.units for term in plan.cost.terms if term.name == "startup")


def totals(plan: Plan) -> Totals:
    """The criteria of a plan."""
    cost = plan.cost
    return Totals(cycles=cost.cycles, dram_bytes=cost.dram_bytes, l1_bytes=cost.l1_bytes, cores=cost.cores)


def attempt(changes: tuple[str, ...], make: Callable[[], Problem]) -> Variant | None:
    """A variant, or None when the changed document is not valid."""
    try:
        return Variant(changes, make())
    except TtplanError:
        return None
