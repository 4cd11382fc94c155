"""Arguments of a kernel on one core by name, whatever list they stand in."""

from __future__ import annotations

from ttplan.plan import Core, KernelPlan, RuntimeArg


def compile_values(kernel: KernelPlan) -> dict[str, int]:
    """Compile-time arguments by name."""
    return {argument.name: argument.value for argument in kernel.compile_args}


def runtime_values(kernel: KernelPlan) -> dict[Core, dict[str, tuple[RuntimeArg, int]]]:
    """For each core: every runtime argument, common or own, with its value. Rows too short end early."""
    common = {
        arg.name: (arg, value) for arg, value in zip(kernel.common_args, kernel.common_values, strict=False)
    }
    rows: dict[Core, dict[str, tuple[RuntimeArg, int]]] = {core: dict(common) for core in kernel.cores}
    for row in kernel.values:
        if row.core in rows:
            own = zip(kernel.runtime_args, row.values, strict=False)
            rows[row.core].update({arg.name: (arg, value) for arg, value in own})
    return rows
