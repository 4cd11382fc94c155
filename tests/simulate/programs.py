"""Programs that several tests run: built here, with the kernels in `kernels/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ttplan.document import validate
from ttplan.simulate import Program
from ttplan.simulate.formats import TILE_BYTES

KERNELS = Path(__file__).parent / "kernels"
L1_BASE = {"wormhole_b0": 103712, "blackhole": 111104}


def program(**fields: Any) -> Program:
    """A validated program document."""
    return validate(Program, {"schema": "ttplan.program/1", **fields})


def buffer(
    name: str, shape: tuple[int, ...], io: str, address: int, dtype: str = "bfloat16", **more: Any
) -> dict[str, Any]:
    """One entry of `buffers`."""
    return {"name": name, "shape": shape, "io": io, "address": address, "dtype": dtype, **more}


class L1:
    """Circular buffers one after the other from the first free byte of L1."""

    def __init__(self, cores: list[list[int]], arch: str = "wormhole_b0") -> None:
        self.cores = cores
        self.next = L1_BASE[arch]
        self.buffers: list[dict[str, Any]] = []

    def add(self, cb: int, pages: int, dtype: str = "bfloat16", page_bytes: int | None = None) -> None:
        page = page_bytes or TILE_BYTES[dtype]
        self.buffers.append(
            {
                "core_ranges": self.cores,
                "address": self.next,
                "total_bytes": pages * page,
                "formats": [{"id": cb, "dtype": dtype, "page_bytes": page}],
            }
        )
        self.next += -(-pages * page // 64) * 64


def multicast_matmul(
    m: int,
    k: int,
    n: int,
    grid: tuple[int, int],
    *,
    block_k: int = 2,
    subblock: tuple[int, int] = (1, 2),
    dtype: str = "bfloat16",
    in1_dtype: str = "bfloat16",
    out_dtype: str = "bfloat16",
    acc_dtype: str = "bfloat16",
    fp32: bool = False,
    bias: bool = False,
    relu: bool = False,
    arch: str = "wormhole_b0",
    depth: int = 2,
    overrides: dict[str, Any] | None = None,
) -> Program:
    """m x k by k x n on grid (columns, rows), every size a multiple of what a core takes."""
    columns, rows = grid
    mt, kt, nt = m // 32, k // 32, n // 32
    bm, bn = mt // rows, nt // columns
    rt, ct = subblock
    cores = [[0, 0, columns - 1, rows - 1]]
    l1 = L1(cores, arch)
    l1.add(0, depth * bm * block_k, dtype)
    l1.add(1, depth * bn * block_k, in1_dtype)
    l1.add(24, bm * bn, acc_dtype)
    l1.add(16, 2 * rt * ct, out_dtype)
    if bias:
        l1.add(2, bn, "bfloat16")
    sizes = [mt * kt * 4096, kt * nt * 4096, mt * nt * 4096]
    buffers = [
        buffer("a", (m, k), "in", 64, dtype),
        buffer("b", (k, n), "in", 64 + sizes[0], in1_dtype),
        buffer("c", (m, n), "out", 64 + sizes[0] + sizes[1], out_dtype),
    ]
    if bias:
        buffers.append(buffer("bias", (1, n), "in", 64 + sum(sizes)))
    defines = {**({"BIAS": "1"} if bias else {}), **({"RELU": "1"} if relu else {})}
    bias_address = [{"address_of": "bias"}] if bias else []
    bias_accessor = [{"accessor": "bias"}] if bias else []
    accessors = [{"accessor": "a"}, {"accessor": "b"}]
    reader_args: dict[str, Any] = {}
    writer_args: dict[str, Any] = {}
    for y in range(rows):
        for x in range(columns):
            reader_args[f"{x},{y}"] = [
                {"address_of": "a"},
                {"address_of": "b"},
                int(x == 0),
                int(y == 0),
                y * bm,
                x * bn,
                {"noc_x": [0, y]},
                {"noc_y": [x, 0]},
                {"noc_x": [columns - 1, y]},
                {"noc_y": [x, rows - 1]},
            ]
            writer_args[f"{x},{y}"] = [{"address_of": "c"}, y * bm, x * bn, *bias_address]
    kernels: list[dict[str, Any]] = [
        {
            "name": "reader",
            "file": "mcast_reader.cpp",
            "processor": "riscv_1",
            "noc": 0,
            "core_ranges": cores,
            "compile_args": [kt // block_k, block_k, bm, bn, nt, columns - 1, rows - 1, *accessors],
            "runtime_args": reader_args,
        },
        {
            "name": "compute",
            "file": "block_compute.cpp",
            "processor": "compute",
            "core_ranges": cores,
            "compile_args": [kt // block_k, block_k, bm // rt, bn // ct, rt, ct],
            "defines": defines,
            "compute": {"fp32_dest_acc_en": fp32},
        },
        {
            "name": "writer",
            "file": "block_writer.cpp",
            "processor": "riscv_0",
            "noc": 1,
            "core_ranges": cores,
            "compile_args": [bm // rt, bn // ct, rt, ct, nt, {"accessor": "c"}, *bias_accessor],
            "defines": defines,
            "runtime_args": writer_args,
        },
    ]
    semaphores = [{"id": number, "initial": 0, "core_ranges": cores} for number in range(4)]
    fields = {
        "name": "multicast_matmul",
        "device": {"arch": arch, "grid": [max(columns, 8), max(rows, 8)]},
        "buffers": buffers,
        "circular_buffers": l1.buffers,
        "semaphores": semaphores,
        "kernels": kernels,
    }
    return program(**{**fields, **(overrides or {})})
