"""Why a plan is as it is: each decision against its best alternatives, and what keeps a faster plan away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from clingo import Function, Number, String, Symbol

from ttplan.cost import RESOURCES
from ttplan.errors import InputError
from ttplan.explain.decisions import changed_terms, decisions_of
from ttplan.explain.infeasible import member_of
from ttplan.explain.legality import Legality
from ttplan.explain.meanings import meaning
from ttplan.explain.questions import binding
from ttplan.explain.results import Alternative, Decision, Explanation, Holder, Member, Resource
from ttplan.explain.rulebook import derivation
from ttplan.explain.subjects import Subject, followers, subjects
from ttplan.explain.variants import best, extra_pins, time_units, totals, with_layout, with_rules
from ttplan.explain.why_not import first_difference
from ttplan.facts.pin_words import FRIENDLY
from ttplan.kernel import Layout
from ttplan.plan import Plan
from ttplan.rules import own
from ttplan.rules.arithmetic import CAP
from ttplan.rules.assemble import assemble
from ttplan.rules.problem import Answer, Problem
from ttplan.rules.programs import Stage
from ttplan.rules.search import narrowed

ALTERNATIVES = 2
"""Alternatives that are solved for each decision."""
WINDOWS = (1002, 1100, 1500, 3000)
"""Windows, in permille of the plan's time, that are asked before an alternative gets a search of its own."""
DENSE = 2**16
"""Tiles of an output that can be divided in more ways than any window looks at."""
SEARCHED = ("dram_sharded",)
"""Rules without which much would be cheaper: what they cost is searched for, not asked of the window of a plan."""
DRAM_WIDTH = Function("dram_width")
BARRED = ("scheme", "layout")
"""What is looked at when a decision follows from it: few values, each of which cuts much."""
NEAR, SPARSE = 1100, 7000
"""Wider windows are worth it only where plans are sparse: most atoms of the window before."""
SHORTLIST = 400
"""Divisions that a window decides about. Where plans are dense, wide windows would grow out of hand: one that has to
leave divisions out is the last.
"""


def explain(problem: Problem, plan: Plan, decision: str | None = None) -> Explanation:
    """Explain a plan of a problem, or one of its decisions.

    Alternatives, exclusions and gains are found by solving. A decision may have any of the names that pins give it.
    Raises InputError for one the plan does not have.
    """
    teller = _Teller(problem, plan)
    names = {subject.name: subject for subject in teller.subjects}
    follow = [name for name in decisions_of(plan) if name not in names]
    if decision is not None and decision not in names and decision not in follow:
        same = (
            name
            for name in (*names, *follow)
            if name in FRIENDLY and FRIENDLY[name] == FRIENDLY.get(decision)
        )
        asked, decision = decision, next(same, None)
        if decision is None:
            raise InputError("decision", "the plan has no such decision", asked, (*names, *follow))
    wanted = [subject for subject in teller.subjects if decision in (None, subject.name)]
    decisions = [teller.decision(subject) for subject in wanted]
    made = {subject.name: subject for subject in followers(problem, teller.answer)}
    values = decisions_of(plan)
    for name in follow:
        if decision in (None, name):
            decisions.append(teller.following(name, values[name], made.get(name)))
    resources = sorted(
        (Resource(name=term.name, cycles=term.cycles) for term in plan.cost.terms if term.name in RESOURCES),
        key=lambda one: (-one.cycles, RESOURCES.index(one.name)),
    )
    others = [one.name for one in resources if one.name != plan.cost.binding and one.cycles]
    return Explanation(
        kernel=plan.kernel.name,
        device=plan.device.name,
        totals=totals(plan),
        status=plan.status,
        resources=tuple(one for one in resources if one.cycles),
        binds=plan.cost.binding,
        next_binds=others[0] if others else None,
        decisions=tuple(decisions),
        holders=teller.holders() if decision is None else None,
    )


def tiles(problem: Problem) -> int:
    """Tiles of the output."""
    flow = problem.flow
    (out,) = (buffer.name for buffer in flow.kernel.buffers if buffer.io == "out")
    return flow.matrices(out) * flow.tiles(flow.dims[out][-2]) * flow.tiles(flow.dims[out][-1])


