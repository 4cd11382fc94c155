"""The program of legality: what is allowed, whatever it costs. Small enough to be asked again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from clingo import Control, Function, MessageCode, Number, Symbol, SymbolType, parse_term

from ttplan.errors import InternalError
from ttplan.explain.cutting import cut_text, rules_of
from ttplan.explain.rulebook import friendly
from ttplan.facts.build import L1_UNIT, MAX_DEPTH
from ttplan.facts.pin_words import ABSENT, STREAM_PLACES
from ttplan.rules import encodings, own
from ttplan.rules.arithmetic import Arithmetic
from ttplan.rules.conflict import core_of, minimal
from ttplan.rules.problem import Problem, TimeLimit
from ttplan.rules.programs import GUARDS

FILES = (
    "dataflow",
    "contraction",
    "options",
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
    "divisions": ("axis_split", "block", "part", "core_grid", "grid_option"),
    "window": ("piece", "pieces", "root"),
    "prices": ("subblock_side",),
}
"""Encodings of which only the rules for some predicates are taken."""
GENEROUS_L1 = 2**27
"""L1 units that domains are cut with: 8 GiB, so that a story can count what no core has, and eight times that still fit
into 31 bits.
"""
GENEROUS_DST = 16
"""Tiles that subblocks are cut with: the most that any configuration of the register holds."""
LIMITS = ("l1_capacity", "dst_capacity", "dram_capacity")
"""Rules that limits.lp and legality.lp state themselves: with the real number beside generous facts, or
without the deciding program's tables.
"""

WANTED = (("option", ("wanted({0}, {1})",)), ("shard", ("not hopeless({0})",)))
"""Layouts of free buffers are cut to those that matter; a layout that the kernel gives is an option by legality.lp.
Shards of what fills all L1 need not be listed, unless the user gave one.
"""
SHARD_DECISIONS = ("mode(", "movement(", "shard(", "carries(", "cb_units(", "resident(", "shared_memory")
"""Decisions that a sharded buffer can make possible."""
DOMAINS = {"scheme": 1, "grid": 2, "out_block": 2, "k_block": 1, "subblock": 2, "layout": 2}
"""Decisions whose values can be barred, with their arity."""
PLACES = ("given_layout", "shard_shape", "shard_grid")
"""Requirements that a kernel's own words about a buffer make."""
SHAPELESS = {"scheme", "orientation", "mode", "layout", "movement", "carries", "cb_depth"}
"""Decisions that a plan with blocks of one tile can have if one with larger blocks can."""
FEW_TILES = 128
"""Tiles along an axis up to which every block is tried."""
SMALL_BLOCK = 8
"""Tiles along a block's side that are tried where an axis has more."""
CORE_DECISIONS = ("grid(", "work_cores(", "rounds(")
"""Decisions that say how many cores share the out blocks, and how many each has."""

Atoms = frozenset[Symbol]


def real_l1(problem: Problem) -> int:
    """L1 units that a plan may use."""
    return max(problem.device.l1_usable - problem.flow.kernel.reserve.l1_bytes, 0) // L1_UNIT


def generous(problem: Problem, l1_units: int = GENEROUS_L1, dst: bool = True) -> Problem:
    """The problem with so much L1, none of it reserved, and with room in DST for every subblock."""
    kernel, device = problem.flow.kernel, problem.device
    flow = replace(problem.flow, kernel=kernel.model_copy(update={"reserve": type(kernel.reserve)()}))
    l1 = device.l1.model_copy(update={"bytes": device.l1.base + l1_units * L1_UNIT})
    tiles = device.dst.model_copy(update={"tiles": 4 * GENEROUS_DST if dst else device.dst.tiles})
    return replace(problem, flow=flow, device=device.model_copy(update={"l1": l1, "dst": tiles}))


def limit_facts(problem: Problem) -> str:
    """The real sizes as limits, to stand beside the facts of a generous problem."""
    compute, dst = problem.flow.kernel.compute, problem.device.dst
    tiles = dst.capacity(compute.fp32_dest_acc_en, compute.dst_full_sync_en)
    return f"l1_limit({real_l1(problem)}). dst_limit({tiles}).\n"


def _wanted(problem: Problem, everywhere: Sequence[str]) -> str:
    """Layouts that a free buffer may get: all for some buffers, else those that a sharded one cannot beat.

    With the same partition and blocks, a buffer that is interleaved in DRAM obeys every rule that a sharded one obeys,
    for its circular buffer is no larger than a shard. Only pinned decisions can make a shard necessary.
    """
    literals = [literal for pin in problem.pins.pins for literal in pin.literals]
    if any(literal.removeprefix(ABSENT).startswith(SHARD_DECISIONS) for literal in literals):
        everywhere = [buffer.name for buffer in problem.flow.kernel.buffers]
    lines = ["wanted(B, L) :- stream(_, B), interleaved(L)."]
    lines += [f'wanted("{name}", L) :- kind(L).' for name in everywhere]
    for literal in literals:
        if literal.startswith("layout("):
            lines.append(f"wanted({literal.removeprefix('layout(')}.")
    return "\n".join(lines) + "\n"


