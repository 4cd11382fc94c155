"""Plan -> program document: rendered kernels with the plan's addresses, circular buffers and arguments."""

from __future__ import annotations

from ttplan import plan as plans
from ttplan.render.compute import fp32_partials
from ttplan.render.host import Allocation, allocations
from ttplan.render.program import render_kernel
from ttplan.simulate.device import Device
from ttplan.simulate.program import (
    Accessor,
    AddressOf,
    Argument,
    Buffer,
    CircularBuffer,
    CircularBufferFormat,
    ComputeConfig,
    Kernel,
    NocX,
    NocY,
    Program,
    Semaphore,
    Shard,
)


def device_of(plan: plans.Plan) -> Device:
    """The simulated chip: the plan's numbers.

    A core that is missing on the device exists here, and nothing runs on it.
    """
    device = plan.device
    return Device.model_validate(
        {
            "arch": device.arch,
            "grid": (device.grid.columns, device.grid.rows),
            "l1_bytes": device.l1.bytes,
            "l1_base": device.l1.base,
            "l1_alignment": device.noc.l1_alignment,
            "dram_alignment": device.dram.read_alignment,
            "dram_write_alignment": device.dram.write_alignment,
            "dram_banks": device.dram.banks,
            "num_cbs": device.circular_buffers.count,
            "max_packet_bytes": device.noc.max_packet_bytes,
        }
    )


def _buffer(buffer: plans.BufferPlan) -> Buffer:
    shard = None
    if buffer.shard is not None:
        in_dram = buffer.memory == "DRAM"
        shard = Shard(
            shape=buffer.shard.shape,
            cores=() if in_dram else buffer.shard.cores,
            banks=tuple(bank for bank, _ in buffer.shard.cores) if in_dram else (),
            grid=buffer.shard.grid,
            orientation=buffer.shard.orientation,
        )
    return Buffer.model_validate(
        {
            "name": buffer.name,
            "dtype": buffer.dtype,
            "shape": buffer.elements,
            "memory": buffer.memory,
            "layout": "interleaved" if shard is None else "sharded",
            "page_bytes": buffer.page_bytes,
            "address": buffer.address,
            "shard": shard,
            "io": buffer.io,
        }
    )


def _circular_buffer(plan: plans.Plan, allocation: Allocation) -> CircularBuffer:
    return CircularBuffer.model_validate(
        {
            "formats": tuple(
                CircularBufferFormat.model_validate(
                    {"id": cb.id, "dtype": cb.dtype, "page_bytes": cb.page_bytes}
                )
                for cb in allocation.members
            ),
            "core_ranges": plan.partition.core_ranges,
            "total_bytes": allocation.first.bytes,
            "address": None if allocation.buffer else allocation.first.address,
            "buffer": allocation.buffer,
        }
    )


def _argument(argument: plans.RuntimeArg, value: int) -> Argument:
    if argument.kind == "address" and argument.of is not None:
        return AddressOf(address_of=argument.of)
    if argument.kind == "noc_x":
        return NocX(noc_x=(value, 0))
    if argument.kind == "noc_y":
        return NocY(noc_y=(0, value))
    return value


def _kernel(plan: plans.Plan, kernel: plans.KernelPlan) -> Kernel:
    compute = plan.kernel.compute
    partials = plan.cb("partials")
    return Kernel(
        name=kernel.name,
        source=render_kernel(plan, kernel),
        processor=kernel.processor,
        noc=kernel.noc,
        core_ranges=kernel.core_ranges,
        compile_args=tuple(Accessor(accessor=buffer) for buffer in kernel.accessors),
        named_compile_args={argument.name: argument.value for argument in kernel.compile_args},
        runtime_args={
            f"{entry.core[0]},{entry.core[1]}": tuple(
                _argument(argument, value)
                for argument, value in zip(kernel.runtime_args, entry.values, strict=True)
            )
            for entry in kernel.values
        },
        common_runtime_args=tuple(
            _argument(argument, value)
            for argument, value in zip(kernel.common_args, kernel.common_values, strict=True)
        ),
        compute=ComputeConfig(
            math_fidelity=compute.math_fidelity,
            fp32_dest_acc_en=compute.fp32_dest_acc_en,
            dst_full_sync_en=compute.dst_full_sync_en,
            math_approx_mode=compute.math_approx_mode,
            unpack_to_dest_fp32=(partials.id,) if partials is not None and fp32_partials(plan) else (),
        ),
    )


def program_of(plan: plans.Plan) -> Program:
    """The program document of a plan. Raises InternalError when the plan's tables contradict each other."""
    return Program(
        name=plan.kernel.name,
        device=device_of(plan),
        buffers=tuple(_buffer(buffer) for buffer in plan.buffers),
        circular_buffers=tuple(_circular_buffer(plan, allocation) for allocation in allocations(plan)),
        semaphores=tuple(
            Semaphore(id=semaphore.id, initial=semaphore.initial, core_ranges=plan.partition.core_ranges)
            for semaphore in plan.semaphores
        ),
        kernels=tuple(_kernel(plan, kernel) for kernel in plan.kernels),
    )
