"""Compute kernels: products of blocks, partial sums, the epilogue in passes (docs/kernels.md, Compute)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ttplan.errors import InternalError
from ttplan.plan import CircularBuffer, EpilogueOp, KernelPlan, Plan, Stream
from ttplan.render.declarations import Declaration, arguments, complete
from ttplan.render.environment import rendered_cpp

SFPU_HEADERS = {
    "relu": "api/compute/eltwise_unary/relu.h",
    "gelu": "api/compute/eltwise_unary/gelu.h",
    "scale": "api/compute/eltwise_unary/binop_with_scalar.h",
    "silu": "api/compute/compute_kernel_api.h",
    "sigmoid": "api/compute/compute_kernel_api.h",
}
"""Header of each op that the vector unit applies in DST."""


@dataclass(frozen=True)
class Step:
    """One op of the epilogue in DST.

    name: the op; operand: stream of an add; factor: name of the constant of a scale.
    """

    name: str
    operand: Stream | None = None
    factor: str = ""


@dataclass(frozen=True)
class Pass:
    """One trip of the out block through DST.

    row: the broadcast row that is added first; target: circular buffer that is packed into.
    """

    row: Stream | None
    steps: tuple[Step, ...]
    target: str

    @property
    def operands(self) -> tuple[Stream, ...]:
        """Operands whose block arrives through a circular buffer."""
        streams = ([self.row] if self.row else []) + [step.operand for step in self.steps if step.operand]
        return tuple(stream for stream in streams if stream.movement != "local")

    @property
    def disturbs(self) -> bool:
        """Whether the pass leaves the unpackers set up for something other than the multiplication."""
        return self.row is not None or any(step.operand for step in self.steps)


def float_bits(value: float) -> str:
    """The bits of a float32 as a C++ literal, the form in which the vector unit takes scalars."""
    return "0x" + struct.pack(">f", value).hex() + "u"


def passes(plan: Plan) -> tuple[Pass, ...]:
    """The epilogue cut in front of every add of a broadcast row.

    A cast is done by the packer and leaves no step.
    """
    cut: list[tuple[Stream | None, list[Step]]] = [(None, [])]
    for index, op in enumerate(plan.epilogue):
        if op.op == "cast":
            continue
        operand = _operand(plan, op)
        if operand is not None and operand.row_broadcast:
            cut.append((operand, []))
        else:
            cut[-1][1].append(Step(op.op, operand, f"scale_{index}" if op.op == "scale" else ""))
    last = len(cut) - 1
    return tuple(
        Pass(row, tuple(steps), "out" if index == last else "partials")
        for index, (row, steps) in enumerate(cut)
    )


def _operand(plan: Plan, op: EpilogueOp) -> Stream | None:
    if op.stream is None:
        return None
    stream = plan.stream(op.stream)
    if stream is None:
        raise InternalError(f"the epilogue adds the stream {op.stream}, which does not exist")
    return stream


def sums_in_l1(plan: Plan, trips: tuple[Pass, ...]) -> bool:
    """Whether the last K block is accumulated in L1 too, because the next op reads the sums from there."""
    accumulated = plan.blocking.l1_accumulation and plan.blocking.k_blocks > 1
    return accumulated and not trips[0].steps and len(trips) > 1


def fp32_partials(plan: Plan) -> bool:
    """Whether the partial sums are unpacked straight to DST: Float32, and read by copy_tile only."""
    partials = plan.cb("partials")
    if partials is None or partials.dtype != "float32" or not plan.kernel.compute.fp32_dest_acc_en:
        return False
    return len(passes(plan)) == 1


@dataclass(frozen=True)
class Formats:
    """Which configuration changes inside the kernel, because its circular buffers differ in format."""

    srca: bool
    srcb: bool
    pack: bool

    @staticmethod
    def of(plan: Plan, left: str, trips: tuple[Pass, ...]) -> Formats:
        """left: circular buffer of the left operand of the multiplication (`in0` or `in0_transposed`)."""
        srca, srcb, pack = {"in1"}, {left}, {trip.target for trip in trips}
        if left == "in0_transposed":
            srca.add("in0")
            pack.add(left)
        if plan.blocking.k_blocks > 1 or len(trips) > 1:
            srca.add("partials")
            pack.add("partials")
        for trip in trips:
            srcb |= {trip.row.name} if trip.row else set()
            srcb |= {step.operand.name for step in trip.steps if step.operand}
        return Formats(
            *(len({cb_of(plan, name).dtype for name in names}) > 1 for names in (srca, srcb, pack))
        )


def cb_of(plan: Plan, name: str) -> CircularBuffer:
    """The circular buffer of that name. Raises InternalError when the plan has none."""
    cb = plan.cb(name)
    if cb is None:
        raise InternalError(
            f"the compute kernel needs the circular buffer {name}, and the plan has none of that name"
        )
    return cb


def share_memory(plan: Plan, one: str, other: str) -> bool:
    """Whether two circular buffers lie on the same bytes."""
    first, second = cb_of(plan, one), cb_of(plan, other)
    return first.alias_of == second.id or second.alias_of == first.id


@dataclass(frozen=True)
class Places:
    """C++ for the index of a tile in its circular buffer.

    A local stream is a whole shard, addressed from its corner.
    """

    in0: str
    in0_stride: str
    in1: str
    out: str


def _sum(*terms: str) -> str:
    return " + ".join(term for term in terms if term)


def _places(plan: Plan) -> Places:
    local = {stream.name for stream in plan.streams if stream.movement == "local"}
    several_k = plan.blocking.k_blocks > 1
    k = "k_start + k" if several_k else "k"
    rows = ("m_block * block_m + " if plan.blocking.out_blocks[0] > 1 else "") + "m_tile"
    columns = ("n_block * block_n" if plan.blocking.out_blocks[1] > 1 else "", "n_tile")
    return Places(
        in0=f"({rows}) * Kt + {k}" if "in0" in local else "m_tile * block_k + k",
        in0_stride="Kt" if "in0" in local else "block_k",
        in1=_sum(f"({k}) * per_core_n", *columns) if "in1" in local else "k * block_n + n_tile",
        out=_sum(f"({rows} + r) * per_core_n", *columns, "c") if "out" in local else "",
    )


def _operand_place(plan: Plan, stream: Stream) -> str:
    """Index of the operand's tile for row r and column c of the subblock."""
    columns = "n_tile + c"
    if stream.movement == "local":
        if plan.blocking.out_blocks[1] > 1:
            columns = f"n_block * block_n + {columns}"
        rows = ("m_block * block_m + " if plan.blocking.out_blocks[0] > 1 else "") + "m_tile + r"
        return columns if stream.row_broadcast else f"({rows}) * per_core_n + {columns}"
    return columns if stream.row_broadcast else f"(m_tile + r) * block_n + {columns}"


