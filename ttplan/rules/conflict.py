"""Why there is no plan: requirements that none satisfies together, and that none of them can leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clingo import Control, Function, Symbol

from ttplan.errors import InternalError
from ttplan.rules.problem import TimeLimit
from ttplan.rules.programs import Stage

Requirements = Sequence[Symbol]


def core_of(
    control: Control, requirements: Requirements, assumptions: Sequence[tuple[Symbol, bool]]
) -> tuple[Symbol, ...] | None:
    """None when the program has an answer under the assumptions, else those of the requirements that exclude one.

    Raises TimeLimit when the conflicts of the problem's options run out.
    """
    with control.solve(assumptions, yield_=True) as handle:
        if handle.model() is not None:
            return None
        if not handle.get().unsatisfiable:
            raise TimeLimit
        literals = set(handle.core())
    named = []
    for requirement in requirements:
        atom = control.symbolic_atoms[Function("hold", [requirement])]
        if atom is not None and atom.literal in literals:
            named.append(requirement)
    return tuple(named)


def minimal(
    members: Requirements, core: Callable[[Requirements], tuple[Symbol, ...] | None]
) -> tuple[Symbol, ...]:
    """A part of a conflict that is one, too, while no part of it is; the first members are dropped first.

    Drops as many of the leading members as can go, found by halving; the next one is needed, and so on.

    core: None for requirements that can be satisfied together, else those of them that cannot.
    """
    needed: list[Symbol] = []
    left = list(members)
    while left:
        least, most = 0, len(left)  # so many can go
        while least < most:
            middle = (least + most + 1) // 2
            smaller = core([*needed, *left[middle:]])
            if smaller is None:
                most = middle - 1
            else:
                left = left[:middle] + [member for member in left[middle:] if member in smaller]
                least, most = middle, min(most, len(left))
        needed += left[least : least + 1]
        left = left[least + 1 :]
    return tuple(needed)


def conflict(stage: Stage) -> tuple[Symbol, ...]:
    """A minimal set of requirements without a plan, whatever it costs.

    Members that come from hardware and kernels are dropped first, so that what the user's pins alone explain is
    explained by them. Raises InternalError when the program has a plan.
    """
    stage.control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]

    def core(requirements: Requirements) -> tuple[Symbol, ...] | None:
        return core_of(stage.control, requirements, stage.assumptions(requirements))

    found = core(stage.requirements)
    if found is None:
        raise InternalError("a plan exists once costs are ignored: the objective window excludes every plan")
    return minimal(sorted(found, key=lambda member: (member.name == "pin", str(member))), core)
