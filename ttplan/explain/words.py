"""Explanations as text for people. Everything said here stands in the result; nothing is worked out while
writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from ttplan.explain.results import (
    Comparison,
    Decision,
    Explanation,
    Member,
    Need,
    Relaxation,
    Story,
    Totals,
    WhatIf,
    WhyNot,
)
from ttplan.facts.build import L1_UNIT


def columns(rows: Sequence[Sequence[str]], indent: int = 2, right: Iterable[int] = ()) -> list[str]:
    """Rows as aligned lines."""
    if not rows:
        return []
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    ends = set(right)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in ends else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    return lines


def signed(value: int) -> str:
    """`+12`, `-3`, `0`."""
    return f"{value:+d}" if value else "0"


@singledispatch
def lines(result: object) -> list[str]:
    """Lines of text of a result."""
    raise TypeError(type(result).__name__)


def text(result: object) -> str:
    """A result as text, with a final newline."""
    return "\n".join(lines(result)) + "\n"


@lines.register
def _story(story: Story) -> list[str]:
    return [f"no plan for {story.kernel} on {story.device}", *_conflict(story)]


def _conflict(story: Story) -> list[str]:
    count = len(story.conflict)
    if not count:
        found = ["no requirement excludes a plan, but no decision of the encodings gives one"]
    elif count == 1:
        found = ["this alone cannot be satisfied:"]
    else:
        found = [
            f"these {count} requirements exclude each other; without any one of them the others have a plan:"
        ]
    found += [line for index, member in enumerate(story.conflict, 1) for line in _member(index, member)]
    if story.domain is not None:
        found += [f"       {story.domain.meaning}"]
        found += [f"       nearest: {', '.join(story.domain.nearest) or 'none'}"]
    found += [f"       {meaning}" for meaning in story.meanings]
    for need in story.needs:
        found += ["", *_need(need)]
    found += [""]
    if story.relaxations:
        found += ["what makes a plan possible, each solved, fastest first:"]
        found += [line for relaxation in story.relaxations for line in _relaxation(relaxation)]
    elif story.tried:
        found += [f"none of {story.tried} changes tried makes a plan possible"]
    else:
        found += ["no change of pins, layouts, formats or reserved L1 makes a plan possible"]
    return found


def _member(index: int, member: Member) -> list[str]:
    if member.kind == "pin":
        return [f"  {index}. pin: {member.name.removeprefix('--pin ')}   ({member.source})"]
    if member.kind == "layout":
        return [f"  {index}. layout: {member.message}   ({member.source})"]
    return [f"  {index}. rule {member.name}: {member.message}", f"       source: {member.source}"]


def _need(need: Need) -> list[str]:
    rows = [("", "", "format", "tiles", "depth", "bytes")]
    for one in need.occupants:
        tiles = "-" if one.block_pages is None else str(one.block_pages)
        depth = "-" if one.depth is None else str(one.depth)
        name = f"{one.role} ({one.buffer})" if one.buffer and one.buffer != one.role else one.role
        rows.append((one.kind, name, one.dtype, tiles, depth, str(one.bytes)))
    reserved = f", {need.reserved} reserved by the kernel" if need.reserved else ""
    place = "on a core" if need.memory == "L1" else "on a bank"
    with_pins = f" and {' and '.join(need.pins)}" if need.pins else ""
    plans = f"a plan with the kernel's layouts{with_pins}"
    if need.short > 0:
        head = f"{need.memory} is short by {need.short} bytes. The least that {plans} needs {place}:"
    else:
        head = f"The least {need.memory} that {plans} needs {place}:"
    below = f"{need.base} below the first usable byte"
    rest = need.capacity - need.base - need.reserved - need.available
    reserved += f", {rest} left over, which no unit of {L1_UNIT} fits in" if rest > 0 else ""
    return [
        head,
        *columns(rows, right=(3, 4, 5)),
        f"  needed {need.needed}, available {need.available} of {need.capacity} ({below}{reserved})",
    ]


def _totals(totals: Totals) -> str:
    return f"{totals.cycles} cycles, {totals.dram_bytes} B DRAM, {totals.l1_bytes} B L1, {totals.cores} cores"


def _relaxation(relaxation: Relaxation) -> list[str]:
    return [
        f"  {' and '.join(relaxation.changes)}: {_totals(relaxation.totals)}",
        f"      then {', '.join(relaxation.decisions)}",
    ]


@lines.register
def _comparison(comparison: Comparison) -> list[str]:
    before, after = comparison.before, comparison.after
    rows = [("", "before", "after", "change")]
    for name, label in (
        ("cycles", "modelled cycles"),
        ("dram_bytes", "DRAM bytes"),
        ("l1_bytes", "L1 bytes"),
        ("cores", "cores"),
    ):
        old, new = getattr(before, name), getattr(after, name)
        rows.append((label, str(old), str(new), signed(new - old)))
    if comparison.clocks_mhz is not None:
        first, second = comparison.clocks_mhz
        old, new = 1000 * before.cycles // first, 1000 * after.cycles // second
        rows.insert(2, ("nanoseconds", str(old), str(new), signed(new - old)))
    found = columns(rows, right=(1, 2, 3))
    if comparison.terms:
        terms = [("term", "before", "after", "change")]
        terms += [(one.name, str(one.before), str(one.after), signed(one.delta)) for one in comparison.terms]
        found += ["", *columns(terms, right=(1, 2, 3))]
        old, new = comparison.binding
        found += [f"  {old} binds" + (" in both" if old == new else f" before, {new} after")]
    if comparison.decisions:
        switches = [("decision", "before", "after")]
        shown = [one for one in comparison.decisions if not one.decision.startswith(("arguments of", "cb "))]
        switches += [(one.decision, one.before or "-", one.after or "-") for one in shown]
        found += ["", *columns(switches)] if shown else [""]
        hidden = len(comparison.decisions) - len(shown)
        if hidden:
            found += [
                f"  {'and' if shown else 'only'} {hidden} circular buffers and argument lists that follow"
            ]
    else:
        found += ["", "  no decision differs"]
    return found


@lines.register
def _why_not(answer: WhyNot) -> list[str]:
    wish = " and ".join(answer.wish)
    if answer.story is not None:
        head = "impossible" if answer.verdict == "impossible" else "there is no plan even without it"
        return [f"why not {wish}: {head}", *_conflict(answer.story)]
    assert answer.comparison is not None
    if answer.verdict == "chosen":
        return [f"why not {wish}: the best plan has it"]
    if answer.verdict == "tie":
        head = f"why not {wish}: it costs the same on every criterion; only the order of equal plans chose otherwise"
    else:
        change = answer.comparison.after.cycles - answer.comparison.before.cycles
        percent = 100 * change / answer.comparison.before.cycles
        more = f" ({signed(change)} cycles, {percent:+.1f} %)" if change else ""
        head = f"why not {wish}: the best plan with it is worse in {answer.first}{more}"
    return [head, *_comparison(answer.comparison)]


@lines.register
def _what_if(answer: WhatIf) -> list[str]:
    head = f"what if {', '.join(answer.changes)}"
    if answer.story is not None:
        return [f"{head}: no plan", *_conflict(answer.story)]
    if answer.first is not None:
        return [f"{head}: there is a plan, where there was none", *_relaxation(answer.first)]
    assert answer.comparison is not None
    return [head, *_comparison(answer.comparison)]


STATUS = {
    "forced": "forced",
    "cost": "chosen for its cost",
    "tie": "tie, settled by the order of equal plans",
    "follows": "follows from the other decisions",
}


FREEDOM = {
    "forced": "forced in every plan",
    "cost": "the same in every best plan",
    "tie": "free: best plans have other values, too, and the order of equal plans chose",
}
"""What a status says of all best plans."""


@lines.register
def _explanation(found: Explanation) -> list[str]:
    proof = "proven optimal" if found.status == "optimal" else "best found"
    text = [f"{found.kernel} on {found.device}: {_totals(found.totals)}, {proof}"]
    most = max((one.cycles for one in found.resources), default=1)
    rows = [(one.name, str(one.cycles), f"{100 * one.cycles // max(most, 1)} %") for one in found.resources]
    text += [
        "",
        "resources that work at the same time (cycles, share of the largest):",
        *columns(rows, right=(1, 2)),
    ]
    text += [f"  {found.binds} binds" + (f", then {found.next_binds}" if found.next_binds else "")]
    for decision in found.decisions:
        text += ["", *_decision(decision)]
    if found.holders is None:
        return text
    text += ["", "which decisions could be others:"]
    for status, words in FREEDOM.items():
        names = [one.name for one in found.decisions if one.status == status]
        text += [f"  {words}: {', '.join(names)}"] if names else []
    text += [
        "",
        "what holds the plan back (what a plan without it alone saves; L1 is lifted to twice as much, DST to any subblock):",
    ]
    if not found.holders:
        text += ["  no rule, no pin and no layout that the kernel states, only the prices of the device"]
    for index, holder in enumerate(found.holders, 1):
        text += [
            f"{line}: saves {holder.gain} cycles" if not row else line
            for row, line in enumerate(_member(index, holder.member))
        ]
    return text


def _decision(decision: Decision) -> list[str]:
    text = [f"{decision.name} = {decision.value}   ({STATUS[decision.status]})"]
    if decision.buys:
        text += [f"  {decision.buys}"]
    for one in decision.alternatives:
        gains = ", ".join(f"{term.name} {signed(term.delta)}" for term in one.gained)
        text += [
            f"  {one.value}: {signed(one.cycles)} cycles, {signed(one.dram_bytes)} B DRAM, {signed(one.l1_bytes)} B L1,"
            f" {signed(one.cores)} cores; {one.binding} binds" + (f" ({gains})" if gains else "")
        ]
    for index, member in enumerate(decision.excluded, 1):
        text += _member(index, member)
    return text