def _constants(plan: Plan, kernel: KernelPlan, in1_transposed: bool) -> list[Declaration]:
    stored = "in1 is stored (n, k)" if in1_transposed else "in1 is stored (k, n)"
    found = [
        *arguments(kernel),
        Declaration("transpose_in1", f"constexpr uint32_t transpose_in1 = {int(in1_transposed)};", stored),
        Declaration(
            "in0_tiles", "constexpr uint32_t in0_tiles = block_m * block_k;", "tiles of a block of in0"
        ),
        Declaration(
            "in1_tiles", "constexpr uint32_t in1_tiles = block_k * block_n;", "tiles of a block of in1"
        ),
        Declaration(
            "out_tiles", "constexpr uint32_t out_tiles = block_m * block_n;", "tiles of an out block"
        ),
        Declaration(
            "subblock_tiles", "constexpr uint32_t subblock_tiles = subblock_m * subblock_n;", "tiles in DST"
        ),
        Declaration("m_subblocks", "constexpr uint32_t m_subblocks = block_m / subblock_m;"),
        Declaration("n_subblocks", "constexpr uint32_t n_subblocks = block_n / subblock_n;"),
    ]
    for index, op in enumerate(plan.epilogue):
        if op.op == "scale" and op.value is not None:
            line = f"constexpr uint32_t scale_{index} = {float_bits(op.value)};"
            found.append(Declaration(f"scale_{index}", line, f"{op.value!r} as float32"))
    return found