def _says_cores(problem: Problem) -> bool:
    """Whether pins or rules of the user's own say how many cores there are, or how many out blocks each has."""
    literals = (literal for pin in problem.pins.pins for literal in pin.literals)
    return bool(problem.options.rules) or any(literal.startswith(CORE_DECISIONS) for literal in literals)


def _small_blocks(problem: Problem) -> str:
    """Blocks that need not be tried to know what is allowed: large ones, where nobody has said anything about sizes.

    A block of one tile obeys every rule that a larger one obeys, also where its buffers are sharded, but for K blocks:
    one that is all of K needs no partial sums. The blocks of a large kernel, all pairs of them, take seconds to ground.
    """
    flow = problem.flow
    most = max(map(flow.tiles, flow.kernel.dims))
    literals = (literal for pin in problem.pins.pins for literal in pin.literals)
    pinned = {literal.removeprefix(ABSENT).partition("(")[0] for literal in literals}
    given = any(entry.nd_shard is not None for entry in flow.kernel.layout.values())
    if flow.output_tiles() > len(problem.device.cores) ** 2:
        pinned -= {"grid", "work_cores"}  # tiles one by one can be dealt to any number of cores
    if most <= FEW_TILES or given or problem.options.rules or not pinned <= SHAPELESS:
        return ""
    large = f"{SMALL_BLOCK + 1}..{most}"
    return f"barred(out_block((m;n),{large})). barred(k_block(B)) :- B = {large}, extent(k,T), B < T.\n"


def _relaxed(text: str) -> str:
    """Given layouts become requirements that can be left out."""
    return "\n".join(
        "asked" + line.removeprefix("given") if line.startswith("given(") else line
        for line in text.splitlines()
    )


@lru_cache(maxsize=1)
def _encodings() -> tuple[str, ...]:
    """The encodings that say what is allowed."""
    whole = (
        encodings.text(name) if name in ("limits", "legality") else cut_text(name, WANTED, LIMITS)
        for name in FILES
    )
    parts = (rules_of(name, heads) for name, heads in CUTS.items())
    return (
        *whole,
        "#program base.\n",
        *parts,
        f"max_depth({MAX_DEPTH}).\n{GUARDS}",
    )


