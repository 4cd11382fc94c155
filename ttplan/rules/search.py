"""Solve one problem: estimate the optimum from a few divisions, then search a narrow window of costs around it.

Two groundings usually suffice. The sketch tries few sizes and decides nothing; it says where to look.
The deciding program leaves out whatever cannot reach the window; a plan inside the window is the best of all
plans, because all that could be better is in the window too. No plan in it: a wider window.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from clingo import Symbol

from ttplan.errors import InternalError
from ttplan.facts.build import matrix_tiles
from ttplan.facts.pin_words import choices_behind
from ttplan.formats import FORMATS
from ttplan.rules import encodings
from ttplan.rules.arithmetic import CAP
from ttplan.rules.problem import (
    TIME_LEVEL,
    Answer,
    Beyond,
    Effort,
    Infeasible,
    Problem,
    TimeLimit,
)
from ttplan.rules.programs import FIRST, Draft, Sketch, Stage

if TYPE_CHECKING:
    from ttplan.explain.legality import Legality


@dataclass(frozen=True)
class Guess:
    """Where the best plan may be, never part of a proof. units: cost units; percent: the sketch that saw it; more: what
    its other divisions are worth, in order.
    """

    units: int
    percent: int
    more: tuple[int, ...] = ()


SKETCHES = (FIRST, 250, 1000, 6400)
"""Windows of the first look, percent of a rough bound, until it finds a division."""
FAR_SKETCHES = (120, 500, 6400, 100_000)
"""The same where it is known what no plan stays within, percent of that."""
ODD, ODD_PINNED = 1000, 250
"""A first look that had to go so far says that something is in the way: is there any plan? With pins sooner."""
WINDOWS = ((1, 1005, 1150), (8, 1030, 1500), (64, 1150, 2500), (512, 1500, 5000))
"""Windows of the search. Each ends where the sketch sees so many divisions that are worth more than its best, at so many
permille of the estimate at least and at most. A plan inside a window is the best of all plans.
"""
SHORTLIST = 200
"""Divisions that a window decides about at first, those that promise most; a plan that costs no more than any other
division can is the best of all plans.
"""
MORE = 4
"""So many times as many are decided about when they do not settle it,"""
MOST_MORE = 16
"""or all that can beat the plan that was found, if these are at most so many times as many."""
AGAIN = 1100
"""Permille of a window: it ends at a known plan that costs no more than that."""
HINTED = (1004, 1150)
"""Windows around a hint, permille of it, before a sketch is made."""
CROWDED = 60_000
"""Atoms of a window that is not to be widened without a look."""


def search(problem: Problem, asked: list[Stage] | None = None) -> Answer:
    """The best plan of a problem. Raises Infeasible, Beyond, TimeLimit.

    asked: takes the program that the answer came from, for more questions.
    """
    limit = problem.options.time_limit
    deadline = None if limit is None else time.monotonic() + limit
    efforts: list[Effort] = []
    known: list[Answer] = []
    beyond, shortlist = problem.beyond, SHORTLIST
    try:
        problem = narrowed(problem)
        for name, high, settle in _windows(problem, known, efforts):
            while beyond < high:
                nearest = min((one.time_units for one in known), default=CAP)
                high = min(nearest if nearest <= high * AGAIN // 1000 else high, problem.most)
                answer, stage = _within(problem, name, high, shortlist, deadline, efforts)
                whole = stage.whole
                if answer is not None and not answer.proven:
                    return replace(answer, bound=max(answer.bound, beyond + 1))
                if answer is not None and answer.time_units <= whole:
                    if asked is not None:
                        asked.append(stage)
                    return answer
                if answer is not None:
                    known.append(answer)
                beyond = max(beyond, whole)
                if beyond >= problem.most:
                    raise Beyond
                if beyond < high:
                    every = stage.outlooks(min(one.time_units for one in known)) if known else CAP
                    shortlist *= MOST_MORE if every <= shortlist * MOST_MORE else MORE
                del stage  # before the next is grounded
                if not settle:
                    break
    except TimeLimit:
        if not known:
            raise
        best = min(known, key=lambda one: one.time_units)
        return replace(best, proven=False, bound=max(best.low, beyond + 1), efforts=tuple(efforts))
    raise Infeasible(_no_conflict, problem.pins.pins, tuple(efforts))  # nothing that can be counted is left


def _no_conflict() -> tuple[Symbol, ...]:
    raise InternalError("every plan costs more than can be counted, which is no conflict")


def counted(problem: Problem) -> Answer:
    """The best plan of a problem, counted in larger units where it costs more than the usual ones can count. Raises
    what search raises.
    """
    try:
        return search(problem)
    except Infeasible as error:
        coarser = problem.coarser()
        if coarser is None or not uncounted(problem, error):
            raise
        return counted(coarser)


def uncounted(problem: Problem, error: Infeasible) -> bool:
    """Whether a search found no plan though the rules without costs allow one: every plan costs more than can be
    counted. False where rules of the user's own may speak of costs.
    """
    if error.asked is not None:
        return False
    from ttplan.explain.legality import Legality
    from ttplan.rules import own

    if not own.only_shapes(problem.options.rules):
        return False
    if problem.possible:
        return True
    legality = Legality(problem, problem.obeyed())
    return legality.possible(legality.requirements)


def _windows(problem: Problem, known: list[Answer], efforts: list[Effort]) -> Iterator[tuple[str, int, bool]]:
    """Names and upper ends of the windows to search, narrow ones first, and whether each is to be settled.

    Before the third, or the first where the sketch looked far: has the sketch a plan, whatever it costs? If not, is
    there any? A draft that was solved has one. A kernel that no memory holds is asked about at once.
    """
    if _oversized(problem) and not problem.possible:
        refuse_impossible(problem, efforts)
    for permille in HINTED if problem.hint else ():
        if efforts and efforts[-1].atoms > CROWDED:
            break
        yield f"{permille / 10:g} % of a hint", min(problem.hint * permille // 1000, CAP), False
    guess = guess_of(problem, efforts)
    if guess is None and not problem.possible:
        refuse_impossible(problem, efforts)
    elif guess is not None:
        asked = problem.possible or problem.guided()
        odd = guess.percent >= (ODD_PINNED if problem.pins.pins else ODD)
        for tried, (others, least, most) in enumerate(WINDOWS):
            if (tried == 2 or odd) and not known and not asked:
                asked = True
                if not _possible(problem, guess, efforts):
                    refuse_impossible(problem, efforts)
            seen = guess.more[others - 1] * 1000 // guess.units if len(guess.more) >= others else most
            permille = min(max(seen, least), most)
            units = guess.units * permille // 1000 + 64 // problem.unit()
            yield f"{permille / 10:g} %", min(units, CAP), True
    yield "open", CAP, True


def _oversized(problem: Problem) -> bool:
    """Whether the parameters have more bytes than DRAM and L1 together."""
    flow, device = problem.flow, problem.device
    need = 0
    for buffer in flow.kernel.buffers:
        rows, columns = matrix_tiles(flow, buffer) if buffer.io is not None else (0, 0)
        need += rows * columns * FORMATS[buffer.dtype].tile_bytes
    return need > device.dram.banks * device.dram.bank_bytes + len(device.cores) * device.l1_usable


def refuse_impossible(
    problem: Problem, efforts: Sequence[Effort] = (), domains: Sequence[str] = ()
) -> Legality:
    """Ask the rules without costs. domains: those that more will be asked about. Raises Infeasible."""
    from ttplan.explain.legality import Legality

    legality = Legality(problem, problem.obeyed(), domains=domains)
    if not legality.possible(legality.requirements):
        raise Infeasible(lambda: legality.conflict() or (), problem.pins.pins, tuple(efforts), legality)
    return legality


@cache
def cut() -> frozenset[str]:
    """The decisions by whose values the encodings cut domains."""
    return frozenset(re.findall(r"fixed\((\w+)\(", encodings.text("pins")))


def narrowed(
    problem: Problem, firm: bool = False, known: Legality | None = None, held: Sequence[Symbol] = ()
) -> Problem:
    """The problem without the values that no plan has, whatever it costs, where rules of the user's own or
    pins that the encodings do not cut domains by exclude any. Raises Infeasible when there is no plan at all.

    firm: without those that the user's own rules exclude by themselves, so that everything else may be left out.
    known: a program in which the plans of this problem are those under the requirements held, if there is one.
    """
    rules = problem.options.rules
    pinned = {literal.partition("(")[0] for pin in problem.pins.pins for literal in pin.literals} - cut()
    loose = bool(pinned) and not firm
    if problem.narrow is not None or not (rules or loose):
        return problem
    from ttplan.explain.legality import DOMAINS, Legality
    from ttplan.rules import own

    shapes = rules if own.only_shapes(rules) else own.of_shapes(rules)
    if not shapes and not loose:
        return problem
    behind = frozenset[str]().union(*map(choices_behind, pinned))
    domains = sorted(DOMAINS if shapes or not behind <= set(DOMAINS) else {"scheme", *behind})
    if rules or known is None or sorted(known.domains) != domains:
        asked = replace(problem, options=replace(problem.options, rules=shapes))
        if firm or problem.possible:
            known = Legality(asked, asked.obeyed(), domains=domains)
        else:
            known = refuse_impossible(asked, domains=domains)
        held = own.required(shapes, known.requirements) if firm else known.requirements
    left = known.values(held)
    every = [value for name in known.domains for value in known.domain(name, DOMAINS[name])]
    return replace(problem, narrow=tuple(value for value in every if value not in left))


def guess_of(problem: Problem, efforts: list[Effort] | None = None) -> Guess | None:
    """The best of a few divisions; None without any."""
    look: type[Draft] | type[Sketch] = Draft if problem.guided() else Sketch
    for percent in FAR_SKETCHES if problem.beyond else SKETCHES:
        sketch = look(problem, percent)
        started = time.perf_counter()
        units = sketch.estimate()
        if efforts is not None:
            efforts.append(sketch.effort(time.perf_counter() - started))
        if units is not None:
            units = max(units, problem.beyond + 1)
            return Guess(units, percent, tuple(worth for worth in sketch.seen() if worth > units))
        if sketch.blind():
            break
    return None


def _possible(problem: Problem, guess: Guess, efforts: list[Effort]) -> bool:
    """Whether a division of the sketch behind a guess has a plan that satisfies every requirement."""
    draft = Draft(problem, guess.percent)
    started = time.perf_counter()
    possible = draft.possible()
    efforts.append(draft.effort(time.perf_counter() - started))
    return possible


def _within(
    problem: Problem,
    name: str,
    high: int,
    shortlist: int,
    deadline: float | None,
    efforts: list[Effort],
) -> tuple[Answer | None, Stage]:
    """(the best plan with at most so many cost units, or one above them, or None; the program that says so). Raises
    TimeLimit, Infeasible.
    """
    stage = Stage(problem, name, high, shortlist if high < CAP else None)
    best, finished, effort = stage.solve(deadline)
    efforts.append(effort)
    if best is not None and high == CAP and stage.low + best[1].get(TIME_LEVEL, 0) > CAP:
        best = None  # a price that is too large to be counted
    if best is None:
        if not finished:
            raise TimeLimit
        if high == CAP:
            from ttplan.rules.conflict import conflict

            loose = Stage(replace(problem, unfixed=True), name, high) if problem.options.rules else stage
            raise Infeasible(partial(conflict, loose), problem.pins.pins, tuple(efforts))
        return None, stage
    return _answer(stage, best, finished, efforts), stage


def _answer(
    stage: Stage, best: tuple[tuple[Symbol, ...], dict[int, int]], proven: bool, efforts: list[Effort]
) -> Answer:
    atoms, costs = best
    bound = stage.low + costs.get(TIME_LEVEL, 0) if proven else stage.low
    return Answer(atoms, costs, stage.low, proven, bound, stage.unit, tuple(efforts))
