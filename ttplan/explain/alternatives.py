"""The best plans in which a decision is another: from windows of the deciding program that are asked again and again,
from what is known of other decisions, or each from a search of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from clingo import Function, Number, Symbol

from ttplan.explain.legality import Legality
from ttplan.explain.subjects import Subject, followers, subjects
from ttplan.explain.variants import best, extra_pins, time_units
from ttplan.plan import Plan
from ttplan.rules.arithmetic import CAP
from ttplan.rules.assemble import assemble
from ttplan.rules.problem import TIME_LEVEL, Answer, Problem
from ttplan.rules.programs import Stage
from ttplan.rules.search import CROWDED, cut, narrowed

MOST = 2
"""Alternatives that are solved for each decision."""
WINDOWS = (1002, 1100, 1500, 3000)
"""Windows, in permille of the plan's time, that are asked before an alternative gets a search of its own."""
DENSE = 2**16
"""Tiles of an output that can be divided in more ways than any window looks at."""
BARRED = ("scheme", "layout")
"""What is looked at when a decision follows from it: few values, each of which cuts much."""
NEAR, SPARSE = 1100, 7000
"""Wider windows are worth it only where plans are sparse: most atoms of the window before."""
CLOSE = 1010
"""What is asked instead of the second window where the first has more than CROWDED atoms."""
SHORTLIST = 400
"""Divisions that a window decides about. Where plans are dense, wide windows would grow out of hand: one that has to
leave divisions out is the last.
"""


Steps = list[tuple[tuple[Symbol, ...], Answer]]
"""The value that was tried last, and the best plan with none that was tried, step by step."""


def criteria(answer: Answer) -> tuple[int, ...]:
    """What the objective compares an answer's plan by."""
    return answer.time_units, *(answer.costs.get(level, 0) for level in range(TIME_LEVEL - 1, 0, -1))


