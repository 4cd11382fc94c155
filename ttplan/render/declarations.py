"""Named constants at the top of a block of generated code: only those that the code below them uses.

A kernel's text names what it needs; the declarations of those names, and of the names they need in turn, are
written in front of it. An argument that the text names and the plan's tables do not have is a contradiction
and raises InternalError.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ttplan.errors import InternalError
from ttplan.plan import KernelPlan, RuntimeArg
from ttplan.render.layout import identifiers


@dataclass(frozen=True)
class Declaration:
    """One name. line: the C++ that declares it, without comment. note: where the value comes from.

    unused: comment to leave in the place of an argument the kernel does not use, so that positions stay
    readable.
    """

    name: str
    line: str
    note: str = ""
    unused: str = ""

    def text(self) -> str:
        """The declaration with its note."""
        return f"{self.line}  // {self.note}" if self.note else self.line


def declared(body: str, candidates: Sequence[Declaration]) -> str:
    """Lines that declare, in the order of `candidates`, every name that `body` needs, if only by another."""
    needed = set(identifiers(body))
    kept: list[str] = []
    for candidate in reversed(candidates):
        if candidate.name in needed:
            kept.append(candidate.text())
            needed |= identifiers(candidate.line)
        elif candidate.unused:
            kept.append(f"// {candidate.unused}")
    return "\n".join(reversed(kept))


_MEANING = {
    "tt_start_tile": "first output tile of this core, row-major over (m, n), batches outermost",
    "tt_tile_count": "output tiles of this core",
    "Mt": "rows of the output in tiles",
    "Kt": "length of the sum in tiles",
    "Nt": "columns of the output in tiles",
    "Sm": "rows of a shard in tiles",
    "Sn": "columns of a shard in tiles",
    "Gy": "shards down",
    "Gx": "shards across",
    "tt_shard_coord_y": "row of this core's shard",
    "tt_shard_coord_x": "column of this core's shard",
    "block_count": "out blocks of this core",
}

_SUFFIXES = {
    "_x0": "multicast rectangle",
    "_y0": "multicast rectangle",
    "_x1": "multicast rectangle",
    "_y1": "multicast rectangle",
    "_cores": "cores in the rectangle that receive",
    "_sender_x": "core that sends to this one",
    "_sender_y": "core that sends to this one",
    "_owner": "place of this core in the rotation",
}


def _meaning(argument: RuntimeArg, value: int | None) -> str:
    """What a runtime argument says, and its value when all cores share it."""
    if argument.kind == "address":
        return f"address of {argument.of}"
    text = _MEANING.get(argument.name)
    if text is None:
        text = next((what for suffix, what in _SUFFIXES.items() if argument.name.endswith(suffix)), "")
    if value is None or argument.kind != "value":
        return text
    return f"{value}: {text}" if text else str(value)


def arguments(kernel: KernelPlan) -> list[Declaration]:
    """Every argument of the kernel: compile-time, common and per-core, in the order of the plan."""
    found: list[Declaration] = []
    for compile_time in kernel.compile_args:
        note = f"{compile_time.value}: {compile_time.note}" if compile_time.note else str(compile_time.value)
        name = compile_time.name
        line = f'constexpr uint32_t {name} = get_named_compile_time_arg_val("{name}");'
        found.append(Declaration(name, line, note))
    for index, common in enumerate(kernel.common_args):
        note = _meaning(common, kernel.common_values[index])
        found.append(
            _runtime(common, f"get_common_arg_val<uint32_t>({index})", note, f"common argument {index}")
        )
    for index, own in enumerate(kernel.runtime_args):
        found.append(
            _runtime(own, f"get_arg_val<uint32_t>({index})", _meaning(own, None), f"argument {index}")
        )
    return found


def _runtime(argument: RuntimeArg, value: str, note: str, place: str) -> Declaration:
    line = f"const uint32_t {argument.name} = {value};"
    return Declaration(argument.name, line, note, f"{place}, {argument.name}, is not used by this kernel")


def accessors(kernel: KernelPlan) -> list[Declaration]:
    """The tensor accessors of the kernel; they follow each other in its positional compile-time arguments."""
    found: list[Declaration] = []
    offset = "0"
    for buffer in kernel.accessors:
        found.append(
            Declaration(
                f"{buffer}_accessor", f"constexpr auto {buffer}_accessor = TensorAccessorArgs<{offset}>();"
            )
        )
        address = address_name(kernel, buffer)
        tensor = f"{buffer}_tensor"
        found.append(
            Declaration(tensor, f"const auto {tensor} = TensorAccessor({buffer}_accessor, {address});")
        )
        offset = f"{buffer}_accessor.next_compile_time_args_offset()"
    return found


def address_name(kernel: KernelPlan, buffer: str) -> str:
    """Name of the argument that carries the address of the buffer.

    Raises InternalError when the kernel has none.
    """
    for argument in (*kernel.common_args, *kernel.runtime_args):
        if argument.kind == "address" and argument.of == buffer:
            return argument.name
    raise InternalError(
        f"kernel {kernel.name} touches buffer {buffer}, and none of its arguments is its address"
    )


def values_of(kernel: KernelPlan, name: str) -> frozenset[int]:
    """Every value that a runtime argument takes on the kernel's cores; empty when it has no such argument."""
    for common, value in zip(kernel.common_args, kernel.common_values, strict=True):
        if common.name == name:
            return frozenset({value})
    for index, own in enumerate(kernel.runtime_args):
        if own.name == name:
            return frozenset(entry.values[index] for entry in kernel.values)
    return frozenset()


_ARGUMENT = re.compile(
    r"block_[mnk]|last_k|k_blocks|batches|m_blocks|n_blocks|out_blocks|subblock_[mn]|per_core_[mn]|block_count"
    r"|[MKN]t|S[mn]|tt_start_tile|tt_shard_coord_[xy]|cb_(?:in0|in1|in0_transposed|partials|out|add\d+)"
    r"|\w+_(?:ready|valid)_semaphore|\w+_receivers|\w+_shard_k|\w+_dest\d+_(?:[xy][01]|cores)"
    r"|\w+_sender_[xy]|\w+_owner(?:\d+_[xy])?"
)
"""Names of arguments (docs/kernels.md); any of them in a kernel's text must be in the plan's tables."""


def complete(kernel: KernelPlan, text: str) -> str:
    """The kernel's text, when every argument it names is in the plan's tables.

    Raises InternalError otherwise.
    """
    known = {argument.name for argument in kernel.compile_args}
    known |= {argument.name for argument in (*kernel.common_args, *kernel.runtime_args)}
    for name in sorted(identifiers(text)):
        if _ARGUMENT.fullmatch(name) and name not in known:
            raise InternalError(
                f"kernel {kernel.name} needs the argument {name}, and the plan's tables do not have it"
            )
    return text
