"""Argument tables: what a kernel uses and nothing else, in the fixed order, right on every core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttplan.check.expected_args import (
    PAGED,
    PER_CORE_ONLY,
    compile_arguments,
    runtime_arguments,
    runtime_value,
)
from ttplan.check.finding import Finding, finding
from ttplan.check.subject import Subject, core_text, repeated
from ttplan.plan import KernelPlan, RuntimeArg


def check_arguments(subject: Subject) -> Iterator[Finding]:
    """Compile-time, common and per-core arguments and accessors of every kernel."""
    for index, kernel in enumerate(subject.plan.kernels):
        place = f"kernels[{index}]"
        yield from _compile(subject, kernel, place)
        yield from _accessors(subject, kernel, place)
        yield from _lists(subject, kernel, place)
        yield from _common(kernel, place)
        yield from _rows(subject, kernel, place)
        words = len(kernel.common_args) + len(kernel.runtime_args)
        if words > subject.plan.device.limits.runtime_args:
            text = (
                f"{words} words of runtime arguments, the limit is {subject.plan.device.limits.runtime_args}"
            )
            yield finding("argument_limit", place, text)


def _compile(subject: Subject, kernel: KernelPlan, place: str) -> Iterator[Finding]:
    allowed = {argument.name: argument for argument in compile_arguments(subject, kernel)}
    found = [argument.name for argument in kernel.compile_args]
    for name in repeated(found):
        yield finding("compile_argument", f"{place}.compile_args", f"{name} is listed twice")
    for number, argument in enumerate(kernel.compile_args):
        known = allowed.get(argument.name)
        if known is None:
            text = f"{kernel.name} does not use {argument.name}; it uses {', '.join(allowed)}"
            yield finding("compile_argument", f"{place}.compile_args[{number}].name", text)
        elif known.value is not None and argument.value != known.value:
            text = f"{argument.name} is {argument.value}, the plan says {known.value}"
            yield finding("compile_argument", f"{place}.compile_args[{number}].value", text)
    for name, expected in allowed.items():
        if expected.needed and name not in found:
            yield finding("compile_argument", f"{place}.compile_args", f"{kernel.name} needs {name}")


def _accessors(subject: Subject, kernel: KernelPlan, place: str) -> Iterator[Finding]:
    buffers = {stream.name: stream.buffer for stream in subject.plan.streams}
    expected = tuple(
        dict.fromkeys(buffers.get(role.stream, "") for role in kernel.roles if role.part in PAGED)
    )
    if kernel.accessors != expected:
        text = f"found {list(kernel.accessors)}, {kernel.name} walks the pages of {list(expected)}"
        yield finding("accessor", f"{place}.accessors", text)
    for name in kernel.accessors:
        buffer = subject.buffers.get(name)
        rank = len(buffer.elements) if buffer else 0
        if rank > subject.plan.device.limits.accessor_rank:
            text = f"{name} has rank {rank}, accessors allow {subject.plan.device.limits.accessor_rank}"
            yield finding("accessor_rank", f"{place}.accessors", text)


def _lists(subject: Subject, kernel: KernelPlan, place: str) -> Iterator[Finding]:
    """Both lists hold only arguments the kernel uses, all it needs, in the fixed order, of the right kind."""
    allowed = {argument.name: argument for argument in runtime_arguments(subject, kernel)}
    rank = {name: number for number, name in enumerate(allowed)}
    both = (("common_args", kernel.common_args), ("runtime_args", kernel.runtime_args))
    for label, listed in both:
        known = [rank[argument.name] for argument in listed if argument.name in rank]
        if known != sorted(known):
            text = (
                f"found {[a.name for a in listed]}, the order is "
                f"{[n for n in allowed if n in {a.name for a in listed}]}"
            )
            yield finding("argument_order", f"{place}.{label}", text)
        for number, argument in enumerate(listed):
            expected = allowed.get(argument.name)
            if expected is None:
                text = f"{kernel.name} does not use {argument.name}; it uses {', '.join(allowed) or 'none'}"
                yield finding("argument_set", f"{place}.{label}[{number}]", text)
            elif (argument.kind, argument.of) != (expected.kind, expected.of):
                text = (
                    f"{argument.name} is {argument.kind} of {argument.of}, it must be {expected.kind} of "
                    f"{expected.of}"
                )
                yield finding("argument_kind", f"{place}.{label}[{number}]", text)
    names = [argument.name for _, listed in both for argument in listed]
    for name in repeated(names):
        yield finding("argument_set", place, f"{name} is listed twice")
    missing = [name for name, argument in allowed.items() if argument.needed and name not in names]
    if missing:
        yield finding("argument_set", place, f"{kernel.name} needs {', '.join(missing)}")


def _never_common(argument: RuntimeArg) -> bool:
    return argument.kind == "address" or argument.name in PER_CORE_ONLY


def _common(kernel: KernelPlan, place: str) -> Iterator[Finding]:
    for number, argument in enumerate(kernel.common_args):
        if _never_common(argument):
            text = f"{argument.name} is an argument of each core, never a common one"
            yield finding("argument_common", f"{place}.common_args[{number}]", text)
    for number, argument in enumerate(kernel.runtime_args):
        values = {row.values[number] for row in kernel.values if number < len(row.values)}
        if not _never_common(argument) and len(values) == 1:
            text = f"{argument.name} is {values.pop()} on all cores and is not a common argument"
            yield finding("argument_common", f"{place}.runtime_args[{number}]", text)


def _rows(subject: Subject, kernel: KernelPlan, place: str) -> Iterator[Finding]:
    """One row per core in the order of the cores, as long as the list; each value recomputed."""
    if len(kernel.common_values) != len(kernel.common_args):
        text = f"{len(kernel.common_values)} values for {len(kernel.common_args)} arguments"
        yield finding("argument_rows", f"{place}.common_values", text)
    cores = [row.core for row in kernel.values]
    if cores != list(kernel.cores) and (cores or kernel.runtime_args):
        missing, extra = set(kernel.cores) - set(cores), set(cores) - set(kernel.cores)
        text = (
            f"rows do not follow the cores: missing {core_text(missing) or 'none'}, too many "
            f"{core_text(extra) or 'none'}"
        )
        yield finding("argument_rows", f"{place}.values", text)
    for number, row in enumerate(kernel.values):
        if len(row.values) != len(kernel.runtime_args):
            text = f"{len(row.values)} values for {len(kernel.runtime_args)} arguments"
            yield finding("argument_rows", f"{place}.values[{number}]", text)
        yield from _values(subject, kernel.runtime_args, row.values, row.core, f"{place}.values[{number}]")
    for core in kernel.cores[:1]:
        yield from _values(subject, kernel.common_args, kernel.common_values, core, f"{place}.common_values")


def _values(
    subject: Subject,
    arguments: Sequence[RuntimeArg],
    values: Sequence[int],
    core: tuple[int, int],
    place: str,
) -> Iterator[Finding]:
    for number, (argument, value) in enumerate(zip(arguments, values, strict=False)):
        expected = runtime_value(subject, argument.name, core)
        if expected is not None and value != expected:
            text = f"{argument.name} of core {core} is {value}, the plan says {expected}"
            yield finding("argument_value", f"{place}[{number}]", text)
