"""Data-movement kernels: the streams of one processor, walked in the order of docs/kernels.md."""

from __future__ import annotations

from dataclasses import dataclass

from ttplan.errors import InternalError
from ttplan.plan import KernelPlan, Plan, Role, Stream
from ttplan.render.declarations import Declaration, accessors, address_name, arguments, complete, values_of
from ttplan.render.environment import rendered_cpp


@dataclass(frozen=True)
class Axis:
    """One axis of a block of tiles.

    loop: loop variable; extent: constant of the block size; origin: name of the first tile's position, empty
    at zero; limit: argument with the tiles of the tensor; ragged: whether a block can reach past it.
    """

    loop: str
    extent: str
    origin: str
    limit: str
    ragged: bool

    @property
    def position(self) -> str:
        """Position of the loop's tile in the tensor."""
        return f"{self.origin} + {self.loop}" if self.origin else self.loop


@dataclass(frozen=True)
class Block:
    """One role with everything its text needs. rows is None for a row that is broadcast down the block.

    alone: multicast rectangles in which some sender stands by itself; a multicast to nobody may hang.
    """

    role: Role
    stream: Stream
    rows: Axis | None
    columns: Axis
    tile_id: str
    guard: str
    address: str
    alone: frozenset[int]

    @property
    def name(self) -> str:
        """Name of the stream, the prefix of everything that belongs to it."""
        return self.stream.name


def _batch(plan: Plan, batched: bool, rows: str, position: str) -> str:
    """`(batch * rows + position)`, without the batch when there is one matrix for all."""
    if not batched or plan.tiling.batch == 1:
        return position if " " not in position else f"({position})"
    return f"(batch * {rows} + {position})"


def _tile_id(plan: Plan, stream: Stream, rows: Axis, columns: Axis) -> str:
    """Page of a tile of the stream (docs/kernels.md, Tile ids)."""
    if stream.row_broadcast:
        return columns.position
    outer, inner = (columns, rows) if stream.transposed else (rows, columns)
    return f"{_batch(plan, stream.batched, outer.limit, outer.position)} * {inner.limit} + {inner.position}"


