"""The host side, from the plan's tables: main.cpp, CMakeLists.txt and run.py (ttnn.generic_op)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ttplan.errors import InternalError
from ttplan.formats import format_of
from ttplan.plan import BufferPlan, CircularBuffer, KernelPlan, Plan, Range, RuntimeArg
from ttplan.render.compute import fp32_partials
from ttplan.render.environment import rendered, rendered_cpp


def core_set(ranges: Iterable[Range]) -> str:
    """C++ for a set of rectangles of cores."""
    parts = [f"CoreRange(CoreCoord{{{x0}, {y0}}}, CoreCoord{{{x1}, {y1}}})" for x0, y0, x1, y1 in ranges]
    return f"CoreRangeSet(std::vector<CoreRange>{{{', '.join(parts)}}})"


@dataclass(frozen=True)
class Allocation:
    """Circular buffers that share one piece of L1.

    first: the one that owns it; buffer: the L1 shard it lies on.
    """

    members: tuple[CircularBuffer, ...]
    buffer: str | None

    @property
    def first(self) -> CircularBuffer:
        """The circular buffer whose size and pages describe the allocation."""
        return self.members[0]


def allocations(plan: Plan) -> tuple[Allocation, ...]:
    """The circular buffers grouped by memory, in order of address, as the host allocator places them."""
    groups: dict[int, list[CircularBuffer]] = {
        cb.id: [cb] for cb in plan.circular_buffers if cb.alias_of is None
    }
    for cb in plan.circular_buffers:
        if cb.alias_of is not None:
            groups[cb.alias_of].append(cb)
    ordered = sorted(
        groups.values(), key=lambda members: (members[0].on_buffer is not None, members[0].address)
    )
    return tuple(Allocation(tuple(members), members[0].on_buffer) for members in ordered)


@dataclass(frozen=True)
class KernelText:
    """A kernel with the C++ of its argument tables. rows: one initializer per core: x, y, then the values."""

    plan: KernelPlan
    rows: tuple[str, ...]
    arguments: tuple[str, ...]
    common: tuple[str, ...]
    config: str


def _argument(argument: RuntimeArg, value: str) -> str:
    """The host's expression for one runtime argument."""
    if argument.kind == "address":
        return f"address({argument.of}_buffer)"
    if argument.kind in ("noc_x", "noc_y"):
        return f"{argument.kind}({value})"
    return value


_PROCESSORS = {"riscv_0": "RISCV_0", "riscv_1": "RISCV_1"}


def _kernel_text(plan: Plan, kernel: KernelPlan) -> KernelText:
    rows = tuple(
        "{" + ", ".join(str(word) for word in (*entry.core, *entry.values)) + "}" for entry in kernel.values
    )
    return KernelText(
        plan=kernel,
        rows=rows if kernel.runtime_args else (),
        arguments=tuple(_argument(arg, f"row[{index + 2}]") for index, arg in enumerate(kernel.runtime_args)),
        common=tuple(
            _argument(arg, str(value))
            for arg, value in zip(kernel.common_args, kernel.common_values, strict=True)
        ),
        config="ComputeConfig" if kernel.processor == "compute" else "DataMovementConfig",
    )


def _touched(plan: Plan) -> tuple[int, int]:
    """Columns and rows of the smallest grid that holds every core of the plan."""
    cores = list(plan.partition.cores)
    for buffer in plan.buffers:
        if buffer.shard is not None and buffer.memory == "L1":
            cores.extend(buffer.shard.cores)
    return max(x for x, _ in cores) + 1, max(y for _, y in cores) + 1


def _addresses(plan: Plan) -> bool:
    return any(
        arg.kind == "address"
        for kernel in plan.kernels
        for arg in (*kernel.common_args, *kernel.runtime_args)
    )


def _coordinates(plan: Plan) -> tuple[str, ...]:
    kinds = {arg.kind for kernel in plan.kernels for arg in (*kernel.common_args, *kernel.runtime_args)}
    return tuple(kind for kind in ("noc_x", "noc_y") if kind in kinds)


def _matrix(buffer: BufferPlan) -> tuple[int, int, int]:
    """(matrices, rows, columns) of the logical elements of a buffer; a vector is one row."""
    shape = buffer.elements
    rows = shape[-2] if len(shape) > 1 else 1
    matrices = 1
    for extent in shape[:-2]:
        matrices *= extent
    return matrices, rows, shape[-1]


def host_program(plan: Plan) -> str:
    """main.cpp: allocates, loads, runs and reads back, for one device through a unit mesh.

    Raises InternalError when the host API cannot give the plan's semaphores their ids.
    """
    ids = sorted(semaphore.id for semaphore in plan.semaphores)
    if ids != list(range(len(ids))):
        raise InternalError(f"semaphore ids {ids} are not 0, 1, 2 ..., as CreateSemaphore deals them out")
    columns, rows = _touched(plan)
    dtypes = {buffer.dtype for buffer in plan.buffers}
    return rendered_cpp(
        "main.cpp.j2",
        plan=plan,
        inputs=tuple(buffer for buffer in plan.buffers if buffer.io == "in"),
        outputs=tuple(buffer for buffer in plan.buffers if buffer.io == "out"),
        matrices={buffer.name: _matrix(buffer) for buffer in plan.buffers},
        formats={
            name: format_of(name).data_format
            for name in sorted({*dtypes, *(cb.dtype for cb in plan.circular_buffers)})
        },
        dtypes=dtypes,
        sharded=any(buffer.shard for buffer in plan.buffers),
        allocations=allocations(plan),
        kernels=tuple(_kernel_text(plan, kernel) for kernel in plan.kernels),
        core_set=core_set,
        needs_addresses=_addresses(plan),
        coordinates=_coordinates(plan),
        grid_columns=columns,
        grid_rows=rows,
        arch={"wormhole_b0": "WORMHOLE_B0", "blackhole": "BLACKHOLE"}[plan.device.arch],
        processors=_PROCESSORS,
        fp32_partials=fp32_partials(plan),
        partials=plan.cb("partials"),
    )


def build_file(plan: Plan) -> str:
    """CMakeLists.txt of the host program."""
    return rendered("CMakeLists.txt.j2", name=plan.kernel.name)


def python_driver(plan: Plan) -> str:
    """run.py: builds the program from plan.json and runs it on tensors of ttnn."""
    return rendered("run.py.j2", plan=plan, fp32_partials=fp32_partials(plan))
