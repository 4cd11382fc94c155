"""Why there is no plan: a conflict that no member can leave."""

from __future__ import annotations

from collections.abc import Sequence

from clingo import Symbol

from ttplan.errors import InternalError
from ttplan.facts.pins import Pin
from ttplan.rules.programs import Stage


def satisfiable(stage: Stage, requirements: Sequence[Symbol]) -> tuple[bool, tuple[Symbol, ...]]:
    """Whether a plan satisfies these requirements, whatever it costs; if not, those that a first core
    names.
    """
    stage.control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]
    with stage.control.solve(stage.assumptions(requirements), yield_=True) as handle:
        if handle.model() is not None:
            return True, ()
        literals = set(handle.core())
    atoms = stage.control.symbolic_atoms
    named = []
    for requirement in requirements:
        atom = atoms[stage.assumptions([requirement])[0][0]]
        if atom is not None and atom.literal in literals:
            named.append(requirement)
    return False, tuple(named)


BLOCKLESS_PINS = ("subblock(", "layout(", "cb_depth(", "carries(", "movement(")
"""Pins whose values every program offers, coarse or not."""


def blockless(stage: Stage, members: Sequence[Symbol], pins: Sequence[Pin]) -> bool:
    """Whether a conflict says the same whatever the block sizes are, so that a coarse look at them proves
    it.
    """
    atoms = stage.control.symbolic_atoms.by_signature("blockless", 1)
    names = {atom.symbol.arguments[0].name for atom in atoms}
    for member in members:
        if member.name == "pin":
            literals = pins[member.arguments[0].number].literals
            if not all(literal.startswith(BLOCKLESS_PINS) for literal in literals):
                return False
        elif member.name not in names:
            return False
    return True


def conflict(stage: Stage) -> tuple[Symbol, ...]:
    """A subset-minimal set of requirements without a plan, found by deletion in a fixed order.

    Members that come from hardware and kernels are tried first, so that what the user's pins alone explain is
    explained by them. Raises InternalError when the program has no plan even without requirements.
    """
    possible, core = satisfiable(stage, stage.requirements)
    if possible:
        raise InternalError("a plan exists once costs are ignored: the objective window excludes every plan")
    members = sorted(core, key=lambda member: (member.name == "pin", str(member)))
    for member in list(members):
        if member not in members:
            continue
        rest = [other for other in members if other != member]
        possible, smaller = satisfiable(stage, rest)
        if not possible:
            members = [other for other in rest if other in smaller]
    return tuple(members)
