"""Which kernels the encodings cover: one contraction, then a chain of ops on its result. Everything else is
refused by name.
"""

from __future__ import annotations

from ttplan.errors import InputError
from ttplan.facts.dataflow import Dataflow
from ttplan.ops import OPS

COVERED = "one matmul, then a chain of " + ", ".join(
    name for name, op in OPS.items() if op.kind != "contract"
)


def require_covered(flow: Dataflow) -> None:
    """Raise InputError when no family of encodings plans this kernel."""
    kernel = flow.kernel
    contractions = [index for index in flow.order if OPS[kernel.ops[index].op].kind == "contract"]
    if not contractions:
        raise InputError(
            "ops", "kernels without a matmul are not planned by this version", kernel.ops[0].op, (COVERED,)
        )
    if len(contractions) > 1:
        raise InputError(
            f"ops[{contractions[1]}]",
            "a second matmul in one kernel is not planned by this version",
            "matmul",
            (COVERED,),
        )
    first = flow.order[0]
    if first != contractions[0]:
        text = "an op on an operand of the matmul is not planned by this version; only ops on its result are"
        raise InputError(f"ops[{first}]", text, kernel.ops[first].op, (COVERED,))
    carried = kernel.ops[first].out
    for index in flow.order[1:]:
        op = kernel.ops[index]
        if list(op.inputs).count(carried) != 1:
            text = f"the op does not continue the chain: {carried} must be its input, once"
            raise InputError(f"ops[{index}].in", text, list(op.inputs), (COVERED,))
        for place, name in enumerate(op.inputs):
            buffer = kernel.buffer(name)
            if name != carried and (buffer is None or buffer.io != "in"):
                raise InputError(
                    f"ops[{index}].in[{place}]", "the second operand must be an input of the kernel", name
                )
        carried = op.out
    outputs = [buffer.name for buffer in kernel.buffers if buffer.io == "out"]
    if outputs != [carried]:
        raise InputError(
            "buffers", "the kernel must have one output, the end of the chain", outputs, (carried,)
        )
    for name in kernel.ops[first].inputs:
        buffer = kernel.buffer(name)
        if buffer is None or buffer.io != "in":
            raise InputError(
                f"ops[{first}].in", "the operands of the matmul must be inputs of the kernel", name
            )
    declared = kernel.buffer(carried)
    dims = flow.dims[kernel.ops[first].out]
    if declared is not None and declared.dims != dims:
        raise InputError("ops", f"the chain changes dims from {list(dims)}", list(declared.dims))
