"""What explanations say, as values: every answer is one of these documents, and text is made from them
alone.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ttplan.document import Document


class Member(Document):
    """One requirement of a conflict. kind: `rule` of the encodings, `layout` given by the kernel, or `pin` of
    the user.

    name: the rule, the buffer, or the pin in the user's words. message: what it demands, with numbers.
    source: where that comes from.
    """

    kind: Literal["rule", "layout", "pin"]
    name: str
    message: str
    source: str


class Occupant(Document):
    """One user of L1 or of a DRAM bank: a circular buffer or a resident buffer. role: stream or intermediate;
    bytes on the fullest core or bank.

    block_pages, depth: tiles of a block and blocks of a circular buffer, absent for a resident buffer.
    """

    kind: Literal["circular buffer", "resident buffer"]
    role: str
    buffer: str | None = None
    dtype: str
    block_pages: int | None = None
    depth: int | None = None
    bytes: int


class Need(Document):
    """The least memory that a plan with the kernel's layouts and some pins needs, against what there is. Bytes of a
    core's L1, or of one DRAM bank.

    pins: which, those of the conflict. capacity: the whole memory; base: below the first usable byte; reserved: by the
    kernel; available: what plans may use.
    """

    memory: Literal["L1", "DRAM"]
    pins: tuple[str, ...]
    occupants: tuple[Occupant, ...]
    needed: int
    available: int
    reserved: int
    base: int
    capacity: int

    @property
    def short(self) -> int:
        """Bytes that are missing."""
        return self.needed - self.available


class Totals(Document):
    """The criteria of the objective, in order. cycles: modelled time; bytes of DRAM traffic; L1 bytes of a
    core; cores.
    """

    cycles: int
    dram_bytes: int
    l1_bytes: int
    cores: int


class Relaxation(Document):
    """A change that makes the kernel solvable, verified by solving. decisions: what the best plan then
    chooses.
    """

    changes: tuple[str, ...]
    totals: Totals
    decisions: tuple[str, ...]


class Domain(Document):
    """What a decision can be at all, for a pin that demands something else. nearest: values as pins, nearest
    first.
    """

    meaning: str
    nearest: tuple[str, ...]


class Story(Document):
    """Why nothing satisfies the requirements. Without any member of `conflict` the others have a plan.

    domain: what the decision can be, when it is pinned to a value it cannot have. meanings: what several pinned
    decisions can be, when no rule but that stands between them.
    """

    schema_: Literal["ttplan.story/1"] = Field(default="ttplan.story/1", alias="schema")
    kernel: str
    device: str
    conflict: tuple[Member, ...]
    domain: Domain | None = None
    meanings: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    relaxations: tuple[Relaxation, ...]
    tried: int


class Change(Document):
    """A number before and after."""

    name: str
    before: int
    after: int

    @property
    def delta(self) -> int:
        """after - before."""
        return self.after - self.before


class Switch(Document):
    """A decision before and after, in words; None where it does not exist."""

    decision: str
    before: str | None = None
    after: str | None = None


class Comparison(Document):
    """Two plans: decisions that differ, cost terms that differ, totals. clocks_mhz: where cycles of the two are not as
    long.
    """

    schema_: Literal["ttplan.comparison/1"] = Field(default="ttplan.comparison/1", alias="schema")
    decisions: tuple[Switch, ...]
    terms: tuple[Change, ...]
    before: Totals
    after: Totals
    binding: tuple[str, str]
    clocks_mhz: tuple[int, int] | None = None


class WhyNot(Document):
    """Answer to `why not`: the best plan with the wish and what it costs, or why there is none.

    verdict: `chosen` the optimum has it; `tie` it costs the same and only the tie-break prefers another;
    `worse`; `impossible`; `no_plan` there is none even without the wish. first: the most important criterion that differs.
    """

    schema_: Literal["ttplan.why_not/1"] = Field(default="ttplan.why_not/1", alias="schema")
    wish: tuple[str, ...]
    verdict: Literal["chosen", "tie", "worse", "impossible", "no_plan"]
    first: str | None = None
    comparison: Comparison | None = None
    story: Story | None = None


class Alternative(Document):
    """Another value of a decision and the best plan with it. cycles, dram_bytes, l1_bytes, cores: change to
    the chosen plan.
    """

    value: str
    totals: Totals
    cycles: int
    dram_bytes: int
    l1_bytes: int
    cores: int
    binding: str
    gained: tuple[Change, ...]


class Decision(Document):
    """One decision of a plan. status: `forced` no rule-abiding plan has another value; `cost` others cost
    more; `tie` others cost the same on every criterion and the tie-break order chose; `follows` from other
    decisions.

    buys: the criterion that the nearest alternative loses on, in words. excluded: why there is no
    alternative.
    """

    name: str
    value: str
    status: Literal["forced", "cost", "tie", "follows"]
    buys: str
    alternatives: tuple[Alternative, ...] = ()
    excluded: tuple[Member, ...] = ()


class Resource(Document):
    """Something that works at the same time as the others; the one with most cycles binds."""

    name: str
    cycles: int


class Holder(Document):
    """A requirement that keeps the plan from being faster. gain: cycles saved without it alone, found by
    solving.

    A gain of 0 belongs to requirements that hold the plan back only together.
    """

    member: Member
    gain: int


class Explanation(Document):
    """Why a plan is as it is. binds, next_binds: resource terms in falling order of cycles.

    holders: absent when one decision was asked about.
    """

    schema_: Literal["ttplan.explanation/1"] = Field(default="ttplan.explanation/1", alias="schema")
    kernel: str
    device: str
    totals: Totals
    status: Literal["optimal"]
    resources: tuple[Resource, ...]
    binds: str
    next_binds: str | None
    decisions: tuple[Decision, ...]
    holders: tuple[Holder, ...] | None = None


class WhatIf(Document):
    """The best plan after changes of kernel or device, against the best plan before; or why there is none. first: the
    plan after, where there was none before.
    """

    schema_: Literal["ttplan.what_if/1"] = Field(default="ttplan.what_if/1", alias="schema")
    changes: tuple[str, ...]
    comparison: Comparison | None = None
    first: Relaxation | None = None
    story: Story | None = None
