"""The modelled time and the other objective levels, recomputed from the plan's decisions."""

from __future__ import annotations

from collections.abc import Iterator

from ttplan.check.finding import Finding, finding
from ttplan.check.prices import (
    RESOURCES,
    Prices,
    compute,
    dram_bytes,
    dram_time,
    fill,
    moves,
    stream_time,
    write_back,
)
from ttplan.check.subject import Subject, repeated


def modelled_terms(subject: Subject, unit: int = 1) -> dict[str, int]:
    """Every term of docs/cost_model.md in units of so many cycles; terms that do not apply are 0."""
    plan, prices = subject.plan, Prices(subject, unit)
    total = compute(prices)
    streams = {stream.name: stream_time(prices, stream) for stream in plan.streams}
    terms = {"startup": prices.whole(1000 * plan.device.calibration.startup), "compute": total}
    for processor in ("riscv_0", "riscv_1"):
        terms[processor] = sum(
            streams[stream.name] for stream in plan.streams if stream.processor == processor
        )
    terms["dram"] = dram_time(prices)
    for name in ("in0", "in1"):
        cb, moving = subject.cbs.get(name), subject.movement(name) not in (None, "local")
        turns = moving and cb is not None and cb.depth == 1 and prices.rounds * plan.blocking.k_blocks > 1
        terms[f"alternate_{name}"] = total + streams[name] if turns else 0
    terms["fill"] = fill(prices)
    terms["stall"], terms["tail"] = write_back(prices)
    terms.update(moves(prices))
    terms["resources"] = max(terms[name] for name in RESOURCES)
    return terms


def check_cost(subject: Subject) -> Iterator[Finding]:
    """Terms, total, binding resource, bound and lower objective levels of the plan's cost.

    A plan without exactly the kernel's streams has no modelled time; that is a finding of its own.
    """
    plan, cost = subject.plan, subject.plan.cost
    if [stream.name for stream in plan.streams] != list(subject.meaning.operands):
        return
    terms, units = modelled_terms(subject), modelled_terms(subject, cost.unit)
    for name in repeated(term.name for term in cost.terms):
        yield finding("cost_term", "cost.terms", f"{name} is listed twice")
    for index, term in enumerate(cost.terms):
        place = f"cost.terms[{index}]"
        if term.name not in terms:
            yield finding(
                "cost_term", f"{place}.name", f"{term.name} is no term of the model: {', '.join(terms)}"
            )
        elif term.cycles != terms[term.name]:
            yield finding(
                "cost_term", f"{place}.cycles", f"{term.name} is {term.cycles}, recomputed {terms[term.name]}"
            )
        elif term.units != units[term.name]:
            text = f"{term.name} is {term.units} units of {cost.unit} cycles, recomputed {units[term.name]}"
            yield finding("cost_term", f"{place}.units", text)
    listed = {term.name for term in cost.terms}
    if missing := [
        name for name, cycles in terms.items() if cycles and name not in listed and name != "resources"
    ]:
        yield finding("cost_term", "cost.terms", f"not listed: {', '.join(missing)}")
    for name, found, table in (("cycles", cost.cycles, terms), ("units", cost.units, units)):
        total = sum(value for term, value in table.items() if term not in RESOURCES)
        if found != total:
            yield finding("cost_total", f"cost.{name}", f"found {found}, the terms add up to {total}")
    if terms.get(cost.binding) != terms["resources"] or cost.binding not in RESOURCES:
        binding = [name for name in RESOURCES if terms[name] == terms["resources"]]
        yield finding(
            "cost_binding", "cost.binding", f"found {cost.binding}, {' and '.join(binding)} takes longest"
        )
    if cost.lower_bound > cost.units or (plan.status == "optimal" and cost.lower_bound != cost.units):
        text = f"found {cost.lower_bound}, the plan is {plan.status} with {cost.units}"
        yield finding("cost_bound", "cost.lower_bound", text)
    yield from _levels(subject)


def _levels(subject: Subject) -> Iterator[Finding]:
    plan = subject.plan
    expected = {
        "dram_bytes": dram_bytes(Prices(subject)),
        "l1_bytes": plan.l1.circular_buffers + plan.l1.buffers,
        "cores": len(plan.partition.cores),
    }
    for name, value in expected.items():
        if getattr(plan.cost, name) != value:
            yield finding(
                "cost_levels", f"cost.{name}", f"found {getattr(plan.cost, name)}, recomputed {value}"
            )
