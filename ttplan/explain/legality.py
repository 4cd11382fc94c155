"""The program of legality: what is allowed, whatever it costs. Small enough to be asked again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from clingo import Control, Function, MessageCode, Symbol, SymbolType, parse_term
from clingo.ast import AST, ASTType, parse_string

from ttplan.device import Device
from ttplan.errors import InternalError
from ttplan.facts.build import L1_UNIT, facts_of
from ttplan.rules import encodings
from ttplan.rules.arithmetic import Arithmetic
from ttplan.rules.search import MAX_DEPTH, Problem

FILES = (
    "dataflow",
    "contraction",
    "blocking",
    "layouts",
    "shares",
    "streams",
    "movement",
    "mode",
    "accumulation",
    "circular_buffers",
    "inputs",
    "limits",
    "legality",
)
"""Encodings that are taken whole."""
CUTS = {
    "partition": ("axis_split", "piece", "pieces", "block", "power", "part", "grid_option", "fits"),
    "prices": ("subblock_side",),
}
"""Encodings of which only the rules for some predicates are taken."""
GENEROUS_L1 = 2**20
"""L1 units that domains are cut with: 64 MiB, more than any core has."""
GENEROUS_DST = 16
"""Tiles that subblocks are cut with: the most that any configuration of the register holds."""
LIMITS = ("l1_capacity", "dst_capacity", "dram_capacity")
"""Rules that limits.lp and legality.lp state themselves: with the real number beside generous facts, or
without the deciding program's tables.
"""

STREAM_PLACES = {"cb_depth": 0, "movement": 0, "carries": 1}
"""Decisions about a stream, and which argument names it."""

Atoms = frozenset[Symbol]


@lru_cache(maxsize=32)
def without_limits(name: str) -> str:
    """An encoding file without the requirements and constraints of LIMITS."""
    kept: list[str] = []

    def keep(statement: AST) -> None:
        text = str(statement)
        if not any(f"{guard}({limit}(" in text for guard in ("hold", "requirement") for limit in LIMITS):
            kept.append(text)

    parse_string(encodings.text(name), keep)
    return "\n".join(kept) + "\n"


@lru_cache(maxsize=8)
def _rules_of(name: str, heads: tuple[str, ...]) -> str:
    """The rules of an encoding file whose head is one of the predicates."""
    kept: list[str] = []

    def keep(statement: AST) -> None:
        if statement.ast_type is not ASTType.Rule or statement.head.ast_type is not ASTType.Literal:
            return
        atom = statement.head.atom
        if atom.ast_type is ASTType.SymbolicAtom and _name(atom.symbol) in heads:
            kept.append(str(statement))

    parse_string(encodings.text(name), keep)
    return "\n".join(kept) + "\n"


def _name(term: AST) -> str:
    """Name of an atom's term; a pool of terms has the name of its first."""
    while term.ast_type is ASTType.Pool:
        term = term.arguments[0]
    return str(term.name)


def generous(device: Device) -> Device:
    l1 = device.l1.model_copy(update={"bytes": device.l1.base + GENEROUS_L1 * L1_UNIT})
    dst = device.dst.model_copy(update={"tiles": 4 * GENEROUS_DST})
    return device.model_copy(update={"l1": l1, "dst": dst})


def generous_facts(problem: Problem) -> str:
    """Facts of kernel and device with generous sizes, and the real sizes as limits."""
    kernel, device = problem.flow.kernel, problem.device
    real = max(device.l1_usable - kernel.reserve.l1_bytes, 0) // L1_UNIT
    dst = device.dst.capacity(kernel.compute.fp32_dest_acc_en, kernel.compute.dst_full_sync_en)
    flow = replace(problem.flow, kernel=kernel.model_copy(update={"reserve": type(kernel.reserve)()}))
    return f"l1_limit({real}). dst_limit({dst}).\n" + facts_of(flow, generous(device))


def _relaxed(text: str) -> str:
    """Given layouts become requirements that can be left out."""
    return "\n".join(
        "asked" + line.removeprefix("given") if line.startswith("given(") else line
        for line in text.splitlines()
    )


