"""Why a plan is as it is: each decision against its best alternatives, and what keeps a faster plan away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from clingo import Function, String, Symbol

from ttplan.cost import RESOURCES
from ttplan.errors import InputError
from ttplan.explain.alternatives import Alternatives
from ttplan.explain.decisions import changed_terms, decisions_of
from ttplan.explain.infeasible import member_of
from ttplan.explain.meanings import meaning
from ttplan.explain.questions import binding
from ttplan.explain.results import Alternative, Decision, Explanation, Holder, Member, Resource
from ttplan.explain.rulebook import derivation
from ttplan.explain.subjects import Subject
from ttplan.explain.variants import best, totals, with_layout, with_rules
from ttplan.explain.why_not import first_difference
from ttplan.facts.pin_words import FOLLOWS, FRIENDLY
from ttplan.kernel import Layout
from ttplan.plan import Plan
from ttplan.rules import own
from ttplan.rules.problem import Problem, TimeLimit
from ttplan.rules.search import narrowed

SEARCHED = ("dram_sharded",)
"""Rules without which much would be cheaper: what they cost is searched for, not asked of the window of a plan."""


def explain(problem: Problem, plan: Plan, decision: str | None = None) -> Explanation:
    """Explain a plan of a problem, or one of its decisions.

    Alternatives, exclusions and gains are found by solving. A decision may have any of the names that pins give it.
    Raises InputError for one the plan does not have, TimeLimit for a plan that is not proven best and when the
    problem's time or conflicts run out.
    """
    if plan.status != "optimal":
        raise TimeLimit(
            "the plan is not explained: within the limits of time and conflicts it is not proven best"
        )
    try:
        return _explanation(problem, plan, decision)
    except TimeLimit:
        raise TimeLimit(
            "the plan is not explained: the limits of time and conflicts are too narrow"
        ) from None


def _explanation(problem: Problem, plan: Plan, decision: str | None) -> Explanation:
    teller = _Teller(problem, plan)
    choices = teller.found.choices
    names = {subject.name: subject for subject in choices}
    follow = [name for name in decisions_of(plan) if name not in names]
    if decision is not None and decision not in names and decision not in follow:
        asked, decision = decision, _called(decision, (*names, *follow), plan)
        if decision is None:
            raise InputError("decision", "the plan has no such decision", asked, (*names, *follow))
    wanted = [subject for subject in choices if decision in (None, subject.name)]
    decisions = [teller.decision(subject) for subject in wanted]
    made = {subject.name: subject for subject in teller.found.followers}
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
        status="optimal",
        resources=tuple(one for one in resources if one.cycles),
        binds=plan.cost.binding,
        next_binds=others[0] if others else None,
        decisions=tuple(decisions),
        holders=teller.holders() if decision is None else None,
    )


def _called(asked: str, names: Sequence[str], plan: Plan) -> str | None:
    """The name here of a decision that pins call otherwise: per_core_M, in0_block_w, work_cores, in0.depth."""
    head, _, property = asked.partition(".")
    buffers = {stream.name: stream.buffer for stream in plan.streams}
    same = [name for name in names if name == f"{buffers.get(head, head)}.{property}"]
    predicate = _predicate(asked) or asked
    return next(iter((*same, *(name for name in names if _predicate(name) == predicate))), None)


def _predicate(name: str) -> str | None:
    """The predicate that says a decision of the whole plan."""
    return FRIENDLY[name].partition("(")[0] if name in FRIENDLY else None


class _Teller:
    """Tells of the decisions of one plan."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.asked, self.plan = problem, plan
        self.levels = own.levels(problem.options.rules)
        self.found = Alternatives(problem, plan)

    def decision(self, subject: Subject) -> Decision:
        """A decision with its best alternatives, or with what excludes any."""
        chosen = subject.value(self.found.answer)
        assert chosen is not None
        answers = self.found.of(subject)
        plans = [self.found.plan_of(answer) for answer in answers]
        pairs = zip(answers, plans, strict=True)
        alternatives = tuple(self.alternative(subject, subject.value(answer), plan) for answer, plan in pairs)
        conflict = () if alternatives else self.found.conflict()
        excluded = tuple(member_of(self.found.problem, item) for item in conflict)
        first = first_difference(self.plan, plans[0]) if plans else None
        return Decision(
            name=subject.name,
            value=subject.words(chosen),
            status="forced" if not alternatives else ("cost" if first else "tie"),
            buys=self.buys(subject, first, alternatives, excluded),
            alternatives=alternatives,
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
        causes = " and ".join(FOLLOWS.get(name, ()))
        buys = f"decided with {causes}:" if causes else "nothing is left to choose:"
        return told.model_copy(update={"buys": buys, "excluded": (only,)})

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

    def buys(
        self,
        subject: Subject,
        first: str | None,
        alternatives: Sequence[Alternative],
        excluded: tuple[Member, ...],
    ) -> str:
        """What the chosen value gains over the nearest alternative; without any, what the decision can be at all."""
        if excluded:
            return "no other value is possible because of"
        if not alternatives:
            return f"no other value is possible: {meaning(self.found.legality, subject.atoms[0][0])}"
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
        found, unit = self.found, self.found.problem.unit()
        held = [
            Holder(member=member_of(found.problem, member), gain=gain * unit)
            for member, gain in binding(narrowed(found.open, firm=True), found.units, found.dense).items()
        ]
        for member, problem in self.lifted():
            faster = best(problem.counted_in(unit))
            assert faster is not None
            if faster.time_units < found.units:
                gain = (found.units - faster.time_units) * unit
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
                yield member_of(self.found.problem, given), with_layout(asked, name, left, "free")
        required = self.found.requirements()
        for rule in (one for one in required if one.name in SEARCHED):
            if Function("layout", [rule.arguments[0], Function("dram_width")]) in self.found.answer.atoms:
                yield member_of(asked, rule), replace(asked, lifted=(rule.name,))
        if asked.extra:
            text = "only plans that TTNN can run"
            member = Member(kind="rule", name="--for ttnn", message=text, source="docs/ttnn.md")
            yield member, replace(asked, extra="")
        for rule in own.required(asked.options.rules, required):
            rules = own.without(asked.options.rules, rule)
            yield member_of(self.found.problem, rule), with_rules(asked, rules)