def _describe(plan: Plan) -> list[str]:
    """One line per op of the epilogue, for the head of the kernel."""
    lines = []
    for op in plan.epilogue:
        if op.op == "add":
            stream = _operand(plan, op)
            kind = "row of " if stream is not None and stream.row_broadcast else ""
            lines.append(f"add {op.stream} ({kind}{stream.buffer if stream else ''})")
        elif op.op == "scale":
            lines.append(f"scale by {op.value!r}")
        elif op.op == "cast":
            lines.append(f"cast to {cb_of(plan, 'out').dtype}, done by the packer")
        else:
            lines.append(op.op)
    return lines


def compute_kernel(plan: Plan, kernel: KernelPlan) -> str:
    """The source of the compute kernel. Raises InternalError when the plan's tables lack what it needs."""
    streams = {stream.name: stream for stream in plan.streams}
    in0, in1 = streams["in0"], streams["in1"]
    local = {name for name, stream in streams.items() if stream.movement == "local"}
    if local & {name for name in ("in0", "in1") if streams[name].transposed}:
        raise InternalError("a local operand that is stored transposed cannot be multiplied in place")
    if local and plan.tiling.batch > 1 and plan.partition.scheme != "split":
        raise InternalError("a local shard holds one matrix, and the core loops over several")
    if local and plan.partition.scheme == "split" and any(work.blocks > 1 for work in plan.partition.work):
        raise InternalError("a local shard holds one out block, and a core of the split computes several")
    trips = passes(plan)
    left = "in0_transposed" if in0.transposed else "in0"
    k_blocks = plan.blocking.k_blocks
    all_in_l1 = sums_in_l1(plan, trips)
    partials = k_blocks > 1 or len(trips) > 1
    steps = [step for trip in trips for step in trip.steps]
    text = rendered_cpp(
        "compute.cpp.j2",
        plan=plan,
        kernel=kernel,
        constants=_constants(plan, kernel, in1.transposed),
        description=_describe(plan),
        trips=trips,
        left=left,
        arriving=tuple(name for name in ("in0", "in1") if name not in local),
        local_out="out" in local,
        place=_places(plan),
        operand_place={stream.name: _operand_place(plan, stream) for stream in plan.streams},
        formats=Formats.of(plan, left, trips),
        accumulated=k_blocks if all_in_l1 else k_blocks - 1,
        all_in_l1=all_in_l1,
        packer_accumulates=plan.blocking.l1_accumulation and (all_in_l1 or k_blocks > 2),
        partials=partials,
        shared=partials and share_memory(plan, "partials", "out"),
        first_target="partials" if k_blocks > 1 else trips[0].target,
        sfpu=tuple(dict.fromkeys(step.name for step in steps if step.name in SFPU_HEADERS)),
        headers=sorted({SFPU_HEADERS[step.name] for step in steps if step.name in SFPU_HEADERS}),
        reuses_dst=any(step.operand for step in steps),
        split=plan.partition.scheme == "split",
        local=bool(local),
        several=plan.partition.scheme == "split" or _out_blocks(kernel) > 1,
        k_place=[Declaration("k_start", "const uint32_t k_start = k_block * block_k;")],
        last_k_place=[Declaration("k_start", "constexpr uint32_t k_start = (k_blocks - 1) * block_k;")],
        subblock_place=[
            Declaration("m_tile", "const uint32_t m_tile = m_subblock * subblock_m;"),
            Declaration("n_tile", "const uint32_t n_tile = n_subblock * subblock_n;"),
        ],
    )
    return complete(kernel, text)


def _out_blocks(kernel: KernelPlan) -> int:
    """Out blocks of a core of a multicast scheme, from the kernel's own arguments."""
    values = {argument.name: argument.value for argument in kernel.compile_args}
    return values.get("out_blocks", 1) * values.get("m_blocks", 1) * values.get("n_blocks", 1)
