"""run.py builds the plan's program out of ttnn's descriptors, seen by a ttnn that only records."""

from __future__ import annotations

import ast
import runpy
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.rendered import files_of, plan_of
from ttplan.render import write_program
from ttplan.simulate.plan_run import input_arrays
from ttplan.simulate.reference import evaluate, stored


class Record:
    """Any object of ttnn: remembers how it was made and takes any attribute."""

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        self.kind, self.args = kind, args
        self.__dict__.update(kwargs)


class RuntimeArgs(dict[int, dict[int, list[int]]]):
    """`args[x][y] = words`, as ttnn's."""

    def __missing__(self, x: int) -> dict[int, list[int]]:
        self[x] = {}
        return self[x]


class Enum:
    """An enumeration with every member."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, member: str) -> str:
        return f"{self._name}.{member}"


class Array(np.ndarray):  # type: ignore[type-arg]
    """A NumPy array with the one method of a torch tensor that run.py calls."""

    def float(self) -> Array:
        return self


class Tensor(Record):
    def buffer_address(self) -> int:
        return 4096 * (1 + len(self.name))


ENUMS = (
    "BufferType",
    "TensorMemoryLayout",
    "ShardOrientation",
    "MathFidelity",
    "UnpackToDestMode",
    "DataMovementProcessor",
    "NOC",
)
RECORDS = (
    "CoreCoord",
    "CoreRange",
    "CoreRangeSet",
    "MemoryConfig",
    "ShardSpec",
    "Shape",
    "CBFormatDescriptor",
    "CBDescriptor",
    "SemaphoreDescriptor",
    "ComputeConfigDescriptor",
    "DataMovementConfigDescriptor",
    "ProgramDescriptor",
)


@pytest.fixture
def ttnn(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("ttnn")
    recorded: list[Any] = []
    made: list[Tensor] = []

    def tensor(**fields: Any) -> Tensor:
        made.append(Tensor("Tensor", name=f"t{len(made)}", **fields))
        return made[-1]

    for name in ENUMS:
        setattr(module, name, Enum(name))
    for name in RECORDS:
        setattr(module, name, lambda *args, _name=name, **kwargs: Record(_name, *args, **kwargs))
    kernel = lambda **kwargs: Record("KernelDescriptor", **kwargs)  # noqa: E731
    kernel.SourceType = Enum("SourceType")  # type: ignore[attr-defined]
    fields: dict[str, Any] = {
        "KernelDescriptor": kernel,
        "RuntimeArgs": RuntimeArgs,
        "TILE_LAYOUT": "tile",
        "bfloat16": "bfloat16",
        "float32": "float32",
        "bfloat8_b": "bfloat8_b",
        "from_torch": lambda values, **kwargs: tensor(values=values, **kwargs),
        "allocate_tensor_on_device": lambda shape, dtype, layout, device, place: tensor(
            shape=shape, memory_config=place
        ),
        "to_torch": lambda given: given,
        "TensorAccessorArgs": lambda given: types.SimpleNamespace(get_compile_time_args=lambda: [given.name]),
        "cb_descriptor_from_sharded_tensor": lambda index, given, **kwargs: Record(
            "OnTensor", index, given, **kwargs
        ),
        "generic_op": lambda tensors, program: recorded.append((tensors, program)),
        "recorded": recorded,
    }
    for name, value in fields.items():
        setattr(module, name, value)
    torch = types.ModuleType("torch")
    activations = types.SimpleNamespace(relu=lambda x: np.maximum(x, 0), silu=lambda x: x / (1 + np.exp(-x)))
    for name, value in {
        "einsum": np.einsum,
        "ones": np.ones,
        "nn": types.SimpleNamespace(functional=activations),
    }.items():
        setattr(torch, name, value)
    monkeypatch.setitem(sys.modules, "ttnn", module)
    monkeypatch.setitem(sys.modules, "torch", torch)
    return module


class Device:
    def worker_core_from_logical_core(self, core: Record) -> Any:
        return types.SimpleNamespace(x=core.args[0] + 18, y=core.args[1] + 18)


def driver(case: str, folder: Path) -> dict[str, Any]:
    write_program(files_of(case), folder)
    return runpy.run_path(str(folder / "run.py"), run_name="driver")


@pytest.mark.parametrize("case", ["split", "fp32_partials", "everything_local", "in1_dram"])
def test_driver_is_valid_python(case: str) -> None:
    ast.parse(files_of(case)["run.py"])


def run_recorded(case: str, folder: Path, ttnn: types.ModuleType) -> tuple[list[Tensor], Record]:
    space = driver(case, folder)
    names = [buffer.name for buffer in plan_of(case).buffers if buffer.io == "in"]
    space["run"]({name: name for name in names}, Device())
    assert len(ttnn.recorded) == 1
    tensors, program = ttnn.recorded[0]
    return tensors, program


def test_descriptors_carry_the_tables_of_the_plan(tmp_path: Path, ttnn: types.ModuleType) -> None:
    plan = plan_of("multicast_2d")
    tensors, program = run_recorded("multicast_2d", tmp_path, ttnn)
    assert [kernel.kernel_source for kernel in program.kernels] == [
        str(tmp_path / "kernels" / f"{kernel.name}.cpp") for kernel in plan.kernels
    ]
    for kernel, table in zip(program.kernels, plan.kernels, strict=True):
        assert dict(kernel.named_compile_time_args) == {arg.name: arg.value for arg in table.compile_args}
        assert Path(kernel.kernel_source).exists()
        for entry in table.values:
            words = kernel.runtime_args[entry.core[0]][entry.core[1]]
            assert len(words) == len(table.runtime_args)
            for argument, value, word in zip(table.runtime_args, entry.values, words, strict=True):
                if argument.kind == "value":
                    assert word == value
                elif argument.kind != "address":
                    assert word == value + 18
    assert [semaphore.id for semaphore in program.semaphores] == [0, 1, 2, 3]
    assert tensors[-1].kind == "Tensor" and hasattr(tensors[-1], "shape"), "the output is the last tensor"


def test_addresses_come_from_the_tensors_at_run_time(tmp_path: Path, ttnn: types.ModuleType) -> None:
    plan = plan_of("split")
    tensors, program = run_recorded("split", tmp_path, ttnn)
    by_name = dict(zip((buffer.name for buffer in plan.buffers), tensors, strict=True))
    words = program.kernels[0].runtime_args[0][0]
    assert words[0] == by_name["A"].buffer_address() != plan.buffer("A").address


def test_circular_buffers_that_share_memory_are_one_descriptor(
    tmp_path: Path, ttnn: types.ModuleType
) -> None:
    plan = plan_of("everything_local")
    _, program = run_recorded("everything_local", tmp_path, ttnn)
    ids = [[one.buffer_index for one in cb.format_descriptors] for cb in program.cbs]
    partials, out = plan.cb("partials"), plan.cb("out")
    assert partials is not None and out is not None
    assert [out.id, partials.id] in ids
    on_tensor = [cb for cb in program.cbs if cb.kind == "OnTensor"]
    assert {cb.args[0] for cb in on_tensor} == {
        cb.id for cb in plan.circular_buffers if cb.on_buffer and cb.alias_of is None
    }
    assert all(len(cb.args[1].name) > 0 for cb in on_tensor)


def test_sharded_tensors_lie_on_the_cores_of_the_plan(tmp_path: Path, ttnn: types.ModuleType) -> None:
    plan = plan_of("in1_dram")
    tensors, _ = run_recorded("in1_dram", tmp_path, ttnn)
    layout, memory, spec = tensors[1].memory_config.args
    assert (layout, memory) == ("TensorMemoryLayout.WIDTH_SHARDED", "BufferType.DRAM")
    banks = [(one.args[0].args, one.args[1].args) for one in spec.args[0].args[0]]
    shard = plan.buffer("B").shard
    assert shard is not None
    assert banks == [(core, core) for core in shard.cores]
    assert spec.args[1] == [32 * side for side in shard.shape]


def test_format_without_ttnn_type_is_named(tmp_path: Path, ttnn: types.ModuleType) -> None:
    space = driver("half", tmp_path)
    with pytest.raises(SystemExit, match="float16"):
        space["run"]({"A": "A", "B": "B"}, Device())


@pytest.mark.parametrize(
    "case", ["batched_multicast", "scale_row_relu", "row_residual_silu", "both_transposed_formats"]
)
def test_expected_values_of_the_driver_are_those_of_the_simulator(
    case: str, tmp_path: Path, ttnn: types.ModuleType
) -> None:
    plan = plan_of(case)
    arrays = {
        name: stored(values, plan.buffer(name).dtype)
        for name, values in input_arrays(plan.kernel, "random").items()
    }
    wanted = evaluate(plan.kernel, arrays)["C"]
    found = driver(case, tmp_path)["expected"]({name: array.view(Array) for name, array in arrays.items()})[
        "C"
    ]
    assert np.all(np.abs(np.asarray(found) - wanted.values) <= wanted.tolerance)
