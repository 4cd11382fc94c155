"""The benchmark set: matrix multiplications of every kind the planner meets, as kernels.

Sizes: powers of two, odd sizes and primes, tall, wide, decode rows, big squares, batches. Storage: everything in
DRAM, free to be placed, or given in shards of L1 or of DRAM banks. Each problem is solved on each of `DEVICES`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ttplan.kernel import Kernel

DEVICES = ("n150", "n300", "p100", "p150")

SQUARES = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
MIXED = (
    (512, 1024, 1024),
    (1024, 512, 2048),
    (2048, 1024, 512),
    (640, 640, 640),
    (768, 3072, 768),
    (3072, 768, 3072),
    (1536, 1536, 1536),
    (2560, 2560, 2560),
    (2304, 2304, 2304),
    (1024, 8192, 1024),
    (4096, 1024, 4096),
    (8192, 2048, 1024),
)
ODD = (
    (1, 1, 1),
    (33, 65, 97),
    (100, 200, 300),
    (127, 131, 113),
    (500, 500, 500),
    (777, 333, 555),
    (1000, 1000, 1000),
    (1021, 1031, 1033),
    (1279, 1283, 1289),
    (2017, 2027, 2029),
    (3001, 1009, 2003),
    (127, 4067, 3999),
    (4093, 257, 509),
    (31, 8191, 127),
    (5000, 5000, 5000),
)
TALL = (
    (65536, 256, 256),
    (32768, 512, 512),
    (16384, 1024, 64),
    (50000, 128, 128),
    (8192, 4096, 32),
    (65536, 64, 64),
    (24576, 96, 384),
    (10007, 320, 320),
)
WIDE = (
    (256, 256, 65536),
    (512, 512, 32768),
    (64, 1024, 16384),
    (128, 4096, 32000),
    (256, 1024, 50257),
    (96, 384, 24576),
    (128, 2048, 65536),
)
DECODE = (
    (32, 4096, 4096),
    (32, 4096, 14336),
    (32, 14336, 4096),
    (32, 8192, 8192),
    (32, 8192, 28672),
    (32, 2048, 2048),
    (32, 5120, 13824),
    (32, 4096, 65536),
    (1, 4096, 4096),
    (1, 4096, 11008),
    (16, 2048, 8192),
    (64, 4096, 4096),
)
DEEP = ((32, 65536, 32), (64, 32768, 64), (128, 16384, 128), (256, 8192, 256), (512, 32768, 512))
BATCHED = (
    (8, 128, 64, 128), (12, 384, 64, 384), (16, 512, 128, 512), (32, 256, 256, 256), (64, 128, 32, 128), (7, 100, 100, 100),
    (2, 1024, 1024, 1024), (128, 64, 64, 64),
)  # fmt: skip
HEIGHT, WIDTH, BLOCK = (
    {"memory": "L1", "layout": f"{kind}_sharded"} for kind in ("height", "width", "block")
)
BANKS = {"memory": "DRAM", "layout": "width_sharded"}
SHARDED = (
    ((1024, 1024, 1024), {"A": BLOCK}), ((2048, 2048, 2048), {"A": BLOCK, "C": BLOCK}), ((1000, 1500, 700), {"A": BLOCK}),
    ((8192, 256, 256), {"A": HEIGHT, "C": HEIGHT}), ((16384, 128, 256), {"A": HEIGHT}),
    ((32, 8192, 8192), {"A": WIDTH, "C": WIDTH}), ((256, 1024, 4096), {"B": WIDTH}),
    ((32, 4096, 4096), {"B": BANKS}), ((32, 4096, 14336), {"B": BANKS}), ((32, 8192, 28672), {"B": BANKS, "A": WIDTH}),
)  # fmt: skip


Shape = tuple[int, int, int]
Layouts = Mapping[str, Mapping[str, str]]


def matmul(
    shape: Shape,
    batch: int = 1,
    dtypes: tuple[str, str, str] = ("bfloat16", "bfloat16", "bfloat16"),
    epilogue: tuple[str, ...] = (),
    fidelity: str = "HiFi2",
    layout: Layouts | None = None,
    **options: bool,
) -> Kernel:
    """C[batch, M, N] = epilogue(A[batch, M, K] x B[batch, K, N]); shape: (M, K, N) in elements.

    layout: given ones, as the kernel document has them.

    options: dram (all buffers DRAM interleaved, else the output is free), shared (one B for all batches),
    transposed (B stored [N, K]), wide (float32 accumulation), placed (inputs free too).
    """
    m, k, n = shape
    batches = ("S",) if batch > 1 else ()
    stored = ("N", "K") if options.get("transposed") else ("K", "N")
    place = {"place": "free"} if options.get("placed") else {}
    buffers: list[dict[str, object]] = [
        {"name": "A", "dims": (*batches, "M", "K"), "dtype": dtypes[0], "io": "in", **place},
        {
            "name": "B",
            "dims": (*(() if options.get("shared") else batches), *stored),
            "dtype": dtypes[1],
            "io": "in",
            **place,
        },
        {"name": "C", "dims": (*batches, "M", "N"), "dtype": dtypes[2], "io": "out"},
    ]
    if "bias" in epilogue:
        buffers.append({"name": "bias", "dims": ("N",), "dtype": dtypes[0], "io": "in"})
    if "residual" in epilogue:
        buffers.append({"name": "residual", "dims": (*batches, "M", "N"), "dtype": dtypes[0], "io": "in"})
    values = [f"t{place}" for place in range(len(epilogue))] + ["C"]
    ops: list[dict[str, object]] = [{"op": "matmul", "in": ("A", "B"), "out": values[0]}]
    for name, before, after in zip(epilogue, values, values[1:], strict=False):
        operands = (before, name) if name in ("bias", "residual") else (before,)
        ops.append({"op": "add" if len(operands) == 2 else name, "in": operands, "out": after})
    return Kernel.model_validate(
        {
            "schema": "ttplan.kernel/1",
            "name": "matmul",
            "dims": {"M": m, "K": k, "N": n} | {name: batch for name in batches},
            "buffers": buffers,
            "ops": ops,
            "compute": {"math_fidelity": fidelity, "fp32_dest_acc_en": bool(options.get("wide"))},
            "layout": {"C": {"memory": "DRAM", "layout": "interleaved"}}
            if options.get("dram")
            else layout or {},
        }
    )


def problems() -> dict[str, Kernel]:
    """Name -> kernel, in the order of the report."""
    found: dict[str, Kernel] = {}
    for group, shapes in (
        ("square", tuple((n, n, n) for n in SQUARES)), ("mixed", MIXED), ("odd", ODD), ("tall", TALL), ("wide", WIDE),
        ("decode", DECODE), ("deep", DEEP),
    ):  # fmt: skip
        for shape in shapes:
            text = "x".join(map(str, shape))
            found[f"{group} {text}"] = matmul(shape)
            if group in ("square", "odd", "decode"):
                found[f"{group} {text} dram"] = matmul(shape, dram=True)
    for batch, *shape in BATCHED:
        m, k, n = shape
        found[f"batched {batch}x{m}x{k}x{n}"] = matmul((m, k, n), batch)
        found[f"batched {batch}x{m}x{k}x{n} shared"] = matmul((m, k, n), batch, shared=True)
    for shape, layout in SHARDED:
        words = " ".join(f"{name}={entry['memory']}/{entry['layout']}" for name, entry in layout.items())
        found[f"sharded {'x'.join(map(str, shape))} {words}"] = matmul(shape, layout=layout)
    bfp8 = ("bfloat8_b", "bfloat8_b", "bfloat8_b")
    for n in (512, 2048, 4096):
        shape = (n, n, n)
        found[f"bfp8 {n}"] = matmul(shape, dtypes=bfp8)
        found[f"bfp4 weights {n}"] = matmul(
            shape, dtypes=("bfloat16", "bfloat4_b", "bfloat16"), fidelity="LoFi"
        )
        found[f"float32 {n}"] = matmul(
            shape, dtypes=("float32", "float32", "float32"), fidelity="HiFi4", wide=True
        )
        found[f"transposed {n}"] = matmul(shape, transposed=True)
        found[f"bias gelu {n}"] = matmul(shape, epilogue=("bias", "gelu"), dram=True)
        found[f"bias residual {n}"] = matmul(shape, epilogue=("bias", "residual"))
        found[f"placed {n}"] = matmul(shape, placed=True)
    return found