class Legality:
    """One grounded legality program. requirements: everything that can be left out, rules first, the user's
    pins last.
    """

    def __init__(self, problem: Problem, extra: str = "") -> None:
        self._complaints: list[str] = []
        self._parts = 0
        self.problem = problem
        self.control = Control(["--opt-strategy=bb,lin"], logger=self._log, message_limit=20)
        for name in FILES:
            self.control.add(
                "base", [], encodings.text(name) if name in ("limits", "legality") else without_limits(name)
            )
        for name, heads in CUTS.items():
            self.control.add("base", [], _rules_of(name, heads))
        self.control.add(
            "base",
            [],
            "{ hold(R) } :- requirement(R).\n" + f"max_depth({MAX_DEPTH}).\n{extra}" + self._facts(),
        )
        self.control.ground([("base", [])], context=Arithmetic(problem.device, problem.flow.kernel.compute))
        if self._complaints:
            raise InternalError("the legality program is inconsistent: " + self._complaints[0])
        found = [atom.symbol.arguments[0] for atom in self.control.symbolic_atoms.by_signature("hold", 1)]
        self.requirements = tuple(sorted(found, key=_rank))

    def _log(self, code: MessageCode, message: str) -> None:
        self._complaints.append(message.strip())

    def _facts(self) -> str:
        return generous_facts(self.problem) + _relaxed(self.problem.pins.program())

    def _assume(
        self, requirements: Iterable[Symbol], atoms: Iterable[tuple[Symbol, bool]] = ()
    ) -> list[tuple[Symbol, bool]]:
        held = [(Function("hold", [item]), True) for item in requirements]
        return [*held, *atoms]

    def define(self, program: str) -> None:
        """Add rules for new atoms, such as names of joint values, after the program was grounded."""
        self._parts += 1
        self.control.add(f"part{self._parts}", [], program)
        self.control.ground([(f"part{self._parts}", [])])

    def core(
        self, requirements: Sequence[Symbol], atoms: Sequence[tuple[Symbol, bool]] = ()
    ) -> tuple[Symbol, ...] | None:
        """None when a plan satisfies these requirements (and has or lacks these atoms), else requirements
        without a plan.
        """
        self.control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]
        assumptions = self._assume(requirements, atoms)
        with self.control.solve(assumptions, yield_=True) as handle:
            if handle.model() is not None:
                return None
            literals = set(handle.core())
        known = self.control.symbolic_atoms
        named = []
        for requirement in requirements:
            atom = known[Function("hold", [requirement])]
            if atom is not None and atom.literal in literals:
                named.append(requirement)
        return tuple(named)

    def possible(self, requirements: Sequence[Symbol], atoms: Sequence[tuple[Symbol, bool]] = ()) -> bool:
        """Whether a plan satisfies these requirements and has or lacks these atoms."""
        return self.core(requirements, atoms) is None

    def conflict(self, atoms: Sequence[tuple[Symbol, bool]] = ()) -> tuple[Symbol, ...] | None:
        """A subset-minimal set of requirements without a plan, found by deletion; None when all have one
        together.

        Rules are tried first, pins last: what the user's own requirements explain alone is explained by them.
        """
        found = self.core(self.requirements, atoms)
        if found is None:
            return None
        members = list(found)
        for member in found:
            if member not in members:
                continue
            rest = [other for other in members if other != member]
            smaller = self.core(rest, atoms)
            if smaller is not None:
                members = [other for other in rest if other in smaller]
        return tuple(members)

    def least_l1(
        self, requirements: Sequence[Symbol], atoms: Sequence[tuple[Symbol, bool]] = ()
    ) -> Atoms | None:
        """All true atoms of a plan that needs least L1 under these requirements, or None."""
        self.control.configuration.solve.opt_mode = "opt"  # type: ignore[union-attr]
        best: Atoms | None = None
        with self.control.solve(self._assume(requirements, atoms), yield_=True) as handle:
            for model in handle:
                best = frozenset(model.symbols(atoms=True))
        return best

    def atoms_of(self, literal: str) -> tuple[Symbol, ...]:
        """The atoms that a pin's literal asks for; a buffer in a stream's place stands for its streams."""
        atom = parse_term(literal)
        place = STREAM_PLACES.get(atom.name)
        if place is None or atom.arguments[place].type is not SymbolType.String:
            return (atom,)
        streams = [
            item.arguments[0]
            for item in self.domain("stream", 2)
            if item.arguments[1] == atom.arguments[place]
        ]
        arguments = [[*atom.arguments[:place], stream, *atom.arguments[place + 1 :]] for stream in streams]
        return tuple(Function(atom.name, values) for values in arguments)

    def domain(self, name: str, arity: int) -> tuple[Symbol, ...]:
        """Every atom of a decision that any choice could make true."""
        return tuple(sorted(atom.symbol for atom in self.control.symbolic_atoms.by_signature(name, arity)))


def _rank(requirement: Symbol) -> tuple[int, Symbol]:
    order = {"given_layout": 1, "shard_shape": 1, "shard_grid": 1, "pin": 2}
    return order.get(requirement.name, 0), requirement


__all__ = ["Legality"]