class Alternatives:
    """Finds alternatives to the decisions of a plan; holds the programs that are asked.

    answer: the plan as the deciding program says it. choices: the decisions that a choice made. dense: its output can
    be divided in more ways than windows look at.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.open = problem.counted_in(plan.cost.unit)
        self.problem = narrowed(self.open)
        self.units = time_units(plan)
        self.dense = problem.flow.output_tiles() >= DENSE
        free = [
            one.name for one in problem.flow.kernel.buffers if f'free("{one.name}").' in problem.pins.facts
        ]
        self.legality = Legality(self.open, self.open.obeyed(), everywhere=free, cores=True)
        self._windows: dict[int, Stage] = {}
        answer = self.window(WINDOWS[0]).best()
        assert answer is not None
        self.answer = answer
        self.choices = tuple(subjects(problem, answer))
        self.followers = tuple(followers(problem, answer))
        self._named = {subject.name: subject for subject in (*self.choices, *self.followers)}
        self._plans: dict[tuple[Symbol, ...], Plan] = {}
        self._names = 0
        self._steps: dict[str, Steps] = {}
        self._lacking: list[tuple[Symbol, bool]] = []
        self._farther: list[Stage] = []

    def requirements(self) -> tuple[Symbol, ...]:
        """What plans are required to obey."""
        return self.window(WINDOWS[0]).requirements

    def of(self, subject: Subject) -> tuple[Answer, ...]:
        """The best plans in which a decision has another value, and neither that one nor its first alternative's."""
        for cause in self.causes(subject):
            if cause.name not in self._steps:
                self.of(cause)
        chosen = subject.value(self.answer)
        assert chosen is not None
        tried = [chosen]
        steps = self._steps[subject.name] = []
        self._farther.clear()
        while len(steps) < MOST:
            other = self.other(subject, tried, steps[-1][1].time_units if steps else 0)
            if other is None:
                break
            steps.append((tried[-1], other))
            value = subject.value(other)
            if value is None:
                break
            tried.append(value)
        return tuple(answer for _, answer in steps)

    def conflict(self) -> tuple[Symbol, ...]:
        """Why there is no plan like the one asked for last: a layout or pin alone, or a minimal conflict."""
        stated = [item for item in self.legality.requirements if item.name in ("given_layout", "pin")]
        alone = next((item for item in stated if not self.legality.possible([item], self._lacking)), None)
        if alone is not None and self.legality.possible((), self._lacking):
            return (alone,)
        return self.legality.conflict(self._lacking) or ()

    def window(self, permille: int) -> Stage:
        """The plans that cost at most that many permille of this one."""
        if permille not in self._windows:
            units = min(self.units * permille // 1000, CAP)
            window = Stage(self.problem, "window", units, SHORTLIST)
            lost = permille == WINDOWS[0] and window.whole < self.units  # the plan itself may be left out
            self.dense |= permille == WINDOWS[0] and window.cut_short
            self._windows[permille] = Stage(self.problem, "window", units) if lost else window
        return self._windows[permille]

    def other(self, subject: Subject, tried: list[tuple[Symbol, ...]], least: int) -> Answer | None:
        """The best plan in which the decision has none of these values. least: cost units that it cannot beat."""
        lacking = [(value[0], False) for value in tried if len(value) == 1]
        program = ""
        for value in (value for value in tried if len(value) > 1):
            name = Function("value_of", [Number(self._names)])
            self._names += 1
            program += f"{name} :- {', '.join(map(str, value))}.\n"
            lacking.append((name, False))
        lacking += [(atom, True) for atom in subject.of]
        grounded = tuple(self._farther or self._windows.values())
        beyond = 0
        for window in grounded:
            if (found := self.within(window, program, lacking)) is not None:
                return found
            beyond = window.whole
        if not self.allowed(program, lacking):
            return None
        seen = (answer for steps in self._steps.values() for _, answer in steps)
        fitting = (one for one in seen if subject.follows and subject.value(one) not in (None, *tried))
        near = min(fitting, key=criteria, default=None)
        floors = []
        for floor in self.bounds(subject, lacking):
            if near is not None and criteria(near) <= criteria(floor):
                return near
            floors.append(floor)
        least = max([least, *(floor.time_units for floor in floors)])
        for window in (one for one in self.windows() if one not in grounded):
            if (found := self.within(window, program, lacking)) is not None:
                return found
            beyond = window.whole
        known = tried if subject.atoms[0][0] in cut() else []
        farther = replace(
            self.problem,
            beyond=max(beyond, least - 1),
            hint=near.time_units if near is not None else least,
            possible=True,
            unwanted=(*known, *((value,) for value in self.excluding(subject, lacking))),
        )
        extra = [f":- {', '.join(map(str, value))}.\n" for value in tried if value not in known]
        extra += [f":- not {atom}.\n" for atom in subject.of]
        self._farther.clear()
        return best(farther, "".join(extra), self._farther)

    def causes(self, subject: Subject) -> tuple[Subject, ...]:
        """The decisions that one is a function of; none for a choice."""
        return tuple(self._named[name] for name in subject.follows if name in self._named)

    def bounds(self, subject: Subject, lacking: Sequence[tuple[Symbol, bool]]) -> Iterator[Answer]:
        """Answers that no plan without a decision's values beats, where it follows from others: the best plan with
        another value of any of these, also of those values that go with another value of it, and the best without those
        that go with none.
        """
        causes = [(cause, self._steps[cause.name]) for cause in self.causes(subject)]
        causes = [(cause, steps) for cause, steps in causes if steps]
        if not causes:
            return
        yield min((steps[0][1] for _, steps in causes), key=criteria)
        yield min((self.fitting(cause, steps, lacking) for cause, steps in causes), key=criteria)
        for _, steps in causes:
            for value, answer in steps:
                if self.beside(lacking, value):
                    break
                yield answer

    def fitting(self, cause: Subject, steps: Steps, lacking: Sequence[tuple[Symbol, bool]]) -> Answer:
        """The first of a decision's alternatives with a value that some plan without these atoms has, else the last,
        which all further ones cost at least.
        """
        for _, answer in steps:
            value = cause.value(answer)
            if value is None or self.beside(lacking, value):
                return answer
        return steps[-1][1]

    def beside(self, lacking: Sequence[tuple[Symbol, bool]], value: tuple[Symbol, ...]) -> bool:
        """Whether rules and pins leave a plan without some atoms that has a value."""
        return self.lawful([*lacking, *((atom, True) for atom in value)])

    def excluding(self, subject: Subject, lacking: Sequence[tuple[Symbol, bool]]) -> Iterator[Symbol]:
        """Schemes and layouts without any plan that has none of a decision's values, where it follows from them."""
        for cause in self.causes(subject):
            yield from self.excluding(cause, lacking)
            predicate, key, arity = cause.atoms[0]
            if predicate in BARRED:
                for value in self.legality.domain(predicate, arity):
                    same = value.arguments[: len(key)] == list(key)
                    if same and not self.beside(lacking, (value,)):
                        yield value

    def within(self, window: Stage, program: str, lacking: list[tuple[Symbol, bool]]) -> Answer | None:
        """The best plan of a window without these atoms."""
        if program:
            window.define(program)
        return window.best(lacking)

    def windows(self) -> Iterator[Stage]:
        """The programs to ask for an alternative, narrow ones first; the last is that of the last search, which left
        out only what is left out now as well.
        """
        if self._farther:
            yield from self._farther
            return
        atoms = 0
        for permille in WINDOWS:
            if permille > NEAR and atoms > SPARSE:
                return
            crowded = permille == NEAR and atoms > CROWDED
            window = self.window(CLOSE if crowded else permille)
            yield window
            if window.cut_short or crowded:
                return
            atoms = len(window.control.symbolic_atoms)

    def allowed(self, program: str, lacking: list[tuple[Symbol, bool]]) -> bool:
        """Whether rules and pins leave any plan without these atoms, whatever it costs."""
        self._lacking = lacking
        if program:
            self.legality.define(program)
        return self.lawful(lacking)

    def lawful(self, atoms: Sequence[tuple[Symbol, bool]]) -> bool:
        """Whether rules and pins leave any plan that has or lacks these atoms."""
        return self.legality.possible(self.legality.requirements, atoms)

    def plan_of(self, answer: Answer) -> Plan:
        """The outline of an answer's plan; two decisions often share an alternative."""
        if answer.atoms not in self._plans:
            flow, device = self.problem.flow, self.problem.device
            self._plans[answer.atoms] = assemble(flow, device, answer, extra_pins(self.problem), outline=True)
        return self._plans[answer.atoms]
