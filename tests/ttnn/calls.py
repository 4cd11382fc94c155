"""Calls and kernels that the tests of TTNN are written with. Shapes in elements."""

from __future__ import annotations

from typing import Any

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.kernel import Compute, Kernel
from ttplan.ttnn import MatmulCall
from ttplan.ttnn.call import MemoryConfig, ShardSpec, Tensor
from ttplan.ttnn.configs import DramSharded, Multicast1D, Multicast2D, Reuse

BFLOAT16_TILE = 2048
N150 = load_device("n150")
L1: dict[str, Any] = {"buffer_type": "L1"}


def grid_of(device: Device, columns: int, rows: int) -> Device:
    """The device with another rectangle of cores; columns it does not have are numbered on."""
    document = device.model_dump(by_alias=True)
    document["grid"] |= {"columns": columns, "rows": rows, "missing": ()}
    noc = document["noc"]
    last = noc["translated_x"][-1]
    noc["translated_x"] = [
        *noc["translated_x"],
        *range(last + 1, last + 1 + columns - len(noc["translated_x"])),
    ]
    return validate(Device, document)


def tensor(*shape: int, dtype: str = "bfloat16", **memory: Any) -> Tensor:
    return Tensor(shape=shape, dtype=dtype, memory=MemoryConfig(**memory))


def shards(
    layout: str, shape: tuple[int, int], x1: int, y1: int, orientation: str = "ROW_MAJOR", buffer: str = "L1"
) -> dict[str, Any]:
    """Memory config of shards of so many elements on the rectangle (0, 0)-(x1, y1)."""
    spec = ShardSpec.model_validate({"grid": [[0, 0, x1, y1]], "shape": shape, "orientation": orientation})
    return {"memory_layout": layout, "buffer_type": buffer, "shard_spec": spec}


def blocks(
    cores: tuple[int, int], per_core: tuple[int, int], subblock: tuple[int, int], k_block: int
) -> dict[str, Any]:
    """Fields of a program config. cores: (columns, rows); per_core, subblock: (rows, columns) in tiles."""
    return {
        "compute_with_storage_grid_size": cores,
        "in0_block_w": k_block,
        "out_subblock_h": subblock[0],
        "out_subblock_w": subblock[1],
        "per_core_M": per_core[0],
        "per_core_N": per_core[1],
    }


def plane(**update: Any) -> MatmulCall:
    """1024 x 1024 x 1024 in DRAM on 8 x 8 cores with the 2D config, legal as it is."""
    config = Multicast2D(**blocks((8, 8), (4, 4), (4, 2), 4))
    square = tensor(1024, 1024)
    return _with(MatmulCall(a=square, b=square, out=square, program_config=config), update)


def wide(**update: Any) -> MatmulCall:
    """64 x 2048 x 2048 with in0 multicast to 32 cores, legal as it is."""
    config = Multicast1D(**blocks((8, 4), (2, 2), (2, 2), 2))
    call = MatmulCall(a=tensor(64, 2048), b=tensor(2048, 2048), out=tensor(64, 2048), program_config=config)
    return _with(call, update)


def tall(**update: Any) -> MatmulCall:
    """2048 x 512 x 64 with in1 multicast to 32 cores, legal as it is."""
    config = Multicast1D(**blocks((8, 4), (2, 2), (2, 2), 4), mcast_in0=False)
    call = MatmulCall(a=tensor(2048, 512), b=tensor(512, 64), out=tensor(2048, 64), program_config=config)
    return _with(call, update)


def batched(**update: Any) -> MatmulCall:
    """32 products of 128 x 64 x 128, one per core, legal as it is."""
    config = Reuse(**blocks((8, 8), (4, 4), (4, 2), 2))
    call = MatmulCall(
        a=tensor(32, 128, 64), b=tensor(32, 64, 128), out=tensor(32, 128, 128), program_config=config
    )
    return _with(call, update)


def decode(**update: Any) -> MatmulCall:
    """32 x 4096 x 4096 with weights in the 12 DRAM banks of an n150, legal as it is."""
    call = MatmulCall(
        a=tensor(32, 4096, **shards("WIDTH_SHARDED", (32, 512), 7, 0)),
        b=tensor(4096, 4096, **shards("WIDTH_SHARDED", (4096, 352), 11, 0, buffer="DRAM")),
        out=tensor(32, 4096, **shards("WIDTH_SHARDED", (32, 512), 7, 0)),
        program_config=DramSharded(in0_block_w=4, per_core_M=1, per_core_N=16),
    )
    return _with(call, update)


def _with(call: MatmulCall, update: dict[str, Any]) -> MatmulCall:
    """Fields of the call or of its program config replaced."""
    assert call.program_config is not None
    own = {key: value for key, value in update.items() if key in MatmulCall.model_fields}
    rest = {key: value for key, value in update.items() if key not in own}
    if rest:
        own["program_config"] = call.program_config.model_copy(update=rest)
    return call.model_copy(update=own)


def kernel(
    m: int,
    k: int,
    n: int,
    batch: int = 1,
    batched_b: bool = False,
    dtypes: tuple[str, str, str] = ("bfloat16", "bfloat16", "bfloat16"),
    transposed: tuple[bool, bool] = (False, False),
    bias: bool = False,
    activation: str | None = None,
    layout: dict[str, Any] | None = None,
    compute: Compute | None = None,
) -> Kernel:
    """A matmul kernel A x B -> C. batched_b: B has a matrix per batch."""
    many = ["batch"] if batch > 1 else []
    buffers = [
        {
            "name": "A",
            "dims": many + (["K", "M"] if transposed[0] else ["M", "K"]),
            "dtype": dtypes[0],
            "io": "in",
        },
        {
            "name": "B",
            "dims": (many if batched_b else []) + (["N", "K"] if transposed[1] else ["K", "N"]),
            "dtype": dtypes[1],
            "io": "in",
        },
        {"name": "C", "dims": [*many, "M", "N"], "dtype": dtypes[2], "io": "out"},
    ]
    ops: list[dict[str, Any]] = [{"op": "matmul", "in": ["A", "B"], "out": "product"}]
    if bias:
        buffers.append({"name": "bias", "dims": ["N"], "dtype": "bfloat16", "io": "in"})
        ops.append({"op": "add", "in": ["product", "bias"], "out": "sum"})
    if activation is not None:
        ops.append({"op": activation, "in": [ops[-1]["out"]], "out": "active"})
    ops[-1]["out"] = "C"
    dims = {"M": m, "K": k, "N": n, **({"batch": batch} if many else {})}
    return validate(
        Kernel,
        {
            "name": "product",
            "dims": dims,
            "buffers": buffers,
            "ops": ops,
            "layout": layout or {},
            "compute": (compute or Compute(math_fidelity="HiFi2")).model_dump(),
        },
    )
