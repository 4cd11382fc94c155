"""Solve a problem whose pins are taken for granted: they cut the domains before grounding.

A plan far from the optimum is as quick to find as the optimum itself when the program holds only what the
pins leave. The pins stay constraints as well, so a cut may be generous. Why pins exclude each other is the
business of `legality`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from clingo import Symbol, parse_term

from ttplan.errors import InternalError
from ttplan.explain.cutting import Cuts, cut_text
from ttplan.explain.legality import Legality
from ttplan.facts.build import facts_of
from ttplan.rules import encodings
from ttplan.rules.arithmetic import CAP, MILLI
from ttplan.rules.search import (
    MAX_DEPTH,
    STAGES,
    TIME_LEVEL,
    Answer,
    Effort,
    Problem,
    Stage,
    TimeLimit,
    refuse_overflow,
)

CUT_FILES = ("partition", "blocking", "layouts")
"""Encodings with the domains that pins cut."""
SERVING = """
barred_scheme(S) :- stream(T, B), scheme_rank(S, _), not can_serve(T, B, S).
can_serve(T, B, S) :- stream(T, B), option(B, L), interleaved(L), scheme_rank(S, _).
can_serve(T, B, S) :- stream(T, B), option(B, L), shard_kind(L), serves(T, L, S).
"""
"""A scheme that cannot serve any layout a buffer may have is no choice."""
REACH = """
reach(multicast_2d, G, H) :- axis_split(m, G, _), axis_split(n, H, _), G > 1, H > 1, fits(G, H){multicast_2d}.
reach(multicast_in0, 1, H) :- axis_split(n, H, _), H > 1, core_line(H), G = 1{multicast_in0}.
reach(multicast_in1, G, 1) :- axis_split(m, G, _), G > 1, core_line(G), H = 1{multicast_in1}.
reach(split, G, 1) :- cores(Most), G = 1..Most, H = 1{split}.
most_work(Most) :- Most = #max {{ G * H : reach(_, G, H) }}, Most > 0.
bound(@cost((M * N * Batches + Most - 1) / Most, P)) :- extent(m, M), extent(n, N), batch(Batches),
most_work(Most), least_rate(P).
"""
"""No plan is faster than an even split over the most cores that the pins leave."""
SPLIT = """
division((split, {cores}, 1, H, W), R) :- units(H, W, U), coarse, R = (U + {cores} - 1) / {cores}, (U + R - 1)
/ R = {cores}, limit(tiles, Max), R * H * W <= Max, limit(rows, MaxRows), R * H <= MaxRows, limit(columns,
MaxColumns), R * W <= MaxColumns.
"""
"""The first look tries all cores for split; with pinned cores it tries those."""


def cuts_of(literals: Sequence[str]) -> Cuts:
    """Conditions on domains that pinned atoms imply."""
    found: dict[str, list[str]] = defaultdict(list)
    found["grid_option"].append("not barred_scheme({0})")
    found["division"].append("not barred_scheme({0})")
    for literal in literals:
        if literal.startswith(("cb_depth(", "movement(", "carries(")):
            continue
        for predicate, condition in _conditions(parse_term(literal)):
            found[predicate].append(condition)
    return tuple((name, tuple(found[name])) for name in sorted(found))


def _conditions(atom: Symbol) -> Iterator[tuple[str, str]]:
    values = [str(argument) for argument in atom.arguments]
    if atom.name == "scheme":
        yield from ((name, f"{{0}} = {values[0]}") for name in ("grid_option", "division"))
    elif atom.name == "grid":
        for name in ("grid_option", "division"):
            yield name, f"{{1}} = {values[0]}"
            yield name, f"{{2}} = {values[1]}"
    elif atom.name == "work_cores":
        yield from ((name, f"{{1}} * {{2}} = {values[0]}") for name in ("grid_option", "division"))
    elif atom.name == "out_block":
        yield "division", "{%d} = %s" % (3 if values[0] == "m" else 4, values[1])
        yield "part", f"#count {{{{ 1 : {{0}} != {values[0]}; 2 : {{2}} = {values[1]} }}}} > 0"
    elif atom.name == "per_core":
        cover = f"2 : {{2}} * {{3}} = {values[1]}; 3 : {{2}} = {values[1]}"
        yield "part", f"#count {{{{ 1 : {{0}} != {values[0]}; {cover} }}}} > 0"
    elif atom.name == "rounds":
        yield "division", f"{{5}} = {values[0]}"
    elif atom.name in ("k_block", "k_blocks"):
        yield "k_option", "{%d} = %s" % (atom.name == "k_blocks", values[0])
    elif atom.name == "subblock":
        yield from (("subblock_option", f"{{{index}}} = {value}") for index, value in enumerate(values))
    elif atom.name == "layout":
        yield "option", f"#count {{{{ 1 : {{0}} != {values[0]}; 2 : {{1}} = {values[1]} }}}} > 0"


def _additions(literals: Sequence[str]) -> Iterator[str]:
    """What the first look must try so that it meets the pins."""
    cores = None
    conditions = ""
    for atom in (
        parse_term(literal)
        for literal in literals
        if "(" in literal and not literal.startswith(("cb_", "mov", "car"))
    ):
        values = [str(argument) for argument in atom.arguments]
        if atom.name in ("out_block", "per_core"):
            yield f"pieces((P + {values[1]} - 1) / {values[1]}) :- axis_split({values[0]}, P), coarse, {values[1]} > 0.\n"
        elif atom.name == "k_block":
            yield f"pieces((T + {values[0]} - 1) / {values[0]}) :- extent(k, T), coarse, {values[0]} > 0.\n"
        elif atom.name == "k_blocks":
            yield f"pieces({values[0]}) :- coarse, {values[0]} > 0.\n"
        elif atom.name == "work_cores":
            cores, conditions = values[0], conditions + f", G * H = {values[0]}"
        elif atom.name == "grid":
            cores, conditions = values[0], conditions + f", G = {values[0]}, H = {values[1]}"
        elif atom.name == "scheme":
            conditions += f", S = {values[0]}"
    if cores is not None and int(cores) > 0:
        yield SPLIT.format(cores=cores)
    names = ("multicast_2d", "multicast_in0", "multicast_in1", "split")
    each = {name: f", S = {name}, not barred_scheme(S){conditions}" for name in names}
    yield SERVING + REACH.format(**each)


class NarrowStage(Stage):
    """The deciding program with domains cut by the pins. extra: further rules, such as atoms that must not
    hold.
    """

    def __init__(self, problem: Problem, name: str, window: str, high: int, extra: str = "") -> None:
        self._literals = tuple(literal for pin in problem.pins.pins for literal in pin.literals)
        self._extra = extra
        super().__init__(problem, name, window, high)

    def _load(self, problem: Problem, window: str) -> None:
        cuts = cuts_of(self._literals)
        for name in encodings.DECIDE:
            if name in CUT_FILES:
                self.control.add("base", [], cut_text(name, cuts))
            else:
                self.control.load(str(encodings.folder() / f"{name}.lp"))
        scale = MILLI * self.unit
        self.control.add("base", [], "{ hold(R) } :- requirement(R).\n" + "".join(_additions(self._literals)))
        self.control.add("base", [], f"max_depth({MAX_DEPTH}). scale({scale}). {window}\n" + self._extra)
        self.control.add("base", [], facts_of(problem.flow, problem.device) + problem.pins.program())
        for _, text in problem.options.rules:
            self.control.add("base", [], text)


MORE_STAGES = (("wide", "guess(300)."), ("wider", "guess(1000)."), ("open", f"known({CAP})."))
"""Searches over all sizes, in case the first looks see no plan."""
FIRST_LOOKS = tuple((name, window) for name, window in STAGES if "coarse" in window)


def best(problem: Problem, extra: str = "") -> Answer | None:
    """The best plan under the pins, proven, or None. extra: rules that the plan obeys as well.

    A program whose prices have no domain left cannot be grounded; then legality decides. Raises TimeLimit
    when time or conflicts of the problem's options run out, InputError for sizes out of range.
    """
    refuse_overflow(problem.flow)
    limit = problem.options.time_limit
    deadline = None if limit is None else time.monotonic() + limit
    efforts: list[Effort] = []
    for number, (name, window) in enumerate((*FIRST_LOOKS, *MORE_STAGES)):
        if number == 1 and not _legal(problem, extra):
            return None
        try:
            stage = NarrowStage(problem, name, window, CAP, extra)
        except RuntimeError:
            if number or _legal(problem, extra):
                raise
            return None
        found, finished, effort = stage.solve(deadline)
        efforts.append(effort)
        if found is not None:
            return _proof(problem, stage.low + found[1].get(TIME_LEVEL, 0), deadline, extra, efforts)
        if not finished:
            raise TimeLimit
    return None


def _legal(problem: Problem, extra: str) -> bool:
    """Whether any plan exists, whatever it costs (rules of the user aside)."""
    legality = Legality(problem, extra)
    return legality.possible(legality.requirements)


def _proof(problem: Problem, units: int, deadline: float | None, extra: str, efforts: list[Effort]) -> Answer:
    stage = NarrowStage(problem, "proof", f"known({units}).", units, extra)
    found, finished, effort = stage.solve(deadline)
    if found is None:
        if finished:
            raise InternalError("a known plan is lost when the window closes on it")
        raise TimeLimit
    bound = stage.low + found[1].get(TIME_LEVEL, 0)
    return Answer(found[0], found[1], stage.low, finished, bound, stage.unit, (*efforts, effort))
