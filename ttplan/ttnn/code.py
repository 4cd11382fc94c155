"""A TTNN call as Python text and as JSON."""

from __future__ import annotations

from ttplan.document import dumps
from ttplan.formats import FORMATS
from ttplan.kernel import Compute
from ttplan.plan import Range
from ttplan.ttnn.call import MemoryConfig, Tensor
from ttplan.ttnn.configs import Multicast1D, ProgramConfig
from ttplan.ttnn.export import TtnnProgram

ACTIVATIONS = {
    "relu": "ttnn.UnaryWithParam(ttnn.UnaryOpType.RELU)",
    "gelu": "ttnn.UnaryWithParam(ttnn.UnaryOpType.GELU, {approximate})",
    "silu": "ttnn.UnaryWithParam(ttnn.UnaryOpType.SILU)",
    "sigmoid": "ttnn.UnaryWithParam(ttnn.UnaryOpType.SIGMOID)",
}


def to_json(program: TtnnProgram) -> str:
    """The call as a document of schema `ttplan.ttnn/1`, as `ttplan check --ttnn` reads it."""
    return dumps(program.call)


def to_python(program: TtnnProgram) -> str:
    """A module with one function that runs the call on tensors of the planned shapes and memory configs."""
    call = program.call
    parameters = program.names
    lines = [
        f'"""`{program.outcome}` as one TTNN call, planned by ttplan for {call.device}."""',
        "",
        "import ttnn",
        "",
    ]
    tensors = list(zip(parameters, _tensors(program), strict=True))
    tensors.append((program.outcome, call.out))
    for name, tensor in tensors:
        lines += [f"{name}_memory_config = {_memory(tensor.memory)}"]
    lines += [f"program_config = {_config(call.program_config, call.compute)}"]
    lines += [f"compute_kernel_config = {_compute(call.compute)}", "", ""]
    lines += [f"def compute_{program.outcome}({', '.join(parameters)}):"]
    shapes = ", ".join(
        f"{name} {list(tensor.shape)} {tensor.dtype}" for name, tensor in tensors if name != program.outcome
    )
    lines += [f'    """{shapes}; each in tile layout and in its memory config."""']
    operation = "matmul" if call.bias is None else "linear"
    lines += [f"    return ttnn.{operation}(", *(f"        {name}," for name in parameters[:2])]
    if call.bias is not None:
        lines += [f"        bias={parameters[2]},"]
    for flag, value in (("transpose_a", call.transpose_a), ("transpose_b", call.transpose_b)):
        if value:
            lines += [f"        {flag}=True,"]
    lines += [
        f"        memory_config={program.outcome}_memory_config,",
        f"        dtype=ttnn.{FORMATS[call.out.dtype].ttnn},",
        "        program_config=program_config,",
        "        compute_kernel_config=compute_kernel_config,",
        "    )",
    ]
    return "\n".join(lines) + "\n"


def _tensors(program: TtnnProgram) -> tuple[Tensor, ...]:
    call = program.call
    return (call.a, call.b) if call.bias is None else (call.a, call.b, call.bias)


def _arguments(name: str, arguments: list[tuple[str, str]]) -> str:
    return f"ttnn.{name}(\n" + "".join(f"    {key}={value},\n" for key, value in arguments) + ")"


def _config(config: ProgramConfig | None, compute: Compute) -> str:
    assert config is not None
    arguments: list[tuple[str, str]] = []
    for key, value in config:
        if key == "kind":
            continue
        if key == "compute_with_storage_grid_size":
            arguments.append((key, f"ttnn.CoreCoord({value[0]}, {value[1]})"))
        elif key == "fused_activation":
            text = (
                "None" if value is None else ACTIVATIONS[value].format(approximate=compute.math_approx_mode)
            )
            arguments.append((key, text))
        else:
            arguments.append((key, repr(value)))
    if isinstance(config, Multicast1D):
        arguments += [("gather_in0", "False"), ("num_global_cb_receivers", "1"), ("untilize_out", "False")]
    return _arguments(config.kind, arguments)


def _compute(compute: Compute) -> str:
    return _arguments(
        "WormholeComputeKernelConfig",
        [
            ("math_fidelity", f"ttnn.MathFidelity.{compute.math_fidelity}"),
            ("math_approx_mode", repr(compute.math_approx_mode)),
            ("fp32_dest_acc_en", repr(compute.fp32_dest_acc_en)),
            ("packer_l1_acc", repr(compute.packer_l1_acc)),
            ("dst_full_sync_en", repr(compute.dst_full_sync_en)),
        ],
    )


def _memory(memory: MemoryConfig) -> str:
    layout = f"ttnn.TensorMemoryLayout.{memory.memory_layout}"
    buffer = f"ttnn.BufferType.{memory.buffer_type}"
    spec = memory.shard_spec
    if spec is None:
        return f"ttnn.MemoryConfig({layout}, {buffer})"
    ranges = ", ".join(_range(rectangle) for rectangle in spec.grid)
    return (
        f"ttnn.MemoryConfig(\n    {layout},\n    {buffer},\n"
        f"    ttnn.ShardSpec(\n        ttnn.CoreRangeSet({{{ranges}}}),\n"
        f"        [{spec.shape[0]}, {spec.shape[1]}],\n        ttnn.ShardOrientation.{spec.orientation},\n    ),\n)"
    )


def _range(rectangle: Range) -> str:
    x0, y0, x1, y1 = rectangle
    return f"ttnn.CoreRange(ttnn.CoreCoord({x0}, {y0}), ttnn.CoreCoord({x1}, {y1}))"
