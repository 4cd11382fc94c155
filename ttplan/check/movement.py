"""Kernels on cores: one per processor, NoCs apart, each moving stream served once on each work core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ttplan.check.finding import Finding, finding
from ttplan.check.subject import Subject, core_text, repeated
from ttplan.check.work import check_ranges
from ttplan.plan import Core, KernelPlan, Stream

PARTS: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "write": ("write",),
    "multicast": ("send", "receive"),
    "rotate": ("rotate",),
    "local": (),
}
"""Parts that data movers play in each movement."""


def check_movement(subject: Subject) -> Iterator[Finding]:
    """Kernels, their processors and NoCs, and the roles they carry."""
    plan = subject.plan
    for name in repeated(kernel.name for kernel in plan.kernels):
        yield finding("kernel_name", "kernels", f"{name} is used twice")
    for index, kernel in enumerate(plan.kernels):
        place = f"kernels[{index}]"
        yield from check_ranges(kernel.core_ranges, kernel.cores, f"{place}.core_ranges")
        yield from _kernel(subject, kernel, place)
    yield from _processors(subject)
    for index, stream in enumerate(plan.streams):
        yield from _served(subject, stream, f"streams[{index}]")


def _kernel(subject: Subject, kernel: KernelPlan, place: str) -> Iterator[Finding]:
    if idle := set(kernel.cores) - set(subject.work):
        yield finding("kernel_cores", f"{place}.cores", f"{core_text(idle)} have no work")
    if not kernel.cores:
        yield finding("kernel_cores", f"{place}.cores", f"{kernel.name} runs nowhere")
    if twice := repeated(kernel.cores):
        yield finding("kernel_cores", f"{place}.cores", f"listed twice: {', '.join(twice[:4])}")
    if (kernel.noc is None) != (kernel.processor == "compute"):
        yield finding("kernel_noc", f"{place}.noc", f"found {kernel.noc} for a kernel on {kernel.processor}")
    if (kernel.processor == "compute") != (not kernel.roles):
        text = (
            f"{len(kernel.roles)} roles on {kernel.processor}: data movers carry streams, compute carries "
            "none"
        )
        yield finding("role_part", f"{place}.roles", text)
    order = list(subject.meaning.operands)
    found = [role.stream for role in kernel.roles]
    if found != [stream for stream in order if stream in found]:
        yield finding(
            "role_order", f"{place}.roles", f"found {found}, the order is {order}, each at most once"
        )
    for number, role in enumerate(kernel.roles):
        movement = subject.movement(role.stream)
        allowed = PARTS[movement] if movement else ()
        if role.part not in allowed:
            text = (
                f"{role.part} of {role.stream}, which is {movement or 'no stream'}: "
                f"{', '.join(allowed) or 'no role'}"
            )
            yield finding("role_part", f"{place}.roles[{number}].part", text)
        if (role.rectangles > 0) != (role.part in ("send", "rotate")):
            text = f"{role.rectangles} multicast rectangles for {role.part}"
            yield finding("multicast_rectangle", f"{place}.roles[{number}].rectangles", text)
        if (role.owners > 0) != (role.part == "rotate"):
            text = f"{role.owners} owners for {role.part}"
            yield finding("rotation_owner", f"{place}.roles[{number}].owners", text)


def _processors(subject: Subject) -> Iterator[Finding]:
    """At most one kernel per processor of a core, movers on different NoCs, compute everywhere."""
    kernels = subject.plan.kernels
    by_core: dict[Core, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, kernel in enumerate(kernels):
        for core in dict.fromkeys(kernel.cores):
            by_core[core][kernel.processor].append(index)
    crowded: dict[tuple[int, ...], list[Core]] = defaultdict(list)
    same_noc: dict[tuple[int, int], list[Core]] = defaultdict(list)
    for core, processors in by_core.items():
        for indices in processors.values():
            if len(indices) > 1:
                crowded[tuple(indices)].append(core)
        movers = [processors[name][0] for name in ("riscv_0", "riscv_1") if processors.get(name)]
        if len(movers) == 2 and kernels[movers[0]].noc == kernels[movers[1]].noc:
            same_noc[movers[0], movers[1]].append(core)
    for together, cores in crowded.items():
        names = ", ".join(kernels[index].name for index in together)
        text = f"{names} all run on {kernels[together[0]].processor} of {core_text(cores)}"
        yield finding("kernel_processor", f"kernels[{together[1]}]", text)
    for (first, second), cores in same_noc.items():
        text = (
            f"{kernels[first].name} and {kernels[second].name} both use NoC {kernels[first].noc} on "
            f"{core_text(cores)}"
        )
        yield finding("kernel_noc", f"kernels[{second}].noc", text)
    without = [core for core in subject.work if not by_core[core].get("compute")]
    if without:
        yield finding("compute_everywhere", "kernels", f"no compute kernel on {core_text(without)}")


def _served(subject: Subject, stream: Stream, place: str) -> Iterator[Finding]:
    """Every work core has one role for a moving stream, on the processor the stream names."""
    served: dict[Core, int] = dict.fromkeys(subject.work, 0)
    for index, kernel in enumerate(subject.plan.kernels):
        roles = [role for role in kernel.roles if role.stream == stream.name]
        if roles and kernel.processor != stream.processor and stream.movement != "local":
            text = f"{stream.name} is carried on {kernel.processor}, its processor is {stream.processor}"
            yield finding("stream_served", f"kernels[{index}].processor", text)
        for core in kernel.cores:
            if core in served:
                served[core] += len(roles)
    wanted = 0 if stream.movement == "local" else 1
    wrong = [core for core, roles in served.items() if roles != wanted]
    if wrong:
        text = (
            f"{served[wrong[0]]} roles for {stream.name} on {core_text(wrong)}, {stream.movement} needs "
            f"{wanted}"
        )
        yield finding("stream_served", place, text)
