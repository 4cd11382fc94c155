"""Kernel tables -> KernelPlan: one source per combination of parts, its cores, and its arguments in rank
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ttplan.facts.geometry import cover
from ttplan.plan import CompileArg, Core, CoreArgs, KernelPlan, Role, RuntimeArg
from ttplan.rules.tables import Row, Tables, term

NOTES = {
    "block_m": "tile rows of an out block",
    "block_n": "tile columns of an out block",
    "block_k": "tiles of K in a block",
    "last_k": "tiles of K in the last block",
    "k_blocks": "K blocks, ceil(Kt / block_k)",
    "batches": "matrices one after another",
    "m_blocks": "out blocks of a core along m",
    "n_blocks": "out blocks of a core along n",
    "out_blocks": "out blocks of a core",
    "subblock_m": "tile rows in DST at once",
    "subblock_n": "tile columns in DST at once",
    "per_core_m": "tile rows of a core",
    "per_core_n": "tile columns of a core",
    "Kt": "tiles of K",
}
"""What a compile-time argument says to the reader of a kernel."""


LONGEST = 64
"""Characters of a kernel's name, which is a file's and a function's."""


def _name(roles: tuple[Role, ...]) -> str:
    """What the kernel does for each of its streams, as far as that fits into a name."""
    parts = [f"{role.part}_{role.stream}" for role in roles] or ["compute"]
    named = len(parts)
    while len(_joined(parts, named)) > LONGEST:
        named -= 1
    return _joined(parts, named)


def _joined(parts: Sequence[str], named: int) -> str:
    more = len(parts) - named
    return "_".join([*parts[:named], *([f"and_{more}_more"] if more else [])])


def kernel_plans(
    tables: Tables, places: dict[int, Core], addresses: dict[str, int]
) -> tuple[KernelPlan, ...]:
    """All kernels, data movement first, in the order of their processors and parts."""
    roles: dict[object, list[tuple[int, Role]]] = {}
    for kernel, order, stream, part, rectangles, owners in tables["role"]:
        role = Role(
            stream=term(stream),
            part=cast(Any, part),
            rectangles=cast(int, rectangles),
            owners=cast(int, owners),
        )
        roles.setdefault(kernel, []).append((cast(int, order), role))
    found = []
    for (kernel,) in tables["kernel"]:
        own = tuple(role for _, role in sorted(roles.get(kernel, ()), key=lambda item: item[0]))
        found.append(_kernel(tables, kernel, own, places, addresses))
    return tuple(
        sorted(found, key=lambda item: (("riscv_1", "riscv_0", "compute").index(item.processor), item.name))
    )


def _rows(tables: Tables, name: str, kernel: object) -> list[Row]:
    return [row[1:] for row in tables[name] if row[0] == kernel]


def _kernel(
    tables: Tables,
    kernel: object,
    roles: tuple[Role, ...],
    places: dict[int, Core],
    addresses: dict[str, int],
) -> KernelPlan:
    processor = kernel[1] if isinstance(kernel, tuple) else "compute"
    indices = sorted(cast(int, row[0]) for row in _rows(tables, "runs", kernel))
    cores = tuple(places[index] for index in indices)
    common = {row[0] for row in _rows(tables, "common", kernel)}
    values = {(row[0], row[1]): cast(int, row[2]) for row in _rows(tables, "value", kernel)}
    arguments = sorted(_rows(tables, "runtime_arg", kernel), key=lambda row: cast(int, row[0]))

    def value(name: object, index: int) -> int:
        if isinstance(name, tuple) and name[0] == "address":
            return addresses[str(name[1])]
        return values[name, index]

    def argument(row: Row) -> RuntimeArg:
        name = row[1]
        of = str(name[1]) if isinstance(name, tuple) and name[0] == "address" else None
        return RuntimeArg(name=term(name), kind=cast(Any, row[2]), of=of)

    shared = [row for row in arguments if row[1] in common]
    own = [row for row in arguments if row[1] not in common]
    streams = {term(row[0]): str(row[1]) for row in tables["stream"]}
    paged = [streams[role.stream] for role in roles if role.part in ("read", "send", "write")]
    noc = tables.mapping("noc").get(processor)
    compile_args = sorted(
        _rows(tables, "compile_arg", kernel), key=lambda row: (cast(int, row[0]), str(row[1]))
    )
    return KernelPlan(
        name=_name(roles),
        processor=cast(Any, processor),
        noc=cast(Any, noc),
        core_ranges=cover(cores),
        cores=cores,
        roles=roles,
        compile_args=tuple(
            CompileArg(name=term(row[1]), value=cast(int, row[2]), note=NOTES.get(term(row[1]), ""))
            for row in compile_args
        ),
        accessors=tuple(dict.fromkeys(paged)),
        common_args=tuple(argument(row) for row in shared),
        common_values=tuple(value(row[1], indices[0]) for row in shared),
        runtime_args=tuple(argument(row) for row in own),
        values=tuple(
            CoreArgs(core=places[index], values=tuple(value(row[1], index) for row in own))
            for index in indices
        ),
    )