def reaches_past(plan: Plan) -> tuple[bool, bool, bool]:
    """Whether some block of the plan reaches past the end of the tensor along (m, n, k)."""
    tiling, blocking = plan.tiling, plan.blocking
    block_m, block_n = blocking.out_block
    past_k = blocking.last_k != blocking.k_block
    if plan.partition.scheme == "split":
        return tiling.m % block_m != 0, tiling.n % block_n != 0, past_k
    rows, columns = blocking.out_blocks[0] * block_m, blocking.out_blocks[1] * block_n
    starts = [work.start_tile for work in plan.partition.work]
    past_m = any(start // tiling.n % tiling.m + rows > tiling.m for start in starts)
    past_n = any(start % tiling.n + columns > tiling.n for start in starts)
    return past_m, past_n, past_k


def _axes(plan: Plan) -> dict[str, Axis]:
    past_m, past_n, past_k = reaches_past(plan)
    return {
        "m": Axis("i", "block_m", "m", "Mt", past_m),
        "n": Axis("j", "block_n", "n", "Nt", past_n),
        "k": Axis("k", "block_k", "k_start" if plan.blocking.k_blocks > 1 else "", "Kt", past_k),
    }


_STREAM_AXES = {"in0": ("m", "k"), "in1": ("k", "n")}


def _block(plan: Plan, kernel: KernelPlan, role: Role) -> Block:
    stream = plan.stream(role.stream)
    if stream is None:
        raise InternalError(
            f"kernel {kernel.name} has a role for the stream {role.stream}, which does not exist"
        )
    axes = _axes(plan)
    row_axis, column_axis = _STREAM_AXES.get(stream.name, ("m", "n"))
    rows, columns = axes[row_axis], axes[column_axis]
    if role.part == "write":
        rows = Axis("i", "subblock_m", "m_tile", rows.limit, rows.ragged)
        columns = Axis("j", "subblock_n", "n_tile", columns.limit, columns.ragged)
    if role.part == "rotate" and stream.transposed:
        raise InternalError(f"stream {stream.name} rotates over shards that are stored transposed")
    touched = () if stream.row_broadcast else (rows,)
    guard = " && ".join(f"{axis.position} < {axis.limit}" for axis in (*touched, columns) if axis.ragged)
    through_noc = role.part != "receive"
    return Block(
        role=role,
        stream=stream,
        rows=None if stream.row_broadcast else rows,
        columns=columns,
        tile_id=_tile_id(plan, stream, rows, columns),
        guard=guard,
        address=address_name(kernel, stream.buffer) if through_noc else "",
        alone=frozenset(
            index
            for index in range(role.rectangles)
            if 0 in values_of(kernel, f"{stream.name}_dest{index}_cores")
        ),
    )


def _positions(plan: Plan) -> list[Declaration]:
    """Where the work of the core starts, from the arguments of the plan's mode."""
    several = plan.tiling.batch > 1
    if plan.partition.mode == "global":
        row, column = "tt_start_tile / Nt", "tt_start_tile % Nt"
    else:
        row, column = "tt_shard_coord_y * Sm", "tt_shard_coord_x * Sn"
    found = (
        [Declaration("row", f"const uint32_t row = {row};", "rows of all batches in front of this core")]
        if several
        else []
    )
    batch_start, m_start = ("row / Mt", "row % Mt") if several else ("0", row)
    if several:
        found.append(Declaration("batch_start", f"const uint32_t batch_start = {batch_start};"))
    found.append(
        Declaration("m_start", f"const uint32_t m_start = {m_start};", "first row of this core, in tiles")
    )
    found.append(
        Declaration("n_start", f"const uint32_t n_start = {column};", "first column of this core, in tiles")
    )
    if plan.partition.scheme == "split":
        found.append(Declaration("row_blocks", "const uint32_t row_blocks = (Mt + block_m - 1) / block_m;"))
        found.append(
            Declaration("column_blocks", "const uint32_t column_blocks = (Nt + block_n - 1) / block_n;")
        )
        before = "(batch_start * row_blocks + m_start / block_m)" if several else "m_start / block_m"
        found.append(
            Declaration(
                "first_block",
                f"const uint32_t first_block = {before} * column_blocks + n_start / block_n;",
                "out blocks in front of this core, row-major over (batch, m, n)",
            )
        )
    return found


def _per_stream(blocks: tuple[Block, ...]) -> list[Declaration]:
    """Sizes, semaphores and owners of every stream."""
    found: list[Declaration] = []
    for block in blocks:
        name = block.name
        extents = [axis.extent for axis in (block.rows, block.columns) if axis is not None]
        found.append(
            Declaration(
                f"{name}_tiles",
                f"constexpr uint32_t {name}_tiles = {' * '.join(extents)};",
                "tiles of a block",
            )
        )
        found.append(
            Declaration(f"{name}_tile_bytes", f"const uint32_t {name}_tile_bytes = get_tile_size(cb_{name});")
        )
        for semaphore, meaning in (
            ("ready", "receivers that wait for a block"),
            ("valid", "the block has arrived"),
        ):
            word = f"{name}_{semaphore}"
            found.append(
                Declaration(
                    f"{word}_l1", f"const uint32_t {word}_l1 = get_semaphore({word}_semaphore);", meaning
                )
            )
            pointer = f"reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore({word}_semaphore))"
            found.append(Declaration(word, f"auto* const {word} = {pointer};"))
        for axis in "xy":
            owners = ", ".join(f"{name}_owner{index}_{axis}" for index in range(block.role.owners))
            if owners:
                line = f"const uint32_t {name}_owners_{axis}[] = {{{owners}}};"
                found.append(Declaration(f"{name}_owners_{axis}", line))
    return found


@dataclass(frozen=True)
class Loop:
    """A loop over out blocks. count: name of the number of turns."""

    variable: str
    count: str


def _loops(plan: Plan, kernel: KernelPlan) -> tuple[tuple[Loop, ...], list[Declaration]]:
    """The loops around an out block, outermost first, and the position of the block inside them."""
    values = {argument.name: argument.value for argument in kernel.compile_args}
    if plan.partition.scheme == "split":
        place = [
            Declaration("m", "const uint32_t m = out_block / column_blocks % row_blocks * block_m;"),
            Declaration("n", "const uint32_t n = out_block % column_blocks * block_n;"),
        ]
        if plan.tiling.batch > 1:
            place.insert(
                0, Declaration("batch", "const uint32_t batch = out_block / column_blocks / row_blocks;")
            )
        return (), place
    counts = {
        "batches": values.get("batches", 1),
        "m_blocks": plan.blocking.out_blocks[0],
        "n_blocks": plan.blocking.out_blocks[1],
    }
    names = {"batches": "batch_index", "m_blocks": "m_block", "n_blocks": "n_block"}
    loops = tuple(Loop(names[count], count) for count, turns in counts.items() if turns > 1)
    place = []
    if plan.tiling.batch > 1:
        step = " + batch_index" if counts["batches"] > 1 else ""
        place.append(Declaration("batch", f"const uint32_t batch = batch_start{step};"))
    for axis, count in (("m", "m_blocks"), ("n", "n_blocks")):
        step = f" + {axis}_block * block_{axis}" if counts[count] > 1 else ""
        place.append(Declaration(axis, f"const uint32_t {axis} = {axis}_start{step};"))
    return loops, place


_PARTS = {
    "read": "reads",
    "send": "reads and multicasts",
    "receive": "receives",
    "rotate": "rotates",
    "write": "writes",
}


def movement_kernel(plan: Plan, kernel: KernelPlan) -> str:
    """The source of one data-movement kernel.

    Raises InternalError when the plan's tables lack what it needs.
    """
    blocks = tuple(_block(plan, kernel, role) for role in kernel.roles)
    inputs = tuple(block for block in blocks if block.role.part != "write")
    loops, place = _loops(plan, kernel)
    parts = {block.role.part for block in blocks}
    text = rendered_cpp(
        "movement.cpp.j2",
        plan=plan,
        kernel=kernel,
        summary=[(_PARTS[block.role.part], block.name, block.stream.buffer) for block in blocks],
        k_blocks=tuple(block for block in inputs if block.stream.every == "k_block"),
        operands=tuple(block for block in inputs if block.stream.every == "out_block"),
        writes=tuple(block for block in blocks if block.role.part == "write"),
        senders=tuple(block for block in blocks if block.role.part == "send"),
        split=plan.partition.scheme == "split",
        loops=loops,
        place=place,
        k_place=[Declaration("k_start", "const uint32_t k_start = k_block * block_k;")],
        m_block_step=plan.partition.scheme != "split" and plan.blocking.out_blocks[0] > 1,
        constants=[*arguments(kernel), *_positions(plan), *_per_stream(blocks), *accessors(kernel)],
        flags=bool(parts & {"send", "receive", "rotate"}),
        writes_at_end=bool(parts & {"send", "rotate", "write"}),
        atomics_at_end=bool(parts & {"receive", "rotate"}),
        blackhole=plan.device.arch == "blackhole",
    )
    return complete(kernel, text)
