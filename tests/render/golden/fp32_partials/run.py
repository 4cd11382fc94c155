"""fp32_partials on n150: runs the kernels beside this file through ttnn.generic_op.

Every number comes from plan.json. `python run.py` fills the inputs with random numbers, runs the program
once and compares the result with PyTorch.
"""

import json
from pathlib import Path

import torch
import ttnn

HERE = Path(__file__).resolve().parent
PLAN = json.loads((HERE / "plan.json").read_text(encoding="utf-8"))
BUFFERS = {buffer["name"]: buffer for buffer in PLAN["buffers"]}
COMPUTE = PLAN["kernel"]["compute"]
FP32_INTO_DST = 24  # circular buffer of the partial sums: Float32, read by copy_tile only


def data_type(name):
    """The TTNN data type of that name."""
    found = getattr(ttnn, name, None)
    if found is None:
        raise SystemExit(f"TTNN has no data type {name}; run main.cpp instead")
    return found


def core_set(ranges):
    """A CoreRangeSet from rectangles x0, y0, x1, y1."""
    return ttnn.CoreRangeSet(
        [ttnn.CoreRange(ttnn.CoreCoord(x0, y0), ttnn.CoreCoord(x1, y1)) for x0, y0, x1, y1 in ranges]
    )


def memory_config(buffer):
    """Where a tensor lives, from its entry in the plan."""
    memory = getattr(ttnn.BufferType, buffer["memory"])
    layout = getattr(ttnn.TensorMemoryLayout, buffer["layout"].upper())
    shard = buffer.get("shard")
    if shard is None:
        return ttnn.MemoryConfig(layout, memory)
    xs, ys = zip(*shard["cores"], strict=True)
    block = buffer["layout"] == "block_sharded"
    ranges = [(min(xs), min(ys), max(xs), max(ys))] if block else [(x, y, x, y) for x, y in shard["cores"]]
    rows, columns = shard["shape"]
    orientation = getattr(ttnn.ShardOrientation, shard["orientation"].upper())
    return ttnn.MemoryConfig(
        layout, memory, ttnn.ShardSpec(core_set(ranges), [rows * 32, columns * 32], orientation)
    )


def circular_buffers(tensors, cores):
    """One descriptor per piece of memory; circular buffers that share it are formats of one descriptor."""
    groups = {cb["id"]: [cb] for cb in PLAN["circular_buffers"] if "alias_of" not in cb}
    for cb in PLAN["circular_buffers"]:
        if "alias_of" in cb:
            groups[cb["alias_of"]].append(cb)
    descriptors = []
    for members in sorted(groups.values(), key=lambda group: ("on_buffer" in group[0], group[0]["address"])):
        first = members[0]
        formats = [
            ttnn.CBFormatDescriptor(
                buffer_index=cb["id"], data_format=data_type(cb["dtype"]), page_size=cb["page_bytes"]
            )
            for cb in members
        ]
        if "on_buffer" in first:
            tensor = tensors[first["on_buffer"]]
            descriptor = ttnn.cb_descriptor_from_sharded_tensor(
                first["id"], tensor, total_size=first["bytes"], core_ranges=cores
            )
            descriptor.format_descriptors = formats
        else:
            descriptor = ttnn.CBDescriptor(
                total_size=first["bytes"], core_ranges=cores, format_descriptors=formats
            )
        descriptors.append(descriptor)
    return descriptors


def words(arguments, values, tensors, device):
    """Runtime arguments as the kernel sees them: real addresses and NoC coordinates in place of the plan's."""
    found = []
    for argument, value in zip(arguments, values, strict=True):
        if argument["kind"] == "address":
            found.append(tensors[argument["of"]].buffer_address())
        elif argument["kind"] == "noc_x":
            found.append(device.worker_core_from_logical_core(ttnn.CoreCoord(value, 0)).x)
        elif argument["kind"] == "noc_y":
            found.append(device.worker_core_from_logical_core(ttnn.CoreCoord(0, value)).y)
        else:
            found.append(value)
    return found


def kernel_config(kernel):
    """The processor of a kernel and its settings."""
    if kernel["processor"] == "compute":
        config = ttnn.ComputeConfigDescriptor(
            math_fidelity=getattr(ttnn.MathFidelity, COMPUTE["math_fidelity"]),
            math_approx_mode=COMPUTE["math_approx_mode"],
            fp32_dest_acc_en=COMPUTE["fp32_dest_acc_en"],
            dst_full_sync_en=COMPUTE["dst_full_sync_en"],
        )
        modes = [ttnn.UnpackToDestMode.Default] * 64
        modes[FP32_INTO_DST] = ttnn.UnpackToDestMode.UnpackToDestFp32
        config.unpack_to_dest_mode = modes
        return config
    return ttnn.DataMovementConfigDescriptor(
        processor=getattr(ttnn.DataMovementProcessor, kernel["processor"].upper()),
        noc=ttnn.NOC.RISCV_0_default if kernel["noc"] == 0 else ttnn.NOC.RISCV_1_default,
    )


