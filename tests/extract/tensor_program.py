"""Executes a PrimFunc block by block on NumPy arrays: what a TileLang kernel really computes, tile by tile.

It knows nothing of the extractor: loops run, buffers hold numbers, accesses outside a tensor read zero and
write nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
PARALLEL = 1
"""tvm::tirx::ForKind."""
_BINARY = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "FloorDiv": np.floor_divide,
    "FloorMod": np.mod,
    "Mod": np.fmod,
    "Min": np.minimum,
    "Max": np.maximum,
    "LT": np.less,
    "LE": np.less_equal,
    "GT": np.greater,
    "GE": np.greater_equal,
    "EQ": np.equal,
    "NE": np.not_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
}
_FUNCTIONS = {
    "exp": np.exp,
    "exp2": np.exp2,
    "tanh": np.tanh,
    "erf": np.vectorize(math.erf),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
}


class Program:
    """One run. buffers: contents by the identity of their memory; values: numbers of variables.

    lanes: inside T.Parallel, which of its iterations are active.
    """

    def __init__(self, function: Any, tensors: dict[str, Array]) -> None:
        self.buffers: dict[int, Array] = {}
        self.values: dict[int, Any] = {}
        self.deferred: dict[int, Any] = {}
        self.lanes: Array | None = None
        for handle in function.params:
            buffer = function.buffer_map[handle]
            self.buffers[hash(buffer.data)] = tensors[str(buffer.name)]
        self.statement(function.body)

    def statement(self, node: Any) -> None:
        name = type(node).__name__
        if name == "SeqStmt":
            for child in node.seq:
                self.statement(child)
        elif name == "SBlockRealize":
            for buffer in node.block.alloc_buffers:
                shape = [int(extent) for extent in buffer.shape]
                self.buffers[hash(buffer.data)] = np.full(shape, np.nan)
            self.statement(node.block.body)
        elif name == "AttrStmt":
            self.statement(node.body)
        elif name == "For" and int(node.kind) == PARALLEL:
            self.parallel(node)
        elif name == "For":
            start = int(self.value(node.min))
            for iteration in range(int(self.value(node.extent))):
                self.values[hash(node.loop_var)] = start + iteration
                self.statement(node.body)
        elif name == "Bind":
            # Evaluated where it is used: T.Persistent binds expressions of a loop variable before the loop.
            self.deferred[hash(node.var)] = node.value
        elif name == "IfThenElse" and self.lanes is not None:
            before = self.lanes
            self.lanes = before & self.value(node.condition)
            self.statement(node.then_case)
            self.lanes = before
        elif name == "IfThenElse":
            if self.value(node.condition):
                self.statement(node.then_case)
            elif node.else_case is not None:
                self.statement(node.else_case)
        elif name == "BufferStore":
            self.write(node.buffer, [self.value(index) for index in node.indices], self.value(node.value))
        else:
            self.operator(node.value)

    def value(self, node: Any) -> Any:
        name = type(node).__name__
        if isinstance(node, (int, float)):
            return node
        if name in ("IntImm", "FloatImm"):
            return node.value
        if name == "Var":
            key = hash(node)
            return self.values[key] if key in self.values else self.value(self.deferred[key])
        if name == "Cast":
            return self.value(node.value)
        if name == "Div":
            left, right = self.value(node.a), self.value(node.b)
            return left / right if str(node.dtype).startswith("float") else int(left / right)
        if name in _BINARY:
            return _BINARY[name](self.value(node.a), self.value(node.b))
        if name == "BufferLoad":
            return self.read(node.buffer, [self.value(index) for index in node.indices])
        function = node.op.name.split(".")[-1]
        if function == "if_then_else":
            return np.where(*(self.value(argument) for argument in node.args))
        return _FUNCTIONS[function](*(self.value(argument) for argument in node.args))

    def memory(self, buffer: Any) -> Array:
        return self.buffers[hash(buffer.data)].reshape([int(extent) for extent in buffer.shape])

    def parallel(self, node: Any) -> None:
        """All iterations at once: the variable is an array with one entry per lane."""
        lanes, values, extent = self.lanes, dict(self.values), int(self.value(node.extent))
        count = 1 if lanes is None else lanes.size
        for key, value in values.items():
            if isinstance(value, np.ndarray):
                self.values[key] = np.repeat(value, extent)
        self.values[hash(node.loop_var)] = np.tile(np.arange(extent), count)
        self.lanes = np.repeat(np.ones(1, bool) if lanes is None else lanes, extent)
        self.statement(node.body)
        self.lanes, self.values = lanes, values

    def read(self, buffer: Any, index: list[Any]) -> Any:
        memory = self.memory(buffer)
        places = np.broadcast_arrays(*index)
        inside = self.inside(memory, places)
        return np.where(inside, memory[tuple(np.where(inside, place, 0) for place in places)], 0.0)

    def write(self, buffer: Any, index: list[Any], value: Any) -> None:
        memory = self.memory(buffer)
        *places, values, lanes = np.broadcast_arrays(
            *index, value, True if self.lanes is None else self.lanes
        )
        chosen = self.inside(memory, places) & lanes
        memory[tuple(place[chosen] for place in places)] = values[chosen]

    @staticmethod
    def inside(memory: Array, places: Sequence[Array]) -> Array:
        checks = [(place >= 0) & (place < size) for place, size in zip(places, memory.shape, strict=True)]
        return np.asarray(np.logical_and.reduce(checks))

    def load(self, region: Any) -> Array:
        """Elements of a region, zero outside the tensor, without extents of one."""
        memory, box = self.memory(region.args[0].buffer), self.box(region)
        result = np.zeros([len(axis) for axis in box])
        inside = [
            [p for p, i in enumerate(axis) if i < size] for axis, size in zip(box, memory.shape, strict=True)
        ]
        chosen = [[axis[p] for p in kept] for axis, kept in zip(box, inside, strict=True)]
        if all(inside):
            result[np.ix_(*inside)] = memory[np.ix_(*chosen)]
        return result.reshape([len(axis) for axis in box if len(axis) != 1])

    def box(self, region: Any) -> list[range]:
        starts = [int(self.value(index)) for index in region.args[0].indices]
        return [range(s, s + int(e)) for s, e in zip(starts, region.args[2:], strict=True)]

    def store(self, region: Any, value: Array) -> None:
        buffer, box = region.args[0].buffer, self.box(region)
        shaped = np.broadcast_to(value, [len(axis) for axis in box if len(axis) != 1]).reshape(
            [len(a) for a in box]
        )
        for offsets in itertools.product(*(range(len(axis)) for axis in box[:-1])):
            index = tuple(axis[o] for axis, o in zip(box[:-1], offsets, strict=True))
            memory = self.memory(buffer)
            if all(place < size for place, size in zip(index, memory.shape[:-1], strict=True)):
                last = box[-1]
                count = max(0, min(len(last), memory.shape[-1] - last.start))
                memory[index][last.start : last.start + count] = shaped[offsets][:count]

    def operator(self, call: Any) -> None:
        name, arguments = call.op.name.split(".")[-1], call.args
        if name == "copy":
            self.store(arguments[1], self.load(arguments[0]))
        elif name == "fill":
            self.store(arguments[0], np.asarray(float(self.value(arguments[1]))))
        elif name == "gemm":
            left, right = self.load(arguments[0]), self.load(arguments[1])
            product = (left.T if arguments[3] else left) @ (right.T if arguments[4] else right)
            before = 0.0 if self.value(arguments[9]) else self.load(arguments[2])
            self.store(arguments[2], before + product)
        else:
            raise AssertionError(name)