class Legality:
    """One grounded legality program. requirements: everything that can be left out, rules first, the user's
    pins last. everywhere: free buffers that may get layouts, too, that never make a plan possible by themselves.
    extra: rules that plans obey as well; they may ask for such a layout. The user's own rules are obeyed, but for
    those that speak of costs. cores: how many there are will be asked, though nobody says it yet. domains: those that
    `values` goes through.
    """

    def __init__(
        self,
        problem: Problem,
        extra: str = "",
        everywhere: Sequence[str] = (),
        cores: bool = False,
        domains: Iterable[str] = DOMAINS,
    ) -> None:
        self._complaints: list[str] = []
        self._parts = 0
        self._counted = False
        self.problem = problem
        self.control = Control(["--opt-strategy=usc,oll"], logger=self._log, message_limit=20)
        rules = problem.options.rules
        placing = bool(everywhere)
        if extra or not own.only_shapes(rules):
            everywhere = [buffer.name for buffer in problem.flow.kernel.buffers]
        wanted = _wanted(problem, everywhere)
        if cores or extra or _says_cores(problem):
            wanted += "cores_matter.\n"
        if not (placing or cores or extra):
            wanted += _small_blocks(problem)
        self.domains = tuple(domains)
        shown = "".join(f"#show {name}/{DOMAINS[name]}.\n" for name in self.domains)
        base = "".join((*_encodings(), shown, wanted, extra, self._facts()))
        shared = own.shared(rules, base) if rules else ""
        self.control.add("base", [], base + shared)
        self._known = own.defined(base + shared) if rules else set()
        self.control.ground([("base", [])], context=Arithmetic(problem.device, problem.flow.kernel.compute))
        if self._complaints:
            own.refuse_undefined(rules, self._complaints[0])
            raise InternalError("the legality program is inconsistent: " + self._complaints[0])
        found = [atom.symbol.arguments[0] for atom in self.control.symbolic_atoms.by_signature("hold", 1)]
        self.requirements = tuple(sorted(found, key=_rank))

    def _log(self, code: MessageCode, message: str) -> None:
        self._complaints.append(message.strip())

    def _facts(self) -> str:
        return (
            limit_facts(self.problem) + generous(self.problem).facts + _relaxed(self.problem.pins.program())
        )

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

    def prefixes(self, atoms: Sequence[Symbol]) -> tuple[Symbol, ...]:
        """For each atom a new one that says that it, or one before it, is true."""
        names = [Function("upto", [Number(self._parts), Number(place)]) for place in range(len(atoms))]
        rules = [f"{name} :- {atom}.\n" for name, atom in zip(names, atoms, strict=True)]
        rules += [f"{after} :- {before}.\n" for before, after in pairwise(names)]
        self.define("".join(rules))
        return tuple(names)

    def core(
        self, requirements: Sequence[Symbol], atoms: Sequence[tuple[Symbol, bool]] = ()
    ) -> tuple[Symbol, ...] | None:
        """None when a plan satisfies these requirements (and has or lacks these atoms), else requirements
        without a plan.
        """
        self.control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]
        return core_of(self.control, requirements, self._assume(requirements, atoms))

    def possible(self, requirements: Sequence[Symbol], atoms: Sequence[tuple[Symbol, bool]] = ()) -> bool:
        """Whether a plan satisfies these requirements and has or lacks these atoms."""
        return self.core(requirements, atoms) is None

    def possible_without(self, dropped: Sequence[Symbol]) -> bool:
        """Whether the rules allow any plan without some requirements, so that one may be searched for."""
        return self.possible([item for item in self.requirements if item not in dropped])

    def stated(self, buffer: str) -> tuple[Symbol, ...]:
        """The requirements that the kernel's own words about a buffer make."""
        placed = (item for item in self.requirements if item.name in PLACES)
        return tuple(item for item in placed if item.arguments[0].string == buffer)

    def conflict(self, atoms: Sequence[tuple[Symbol, bool]] = ()) -> tuple[Symbol, ...] | None:
        """A subset-minimal set of requirements without a plan, found by deletion; None when all have one
        together.

        Rules are tried first, pins last: what the user's own requirements explain alone is explained by them.
        """
        found = self.core(self.requirements, atoms)
        if found is None:
            return None
        return minimal(found, lambda rest: self.core(rest, atoms))

    def plan(self, requirements: Sequence[Symbol], least_l1: bool = False) -> Atoms | None:
        """All true atoms of a plan under these requirements, of one that needs least L1 if so wished, or None."""
        if least_l1 and not self._counted:
            self._counted = True
            self.control.ground([("least", [])])
        self.control.configuration.solve.opt_mode = "opt" if least_l1 else "ignore"  # type: ignore[union-attr]
        best: Atoms | None = None
        measured = [(Function("measured"), True)] if least_l1 else []
        with self.control.solve(self._assume(requirements, measured), yield_=True) as handle:
            for model in handle:
                best = frozenset(model.symbols(atoms=True))
                if not least_l1:
                    break
        return best

    def knows(self, signatures: Iterable[own.Signature]) -> bool:
        """Whether the rules without costs, with the user's own, define all of these predicates."""
        return self._known.issuperset(signatures)

    def least(self, level: int, deadline: float | None = None, conflicts: int | None = None) -> int | None:
        """The least value of the user's preference of a level that some plan under all requirements has, or None.

        conflicts: budget. Raises TimeLimit when it is spent or at the deadline, RuntimeError for weights that cannot be
        added up.
        """
        if conflicts is not None:
            self.control.configuration.solve.solve_limit = str(conflicts)  # type: ignore[union-attr]
        self.control.configuration.solver.opt_strategy = "bb,lin"  # type: ignore[union-attr]
        self.define(f"#minimize {{ W@1, T : {own.PREFERRED}{level}(W, T) }}. #minimize {{ 0@1 }}.")
        self.control.configuration.solve.opt_mode = "opt"  # type: ignore[union-attr]
        costs: list[int] = []
        assumed = self._assume(self.requirements)
        with self.control.solve(
            assumed, on_model=lambda model: costs.extend(model.cost), async_=True
        ) as handle:
            while not handle.wait(0.2):
                if deadline is not None and time.monotonic() > deadline:
                    handle.cancel()
                    raise TimeLimit
            if not handle.get().exhausted:
                raise TimeLimit
        return costs[-1] if costs else None

    def values(self, requirements: Sequence[Symbol]) -> Atoms:
        """The values of the domains that some plan under these requirements has."""
        solving = self.control.configuration.solve
        solving.opt_mode, solving.enum_mode, solving.models = "ignore", "brave", "0"  # type: ignore[union-attr]
        found: Atoms = frozenset()
        with self.control.solve(self._assume(requirements), yield_=True) as handle:
            for model in handle:
                found = frozenset(model.symbols(shown=True))
        solving.enum_mode, solving.models = "auto", "-1"  # type: ignore[union-attr]
        return found

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

    def words(self, atom: Symbol) -> str:
        """A decision as a person pins it, by the buffer's name where a stream is its only one."""
        place = STREAM_PLACES.get(atom.name)
        streams = {item.arguments[0]: item.arguments[1] for item in self.domain("stream", 2)}
        if place is None or list(streams.values()).count(streams[atom.arguments[place]]) > 1:
            return friendly(atom)
        buffer = streams[atom.arguments[place]]
        return friendly(Function(atom.name, [*atom.arguments[:place], buffer, *atom.arguments[place + 1 :]]))

    def domain(self, name: str, arity: int) -> tuple[Symbol, ...]:
        """Every atom of a decision that any choice could make true."""
        return tuple(sorted(atom.symbol for atom in self.control.symbolic_atoms.by_signature(name, arity)))


def _rank(requirement: Symbol) -> tuple[int, Symbol]:
    order = {"given_layout": 1, "shard_shape": 1, "shard_grid": 1, own.NAME: 2, "pin": 3}
    return order.get(requirement.name, 0), requirement
