"""What a kernel computes, derived from its ops and dims alone: the yardstick the plan is held against."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ttplan.formats import TILE
from ttplan.kernel import Buffer, Kernel
from ttplan.ops import OPS


class NotAContraction(Exception):
    """The kernel is not one contraction followed by a chain of epilogue ops. path, message: where and why."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Operand:
    """A tensor of the contraction. batched: it has one matrix per batch (False for one matrix in all)."""

    buffer: str
    transposed: bool = False
    row_broadcast: bool = False
    batched: bool = False


@dataclass(frozen=True)
class Step:
    """An epilogue op. operand: name of the stream it adds."""

    op: str
    operand: str | None
    value: float | None


@dataclass(frozen=True)
class Meaning:
    """Sizes in tiles of one matrix, number of matrices, operands by stream name and epilogue of a kernel."""

    batches: int
    m: int
    n: int
    k: int
    operands: dict[str, Operand]
    epilogue: tuple[Step, ...]

    @property
    def can_fuse(self) -> bool:
        """Whether all batches can be one tall matrix: in1 is shared, the others stack row by row."""
        tall = [
            operand for name, operand in self.operands.items() if name != "in1" and not operand.row_broadcast
        ]
        return (
            self.batches > 1
            and not self.operands["in1"].batched
            and not self.operands["in0"].transposed
            and all(operand.batched for operand in tall)
        )


def tiles(elements: int) -> int:
    """Whole tiles that hold so many elements."""
    return ceil_div(elements, TILE)


def ceil_div(dividend: int, divisor: int) -> int:
    """Quotient rounded up."""
    return -(-dividend // divisor)


def meaning_of(kernel: Kernel) -> Meaning:
    """Derive sizes, roles, transposes, batches and epilogue from dataflow. Raises NotAContraction."""
    contractions = [index for index, op in enumerate(kernel.ops) if OPS[op.op].kind == "contract"]
    if contractions != [0]:
        raise NotAContraction(
            "kernel.ops", f"{len(contractions)} contractions, the plan is for one, at the start"
        )
    final = _follow(kernel)
    rows, columns = _matrix_dims(final, "kernel.ops[0].out")
    batch = _batch(kernel, final)
    in0, in1, reduced = _contraction_inputs(kernel, rows, columns)
    operands = {
        "in0": Operand(in0.name, in0.dims[-1] == rows, False, _is_batched(kernel, in0, batch)),
        "in1": Operand(in1.name, in1.dims[-2] == columns, False, _is_batched(kernel, in1, batch)),
    }
    steps: list[Step] = []
    current = kernel.ops[0].out
    for index, op in enumerate(kernel.ops[1:], start=1):
        stream = None
        if OPS[op.op].kind == "binary":
            others = [name for name in op.inputs if name != current]
            if len(others) != 1:
                raise NotAContraction(f"kernel.ops[{index}].in", f"{op.op} of {current} with itself")
            stream = f"add{sum(step.operand is not None for step in steps)}"
            operands[stream] = _added(kernel, others[0], final, batch, f"kernel.ops[{index}].in")
        steps.append(Step(op.op, stream, op.value))
        current = op.out
    operands["out"] = Operand(final.name, False, False, bool(batch))
    m, n, k = (tiles(kernel.dims[dim]) for dim in (rows, columns, reduced))
    return Meaning(prod(kernel.dims[dim] for dim in batch), m, n, k, operands, tuple(steps))


def _follow(kernel: Kernel) -> Buffer:
    """Walk the chain of ops to its end and return the output buffer."""
    current = kernel.ops[0].out
    for index, op in enumerate(kernel.ops[1:], start=1):
        if current not in op.inputs:
            raise NotAContraction(
                f"kernel.ops[{index}]", f"{op.op} does not use {current}, the result before it"
            )
        current = op.out
    final = kernel.buffer(current)
    if final is None or final.io != "out":
        raise NotAContraction("kernel.ops", f"the chain ends in {current}, which is no output of the kernel")
    outputs = [buffer.name for buffer in kernel.buffers if buffer.io == "out"]
    if outputs != [final.name]:
        raise NotAContraction("kernel.buffers", f"{len(outputs)} outputs, one is written")
    return final


def _matrix_dims(buffer: Buffer, path: str) -> tuple[str, str]:
    if len(buffer.dims) < 2:
        raise NotAContraction(path, f"{buffer.name} has no rows and columns")
    return buffer.dims[-2], buffer.dims[-1]


def _batch(kernel: Kernel, buffer: Buffer) -> tuple[str, ...]:
    return tuple(dim for dim in buffer.dims[:-2] if kernel.dims[dim] > 1)


def _is_batched(kernel: Kernel, buffer: Buffer, batch: tuple[str, ...]) -> bool:
    own = _batch(kernel, buffer)
    if own not in ((), batch):
        raise NotAContraction(
            f"kernel.buffers.{buffer.name}", f"batch dims {own} are neither none nor all of {batch}"
        )
    return bool(own)


def _contraction_inputs(kernel: Kernel, rows: str, columns: str) -> tuple[Buffer, Buffer, str]:
    """The operand with the output's rows, the one with its columns, and the dim they sum over."""
    found: dict[str, Buffer] = {}
    for name in kernel.ops[0].inputs:
        buffer = kernel.buffer(name)
        if buffer is None or buffer.io != "in":
            raise NotAContraction("kernel.ops[0].in", f"{name} is no input of the kernel")
        pair = _matrix_dims(buffer, "kernel.ops[0].in")
        side = (
            "in0"
            if rows in pair and columns not in pair
            else "in1"
            if columns in pair and rows not in pair
            else ""
        )
        if not side or side in found:
            raise NotAContraction(
                "kernel.ops[0].in", f"{name}{list(pair)} is neither rows {rows} nor columns {columns}"
            )
        found[side] = buffer
    in0, in1 = found["in0"], found["in1"]
    inner = {
        next(dim for dim in in0.dims[-2:] if dim != rows),
        next(dim for dim in in1.dims[-2:] if dim != columns),
    }
    if len(inner) != 1:
        raise NotAContraction("kernel.ops[0].in", f"the operands sum over different dims {sorted(inner)}")
    return in0, in1, inner.pop()


def _added(kernel: Kernel, name: str, final: Buffer, batch: tuple[str, ...], path: str) -> Operand:
    buffer = kernel.buffer(name)
    if buffer is None or buffer.io != "in":
        raise NotAContraction(path, f"{name} is no input of the kernel")
    if len(buffer.dims) >= 2 and buffer.dims[-2:] == final.dims[-2:]:
        return Operand(name, False, False, _is_batched(kernel, buffer, batch))
    if buffer.dims[-1] == final.dims[-1] and all(kernel.dims[dim] == 1 for dim in buffer.dims[:-1]):
        return Operand(name, False, True, False)
    raise NotAContraction(
        path, f"{name}{list(buffer.dims)} is neither a row nor a matrix of {list(final.dims)}"
    )