class _Teller:
    """Holds the programs that one explanation asks."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.asked, self.plan = problem, plan
        self.open = problem.counted_in(plan.cost.unit)
        self.problem = problem = narrowed(self.open)
        self.units = time_units(plan)
        self._windows: dict[int, Stage] = {}
        self.dense = tiles(problem) >= DENSE
        self._plans: dict[tuple[Symbol, ...], Plan] = {}
        free = [
            one.name for one in problem.flow.kernel.buffers if f'free("{one.name}").' in problem.pins.facts
        ]
        self.legality = Legality(self.open, self.open.obeyed(), everywhere=free, cores=True)
        answer = self.window(WINDOWS[0]).best()
        assert answer is not None
        self.answer = answer
        self.subjects = tuple(subjects(problem, answer))
        self._known = 0
        self._steps: dict[str, list[tuple[tuple[Symbol, ...], Answer]]] = {}
        self.levels = own.levels(problem.options.rules)
        self._lacking: list[tuple[Symbol, bool]] = []
        self._farther: list[Stage] = []

    def window(self, permille: int) -> Stage:
        """The plans that cost at most that many permille of this one."""
        if permille not in self._windows:
            units = min(self.units * permille // 1000, CAP)
            window = Stage(self.problem, "window", units, SHORTLIST)
            lost = permille == WINDOWS[0] and window.whole < self.units  # the plan itself may be left out
            self.dense |= permille == WINDOWS[0] and window.cut_short
            self._windows[permille] = Stage(self.problem, "window", units) if lost else window
        return self._windows[permille]

    def decision(self, subject: Subject) -> Decision:
        """A decision with its best alternatives, or with what excludes any."""
        for cause in self.subjects:
            if cause.name in subject.follows and cause.name not in self._steps:
                self.decision(cause)
        chosen = subject.value(self.answer)
        assert chosen is not None
        tried = [chosen]
        alternatives: list[Alternative] = []
        first: str | None = None
        least = 0
        self._farther.clear()
        steps = self._steps[subject.name] = []
        for _ in range(ALTERNATIVES):
            other = self.other(subject, tried, least)
            if other is None:
                break
            least = other.time_units
            steps.append((tried[-1], other))
            plan = self.plan_of(other)
            value = subject.value(other)
            if value is not None:
                tried.append(value)
            if not alternatives:
                first = first_difference(self.plan, plan)
            alternatives.append(self.alternative(subject, value, plan))
            if value is None:
                break
        excluded: tuple[Member, ...] = ()
        if not alternatives:
            excluded = self.excluded()
        return Decision(
            name=subject.name,
            value=subject.words(chosen),
            status="forced" if not alternatives else ("cost" if first else "tie"),
            buys=self.buys(first, alternatives, excluded, meaning(self.legality, subject.atoms[0][0])),
            alternatives=tuple(alternatives),
            excluded=excluded,
        )

    def following(self, name: str, value: str, subject: Subject | None) -> Decision:
        """A decision that follows from others: from what, and what others would make of it, or what excludes that."""
        rule = derivation(name)
        told = Decision(name=name, value=value, status="follows", buys=rule.message)
        if subject is not None:
            found = self.decision(subject)
            told = told.model_copy(update={"alternatives": found.alternatives, "excluded": found.excluded})
        if told.alternatives or told.excluded:
            return told
        only = Member(kind="rule", name=rule.name, message=rule.message, source=rule.source)
        return told.model_copy(update={"buys": "nothing is left to choose:", "excluded": (only,)})

    def other(self, subject: Subject, tried: list[tuple[Symbol, ...]], least: int) -> Answer | None:
        """The best plan in which the decision has none of these values. least: cost units that it cannot beat."""
        lacking = [(value[0], False) for value in tried if len(value) == 1]
        program = ""
        for value in (value for value in tried if len(value) > 1):
            name = Function("value_of", [Number(self._known)])
            self._known += 1
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
        floors = list(self.bounds(subject, lacking))
        seen = (answer for steps in self._steps.values() for _, answer in steps)
        fitting = (one for one in seen if subject.follows and subject.value(one) not in (None, *tried))
        near = min(fitting, key=self.rank, default=None)
        if near is not None and any(self.rank(near) <= self.rank(floor) for floor in floors):
            return near
        least = max([least, *(floor.time_units for floor in floors)])
        for window in (one for one in self.windows() if one not in grounded):
            if (found := self.within(window, program, lacking)) is not None:
                return found
            beyond = window.whole
        known = [value for value in tried if not subject.follows and len(value) == 1]
        farther = replace(
            self.problem,
            beyond=max(beyond, least - 1),
            hint=near.time_units if near is not None else least,
            possible=True,
            unwanted=(*(value[0] for value in known), *self.excluding(subject, lacking)),
        )
        extra = [f":- {', '.join(map(str, value))}.\n" for value in tried if value not in known]
        extra += [f":- not {atom}.\n" for atom in subject.of]
        self._farther.clear()
        return best(farther, "".join(extra), self._farther)

    def bounds(self, subject: Subject, lacking: Sequence[tuple[Symbol, bool]]) -> Iterator[Answer]:
        """Answers that no plan without a decision's values beats, where it follows from others: the best plan with
        another value of any of these, and the best without those that go with no other value of it.
        """
        causes = [self._steps[name] for name in subject.follows if self._steps.get(name)]
        if causes:
            yield min((steps[0][1] for steps in causes), key=self.rank)
        for steps in causes:
            for value, answer in steps:
                if self.lawful([*lacking, *((atom, True) for atom in value)]):
                    break
                yield answer

    def rank(self, answer: Answer) -> tuple[int, ...]:
        """The criteria of an answer's plan, in order."""
        return tuple(totals(self.plan_of(answer)).model_dump().values())

    def excluding(self, subject: Subject, lacking: Sequence[tuple[Symbol, bool]]) -> Iterator[Symbol]:
        """Schemes and layouts without any plan that has none of a decision's values, where it follows from them."""
        for cause in self.subjects:
            predicate, key, arity = cause.atoms[0]
            if cause.name in subject.follows and predicate in BARRED:
                for value in self.legality.domain(predicate, arity):
                    same = value.arguments[: len(key)] == list(key)
                    if same and not self.lawful([*lacking, (value, True)]):
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
            window = self.window(permille)
            yield window
            if window.cut_short:
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

    def alternative(self, subject: Subject, value: tuple[Symbol, ...] | None, plan: Plan) -> Alternative:
        """A plan with another value, against the chosen one."""
        old, new = totals(self.plan), totals(plan)
        return Alternative(
            value="none" if value is None else subject.words(value),
            totals=new,
            cycles=new.cycles - old.cycles,
            dram_bytes=new.dram_bytes - old.dram_bytes,
            l1_bytes=new.l1_bytes - old.l1_bytes,
            cores=new.cores - old.cores,
            binding=plan.cost.binding,
            gained=changed_terms(self.plan, plan),
        )

    def excluded(self) -> tuple[Member, ...]:
        """The minimal conflict of having any other value than those tried last."""
        stated = [item for item in self.legality.requirements if item.name in ("given_layout", "pin")]
        alone = next((item for item in stated if not self.legality.possible([item], self._lacking)), None)
        if alone is not None and self.legality.possible((), self._lacking):
            return (member_of(self.problem, alone),)
        found = self.legality.conflict(self._lacking) or ()
        return tuple(member_of(self.problem, item) for item in found)

    def buys(
        self, first: str | None, alternatives: list[Alternative], excluded: tuple[Member, ...], what: str
    ) -> str:
        """What the chosen value gains over the nearest alternative. what: the decision can be at all."""
        if not alternatives:
            return f"no other value is possible{' because of' if excluded else f': {what}'}"
        near = alternatives[0]
        if first is None:
            mine = (
                "the preferences of level 0 choose among equal plans, then"
                if 0 in self.levels
                else "of equal plans"
            )
            return (
                f"{near.value} costs the same; {mine} the first in the order of docs/architecture.md is taken"
            )
        saved = {
            "modelled time": f"{near.cycles} cycles",
            "DRAM bytes moved": f"{near.dram_bytes} bytes of DRAM traffic at the same time",
            "L1 bytes on the fullest core": f"{near.l1_bytes} bytes of L1 at the same time and traffic",
            "cores": f"{near.cores} cores at the same time, traffic and L1",
        }
        return f"saves {saved[first]} against {near.value}, the next best"

    def holders(self) -> tuple[Holder, ...]:
        """The requirements that together exclude a cheaper plan, each with what it alone costs, and what is lifted in a
        search of its own.
        """
        unit = self.problem.unit()
        held = [
            Holder(member=member_of(self.problem, member), gain=gain * unit)
            for member, gain in binding(narrowed(self.open, firm=True), self.units, self.dense).items()
        ]
        for member, problem in self.lifted():
            faster = best(problem.counted_in(unit))
            assert faster is not None
            if faster.time_units < self.units:
                gain = (self.units - faster.time_units) * unit
                held.append(Holder(member=member, gain=gain))
        return tuple(sorted(held, key=lambda one: (-one.gain, one.member.name)))

    def lifted(self) -> Iterator[tuple[Member, Problem]]:
        """Layouts that the kernel gives, a core for each DRAM bank, the library that is to run the plan, and rules of
        the user's own: each with the problem without it.
        """
        asked = self.asked
        for name, entry in asked.flow.kernel.layout.items():
            if (entry.memory, entry.layout, entry.nd_shard) != (None, None, None):
                given = Function("given_layout", [String(name)])
                left = None if entry.cb_depth is None else Layout(cb_depth=entry.cb_depth)
                yield member_of(self.problem, given), with_layout(asked, name, left, "free")
        for rule in self.window(WINDOWS[0]).requirements:
            if (
                rule.name in SEARCHED
                and Function("layout", [rule.arguments[0], DRAM_WIDTH]) in self.answer.atoms
            ):
                yield member_of(asked, rule), replace(asked, lifted=(rule.name,))
        if asked.extra:
            text = "only plans that TTNN can run"
            member = Member(kind="rule", name="--for ttnn", message=text, source="docs/ttnn.md")
            yield member, replace(asked, extra="")
        requirements = self.window(WINDOWS[0]).requirements
        for rule in own.required(self.problem.options.rules, requirements):
            rules = own.without(asked.options.rules, rule)
            yield member_of(self.problem, rule), with_rules(asked, rules)
