"""Shapes and roles of a kernel's values, from its ops alone; refuses kernels whose shapes do not agree.

Every value (declared buffer or intermediate) gets dims; the last two are its tile axes (row, column), those
before are batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ttplan.errors import InputError
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Buffer, Kernel, Op
from ttplan.ops import OPS


@dataclass(frozen=True)
class Dataflow:
    """Dims of every value, ops in execution order (indices into kernel.ops)."""

    kernel: Kernel
    dims: dict[str, tuple[str, ...]]
    order: tuple[int, ...]

    def matrices(self, value: str) -> int:
        """Matrices in a value: product of its batch dims."""
        return prod(self.kernel.dims[dim] for dim in self.dims[value][:-2])

    def tiles(self, dim: str) -> int:
        """Tiles along a dim, padding included."""
        return -(-self.kernel.dims[dim] // TILE)

    def output_tiles(self) -> int:
        """Tiles of what the kernel writes, padding included."""
        (out,) = (buffer.name for buffer in self.kernel.buffers if buffer.io == "out")
        return self.matrices(out) * self.tiles(self.dims[out][-2]) * self.tiles(self.dims[out][-1])


def in_order(flow: Dataflow) -> Dataflow:
    """The same kernel with its ops in execution order, as plans list them."""
    if flow.order == tuple(sorted(flow.order)):
        return flow
    ops = tuple(flow.kernel.ops[index] for index in flow.order)
    return analyse(flow.kernel.model_copy(update={"ops": ops}))


def analyse(kernel: Kernel) -> Dataflow:
    """Order the ops, infer the dims of intermediates, check that everything agrees. Raises InputError."""
    known = {buffer.name: buffer.dims for buffer in kernel.buffers if buffer.io == "in"}
    produced: dict[str, int] = {}
    for index, op in enumerate(kernel.ops):
        if op.out in produced:
            raise InputError(
                f"ops[{index}].out", f"ops[{produced[op.out]}] already writes this value", op.out
            )
        buffer = kernel.buffer(op.out)
        if buffer is not None and buffer.io == "in":
            raise InputError(f"ops[{index}].out", "an input buffer is written", op.out)
        produced[op.out] = index
    order: list[int] = []
    pending = list(range(len(kernel.ops)))
    while pending:
        ready = [i for i in pending if all(name in known for name in kernel.ops[i].inputs)]
        if not ready:
            _refuse_unready(kernel, pending, known, produced)
        index = ready[0]
        op = kernel.ops[index]
        known[op.out] = _result_dims(kernel, index, op, known)
        order.append(index)
        pending.remove(index)
    _check_parameters(kernel, known, produced)
    return Dataflow(kernel, known, tuple(order))


def _refuse_unready(
    kernel: Kernel, pending: list[int], known: dict[str, tuple[str, ...]], produced: dict[str, int]
) -> None:
    for index in pending:
        for place, name in enumerate(kernel.ops[index].inputs):
            if name not in known and name not in produced:
                names = sorted({*known, *produced})
                raise InputError(
                    f"ops[{index}].in[{place}]", "no input buffer or op gives this value", name, names
                )
    raise InputError(f"ops[{pending[0]}]", "the ops form a cycle", kernel.ops[pending[0]].out)


def _result_dims(kernel: Kernel, index: int, op: Op, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    operands = [known[name] for name in op.inputs]
    declared = kernel.buffer(op.out)
    if OPS[op.op].kind == "contract":
        dims = _contracted(index, op, operands, declared)
    elif OPS[op.op].kind == "unary":
        dims = operands[0]
    else:
        dims = max(operands, key=len)
        for place, operand in enumerate(operands):
            if operand != dims[len(dims) - len(operand) :]:
                raise InputError(
                    f"ops[{index}].in[{place}]",
                    f"the dims of {op.inputs[place]} are not the last dims of the other operand",
                    list(operand),
                    (str(list(dims)),),
                )
    if declared is not None and declared.dims != dims:
        raise InputError(
            f"ops[{index}].out",
            f"{op.op} gives other dims than {op.out} declares",
            list(declared.dims),
            (str(list(dims)),),
        )
    return dims


def _contracted(
    index: int, op: Op, operands: list[tuple[str, ...]], declared: Buffer | None
) -> tuple[str, ...]:
    left, right = operands
    for place, dims in enumerate(operands):
        if len(dims) < 2:
            raise InputError(f"ops[{index}].in[{place}]", f"{op.op} needs two dims or more", list(dims))
    batch = left[:-2] if len(left) >= len(right) else right[:-2]
    reduced = [dim for dim in left[-2:] if dim in right[-2:]]
    if len(reduced) != 1:
        raise InputError(
            f"ops[{index}]",
            "the operands must share exactly one of their last two dims",
            f"{list(left)} x {list(right)}",
        )
    for place, dims in enumerate(operands):
        if dims[:-2] not in (batch, ()):
            raise InputError(
                f"ops[{index}].in[{place}]",
                "the batch dims do not agree",
                list(dims[:-2]),
                (str(list(batch)),),
            )
        if any(dim in batch for dim in dims[-2:]):
            raise InputError(
                f"ops[{index}].in[{place}]", "a batch dim is a matrix dim of the other operand", list(dims)
            )
    row = next(dim for dim in left[-2:] if dim != reduced[0])
    column = next(dim for dim in right[-2:] if dim != reduced[0])
    if declared is not None and declared.dims == (*batch, column, row):
        return (*batch, column, row)
    return (*batch, row, column)


def _check_parameters(kernel: Kernel, known: dict[str, tuple[str, ...]], produced: dict[str, int]) -> None:
    used = {name for op in kernel.ops for name in op.inputs}
    for index, buffer in enumerate(kernel.buffers):
        path = f"buffers[{index}]"
        if buffer.io == "out" and buffer.name not in produced:
            raise InputError(path, "no op writes this output", buffer.name, sorted(produced))
        if buffer.io == "in" and buffer.name not in used:
            raise InputError(path, "no op reads this input", buffer.name)
        if buffer.io is None and buffer.name not in produced:
            raise InputError(
                f"{path}.io", "the buffer is never written: is it an input?", buffer.io, ("in", "out")
            )
    for index, op in enumerate(kernel.ops):
        result = kernel.buffer(op.out)
        if op.out not in used and (result is None or result.io != "out"):
            raise InputError(f"ops[{index}].out", "the result is never used", op.out)
        for name in (*op.inputs, op.out):
            declared = kernel.buffer(name)
            if declared is not None and FORMATS[declared.dtype].kind not in OPS[op.op].formats:
                allowed = tuple(f.name for f in FORMATS.values() if f.kind in OPS[op.op].formats)
                raise InputError(
                    f"ops[{index}]", f"{op.op} does not support the format of {name}", declared.dtype, allowed
                )
    _check_families(kernel)


def _check_families(kernel: Kernel) -> None:
    """tt_metal/jit_build/data_format.cpp: all circular buffers of a core have one exponent family."""
    families = {
        buffer.name: FORMATS[buffer.dtype].family for buffer in kernel.buffers if FORMATS[buffer.dtype].family
    }
    if len(set(families.values())) > 1:
        a = next(name for name, family in families.items() if family == "A")
        b = next(name for name, family in families.items() if family == "B")
        dtypes = {buffer.name: buffer.dtype for buffer in kernel.buffers}
        raise InputError(
            "buffers",
            f"exponent families may not mix: {a} is {dtypes[a]} (5-bit), {b} is {dtypes[b]} (8-bit)",
            dtypes[a],
            tuple(f.name for f in FORMATS.values() if f.family in (None, "B") and f.kind != "integer"),
        )