def kernel_descriptor(kernel, tensors, device):
    """One kernel with its arguments on every core."""
    positional = []
    for name in kernel["accessors"]:
        positional.extend(ttnn.TensorAccessorArgs(tensors[name]).get_compile_time_args())
    per_core = ttnn.RuntimeArgs()
    for entry in kernel["values"]:
        x, y = entry["core"]
        per_core[x][y] = words(kernel["runtime_args"], entry["values"], tensors, device)
    return ttnn.KernelDescriptor(
        kernel_source=str(HERE / "kernels" / f"{kernel['name']}.cpp"),
        source_type=ttnn.KernelDescriptor.SourceType.FILE_PATH,
        core_ranges=core_set(kernel["core_ranges"]),
        compile_time_args=positional,
        named_compile_time_args=[
            (argument["name"], argument["value"]) for argument in kernel["compile_args"]
        ],
        runtime_args=per_core,
        common_runtime_args=words(kernel["common_args"], kernel["common_values"], tensors, device),
        config=kernel_config(kernel),
    )


def program(tensors, device):
    """The whole program on tensors that are already on the device, by buffer name."""
    cores = core_set(PLAN["partition"]["core_ranges"])
    return ttnn.ProgramDescriptor(
        kernels=[kernel_descriptor(kernel, tensors, device) for kernel in PLAN["kernels"]],
        semaphores=[
            ttnn.SemaphoreDescriptor(
                id=semaphore["id"], core_ranges=cores, initial_value=semaphore["initial"]
            )
            for semaphore in PLAN["semaphores"]
        ],
        cbs=circular_buffers(tensors, cores),
    )


def run(inputs, device):
    """Run the kernel on torch tensors by buffer name. Returns the outputs as torch tensors by buffer name."""
    tensors = {}
    for name, buffer in BUFFERS.items():
        place = memory_config(buffer)
        if buffer["io"] == "in":
            tensors[name] = ttnn.from_torch(
                inputs[name],
                dtype=data_type(buffer["dtype"]),
                layout=ttnn.TILE_LAYOUT,
                device=device,
                memory_config=place,
            )
        else:
            tensors[name] = ttnn.allocate_tensor_on_device(
                ttnn.Shape(buffer["elements"]), data_type(buffer["dtype"]), ttnn.TILE_LAYOUT, device, place
            )
    outputs = [name for name, buffer in BUFFERS.items() if buffer["io"] == "out"]
    ordered = [name for name in BUFFERS if name not in outputs] + outputs
    ttnn.generic_op([tensors[name] for name in ordered], program(tensors, device))
    return {name: ttnn.to_torch(tensors[name]) for name in outputs}


def expected(inputs):
    """The kernel in PyTorch, in float32: values by name, each with its dims."""
    dims = {buffer["name"]: buffer["dims"] for buffer in PLAN["kernel"]["buffers"]}
    final = next(buffer["dims"] for buffer in PLAN["kernel"]["buffers"] if buffer.get("io") == "out")
    values = {name: (tensor.float(), dims[name]) for name, tensor in inputs.items()}
    letter = {dim: chr(ord("a") + index) for index, dim in enumerate(PLAN["kernel"]["dims"])}
    for op in PLAN["kernel"]["ops"]:
        operands = [values[name] for name in op["in"]]
        kept = [dim for dim in final if any(dim in names for _, names in operands)]
        if op["op"] in ("matmul", "add"):
            spelled = ["".join(letter[dim] for dim in names) for _, names in operands]
            target = "".join(letter[dim] for dim in kept)
            if op["op"] == "matmul":
                result = torch.einsum(
                    f"{spelled[0]},{spelled[1]}->{target}", *(value for value, _ in operands)
                )
            else:
                shape = [PLAN["kernel"]["dims"][dim] for dim in kept]
                ones = torch.ones(shape)
                result = sum(
                    torch.einsum(f"{names},{target}->{target}", value, ones)
                    for names, (value, _) in zip(spelled, operands, strict=True)
                )
        else:
            result, kept = operands[0]
            if op["op"] == "scale":
                result = result * op["value"]
            elif op["op"] != "cast":
                result = getattr(torch.nn.functional, op["op"])(result)
        values[op["out"]] = (result, kept)
    return {name: values[name][0] for name, buffer in BUFFERS.items() if buffer["io"] == "out"}


def main():
    torch.manual_seed(0)
    inputs = {
        name: torch.rand(buffer["elements"]) * 2 - 1
        for name, buffer in BUFFERS.items()
        if buffer["io"] == "in"
    }
    device = ttnn.open_device(device_id=0)
    try:
        outputs = run(inputs, device)
    finally:
        ttnn.close_device(device)
    for name, wanted in expected(inputs).items():
        error = (outputs[name].float() - wanted).abs().max().item()
        print(
            f"{name}: largest difference from PyTorch {error:.3g}, largest value {wanted.abs().max().item():.3g}"
        )


if __name__ == "__main__":
    main()
