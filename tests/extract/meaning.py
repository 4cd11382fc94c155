"""The meaning of a Kernel in NumPy, op by op over named dims."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ttplan.kernel import Kernel

Array = np.ndarray[Any, Any]
erf = np.vectorize(math.erf)


def sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def sample(kernel: Kernel) -> dict[str, Array]:
    """Random inputs, small enough for every activation to be in its curved part."""
    random = np.random.default_rng(7)
    inputs = [buffer for buffer in kernel.buffers if buffer.io == "in"]
    return {b.name: random.normal(0, 0.35, [kernel.dims[dim] for dim in b.dims]) for b in inputs}


def run(kernel: Kernel, tensors: dict[str, Array]) -> Array:
    """The output of the Kernel for its inputs."""
    dims = {buffer.name: buffer.dims for buffer in kernel.buffers}
    out = next(buffer for buffer in kernel.buffers if buffer.io == "out")
    letters = {dim: chr(ord("a") + place) for place, dim in enumerate(kernel.dims)}
    values = dict(tensors)
    for op in kernel.ops:
        x = values[op.inputs[0]]
        if op.op == "matmul":
            left, right, result = ("".join(letters[d] for d in dims[name]) for name in (*op.inputs, out.name))
            values[op.out] = np.einsum(f"{left},{right}->{result}", x, values[op.inputs[1]], optimize=True)
        elif op.op == "add":
            values[op.out] = x + values[op.inputs[1]]
        elif op.op == "scale":
            assert op.value is not None
            values[op.out] = x * op.value
        elif op.op == "relu":
            values[op.out] = np.maximum(x, 0)
        elif op.op == "gelu":
            values[op.out] = 0.5 * x * (1 + erf(x / math.sqrt(2)))
        elif op.op in ("silu", "sigmoid"):
            values[op.out] = sigmoid(x) * (x if op.op == "silu" else 1.0)
        elif op.op == "cast":
            values[op.out] = x
        else:
            raise AssertionError(op.op)
    return values[kernel.ops[-1].out]
