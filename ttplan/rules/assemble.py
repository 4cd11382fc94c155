"""Answer set and tables -> Plan. Names are formatted and lists are sorted here; nothing is decided."""

from __future__ import annotations

from typing import Any, Literal, cast

import ttplan
from ttplan.cost import binding, modelled_time, recompute
from ttplan.device import Device
from ttplan.errors import InternalError
from ttplan.facts.build import L1_UNIT, matrix_tiles
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.geometry import cover
from ttplan.facts.traversal import wanted_order
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Buffer
from ttplan.plan import (
    Blocking,
    BufferPlan,
    CircularBuffer,
    Cost,
    EpilogueOp,
    L1Use,
    Partition,
    Plan,
    Semaphore,
    Shard,
    Stream,
    Tiling,
)
from ttplan.plan import CoreWork as Work
from ttplan.rules import encodings
from ttplan.rules.kernels import kernel_plans
from ttplan.rules.problem import Answer
from ttplan.rules.tables import Row, Tables, decisions, spell_out, term

LAYOUT_NAMES: dict[str, tuple[Literal["DRAM", "L1"], str]] = {
    "dram_interleaved": ("DRAM", "interleaved"),
    "l1_interleaved": ("L1", "interleaved"),
    "l1_height": ("L1", "height_sharded"),
    "l1_width": ("L1", "width_sharded"),
    "l1_block": ("L1", "block_sharded"),
    "dram_width": ("DRAM", "width_sharded"),
}


def assemble(
    flow: Dataflow, device: Device, answer: Answer, pins: tuple[str, ...] = (), outline: bool = False
) -> Plan:
    """The plan of an answer, its cost recomputed in plain integers. Raises InternalError when the two
    disagree.

    outline: without kernels, semaphores and the work of cores, for a plan that is only compared.
    """
    files = encodings.OUTLINE if outline else encodings.TABLES
    builder = _Builder(flow, device, answer, spell_out(flow, device, answer, files))
    plan = builder.plan(pins)
    terms = recompute(plan)
    units = {item.name: item.units for item in terms}
    total, expected = modelled_time(units), answer.time_units + builder.startup_units
    if total != expected:
        detail = ", ".join(f"{item.name} {item.units}" for item in terms)
        raise InternalError(f"the solver's cost {expected} is not the recomputed {total} ({detail})")
    cycles = {item.name: item.cycles for item in terms}
    cost = plan.cost.model_copy(
        update={
            "cycles": modelled_time(cycles),
            "units": total,
            "terms": terms,
            "binding": binding(cycles),  # equal in large units need not be equal
        }
    )
    return plan.model_copy(update={"cost": cost})


class _Builder:
    """Holds the tables of one answer while the parts of the plan are read from them."""

    def __init__(self, flow: Dataflow, device: Device, answer: Answer, tables: Tables) -> None:
        self.flow, self.device, self.answer = flow, device, answer
        self.chosen = decisions(answer)
        self.tables = tables
        self.order = [
            term(row[1]) for row in sorted(self.tables["every_stream"], key=lambda row: cast(int, row[0]))
        ]
        self.stream_buffer = {term(row[0]): str(row[1]) for row in self.tables["stream"]}
        self.places = {
            cast(int, row[0]): (cast(int, row[1]), cast(int, row[2])) for row in self.tables["place"]
        }
        self.layouts = {str(name): LAYOUT_NAMES[str(kind)] for name, kind in self.chosen["layout"]}
        self.shards = {
            str(row[0]): (cast(int, row[1]), cast(int, row[2])) for row in self.chosen.get("shard", ())
        }
        self.startup_units = -(-device.calibration.startup // answer.unit)

    def value(self, name: str) -> Any:
        """The only row of a decision: a value, or a tuple of several."""
        (row,) = self.chosen[name]
        return row[0] if len(row) == 1 else row

    def by_axis(self, name: str) -> tuple[int, int]:
        """A decision per axis as (m, n)."""
        found = dict(cast("tuple[tuple[str, int], ...]", self.chosen[name]))
        return found["m"], found["n"]

    def plan(self, pins: tuple[str, ...]) -> Plan:
        """All parts together; the cost is filled in by `assemble`."""
        buffers = self.buffers()
        cbs = self.circular_buffers({buffer.name: buffer for buffer in buffers})
        l1 = self.l1(cbs, buffers)
        cost = Cost(
            cycles=0,
            unit=self.answer.unit,
            units=0,
            lower_bound=self.answer.bound + self.startup_units,
            terms=(),
            binding="compute",
            dram_bytes=self.dram_bytes(buffers),
            l1_bytes=l1.circular_buffers + l1.buffers,
            cores=len(self.places),
        )
        return Plan(
            version=ttplan.__version__,
            kernel=self.flow.kernel,
            device=self.device,
            pins=pins,
            status="optimal" if self.answer.proven else "bounded",
            tiling=self.tiling(),
            partition=self.partition(),
            blocking=self.blocking(),
            epilogue=self.epilogue(),
            buffers=buffers,
            streams=self.streams(),
            circular_buffers=cbs,
            semaphores=tuple(
                Semaphore(id=cast(int, id_), name=f"{term(stream)}_{what}", initial=0)
                for id_, stream, what in self.tables["semaphore"]
            ),
            kernels=kernel_plans(self.tables, self.places, self.addresses(buffers)),
            l1=l1,
            cost=cost,
        )

    def tiling(self) -> Tiling:
        extent = cast("dict[str, int]", self.tables.mapping("extent"))
        batched = {term(row[0]) for row in self.tables["batched"]}
        return Tiling(
            batch=cast(int, self.tables.one("batch")),
            m=extent["m"],
            n=extent["n"],
            k=extent["k"],
            fused_batch=cast(int, self.tables.one("fused_batch")),
            in0_batched="in0" in batched,
            in1_batched="in1" in batched,
        )

    def partition(self) -> Partition:
        fields: dict[int, dict[str, int]] = {}
        for index, field, value in cast("tuple[tuple[int, str, int], ...]", self.tables["work"]):
            fields.setdefault(index, {})[field] = value
        mode = self.tables.one("mode")
        shards = {
            cast(int, row[0]): (cast(int, row[1]), cast(int, row[2])) for row in self.tables["position"]
        }
        cores = tuple(self.places[index] for index in sorted(self.places))
        work = tuple(
            Work(
                core=self.places[index],
                shard=shards[index] if mode == "local_shard" else None,
                **fields[index],
            )
            for index in sorted(fields)
        )
        return Partition(
            mode=cast(Any, mode),
            scheme=self.value("scheme"),
            grid=self.value("grid"),
            transposed=self.value("orientation") == "col_major",
            cores=cores,
            core_ranges=cover(cores),
            per_core=self.by_axis("per_core"),
            work=work,
        )

    def blocking(self) -> Blocking:
        block, per_core = self.by_axis("out_block"), self.by_axis("per_core")
        k_block, k_blocks = self.value("k_block"), self.value("k_blocks")
        extent = cast("dict[str, int]", self.tables.mapping("extent"))
        order = wanted_order(self.flow.kernel)
        return Blocking(
            out_block=block,
            out_blocks=(per_core[0] // block[0], per_core[1] // block[1]),
            k_block=k_block,
            k_blocks=k_blocks,
            last_k=extent["k"] - (k_blocks - 1) * k_block,
            subblock=self.value("subblock"),
            l1_accumulation="l1_accumulation" in self.chosen,
            traversal=order[1].text() if order is not None else "row_major",
        )

    def epilogue(self) -> tuple[EpilogueOp, ...]:
        kinds = self.tables.mapping("op")
        adds = {row[0]: f"add{number}" for number, row in enumerate(self.tables["add_operand"])}
        found = []
        for index, op in cast("tuple[tuple[int, int], ...]", self.tables["epilogue"]):
            value = self.flow.kernel.ops[self.flow.order[op]].value
            found.append(EpilogueOp(op=str(kinds[op]), stream=adds.get(index), value=value))
        return tuple(found)

    def streams(self) -> tuple[Stream, ...]:
        movement = {term(row[0]): row[1] for row in self.chosen["movement"]}
        carried = {term(row[1]): row[0] for row in self.chosen.get("carries", ())}
        flags = {
            name: {term(row[0]) for row in self.tables[name]} for name in ("transposed", "batched", "row_add")
        }
        (height, width), k_block = self.by_axis("out_block"), self.value("k_block")
        blocks = {"in0": (height, k_block), "in1": (k_block, width)}
        return tuple(
            Stream(
                name=name,
                buffer=self.stream_buffer[name],
                block=blocks.get(name, (1 if name in flags["row_add"] else height, width)),
                every="k_block" if name in blocks else "out_block",
                movement=cast(Any, movement[name]),
                processor=cast(Any, carried.get(name)),
                transposed=name in flags["transposed"],
                row_broadcast=name in flags["row_add"],
                batched=name in flags["batched"],
            )
            for name in self.order
        )

    def buffers(self) -> tuple[BufferPlan, ...]:
        return tuple(self.buffer(buffer) for buffer in self.flow.kernel.buffers if buffer.io is not None)

    def buffer(self, buffer: Buffer) -> BufferPlan:
        memory, layout = self.layouts[buffer.name]
        units = cast(int, self.tables.mapping("buffer_units")[buffer.name])
        offset = cast(int, self.tables.mapping("buffer_offset")[buffer.name])
        form = FORMATS[buffer.dtype]
        rows, columns = matrix_tiles(self.flow, buffer)
        elements = tuple(self.flow.kernel.dims[dim] for dim in buffer.dims)
        padded = (*elements[:-2], *(-(-size // TILE) * TILE for size in elements[-2:]))
        if memory == "L1":
            alignment = self.device.l1.cb_alignment
            top = self.device.l1.bytes // alignment * alignment
            address = top - (offset + units) * L1_UNIT
        else:
            address = (-(-self.device.dram.base // L1_UNIT) + offset) * L1_UNIT
        place = buffer.place or ("free" if buffer.io == "out" else "given")
        pinned = self.flow.kernel.layout.get(buffer.name)
        free = place == "free" and (
            pinned is None or (pinned.memory, pinned.layout, pinned.nd_shard) == (None, None, None)
        )
        assert buffer.io is not None
        return BufferPlan(
            name=buffer.name,
            io=buffer.io,
            dtype=buffer.dtype,
            memory=memory,
            layout=cast(Any, layout),
            shape=(rows, columns),
            elements=elements,
            padded=padded,
            page_bytes=form.tile_bytes,
            pages=rows * columns,
            shard=self.shard(buffer.name, (rows, columns)) if layout != "interleaved" else None,
            address=address,
            bytes_per_core=units * L1_UNIT if memory == "L1" else 0,
            moved=buffer.io == "in" and free and (memory, layout) != ("DRAM", "interleaved"),
        )

    def shard(self, name: str, shape: tuple[int, int]) -> Shard:
        height, width = self.shards[name]
        grid = (-(-shape[0] // height), -(-shape[1] // width))
        memory, layout = self.layouts[name]
        positions = {(row[1], row[2]): self.places[cast(int, row[0])] for row in self.tables["position"]}
        count = grid[0] * grid[1]
        if memory == "DRAM":
            cores = tuple((bank, 0) for bank in range(count))
        elif layout == "block_sharded":
            cores = tuple(positions[row, column] for row in range(grid[0]) for column in range(grid[1]))
        else:
            cores = tuple(self.places[index] for index in range(count))
        orientation = cast(Any, self.value("orientation") if layout == "block_sharded" else "row_major")
        return Shard(shape=(height, width), grid=grid, orientation=orientation, cores=cores)

    def circular_buffers(self, buffers: dict[str, BufferPlan]) -> tuple[CircularBuffer, ...]:
        ids = {term(row[0]): cast(int, row[1]) for row in self.tables["cb_id"]}
        sizes = {term(row[0]): row[1:] for row in self.tables["cb_size"]}
        blocks = {term(row[0]): cast(int, row[1]) for row in self.tables["cb_block"]}
        pages = {term(row[0]): cast(int, row[1]) for row in self.tables["cb_page"]}
        offsets = {term(row[0]): cast(int, row[1]) for row in self.tables["cb_offset"]}
        depths = {term(row[0]): cast(int, row[1]) for row in self.chosen["cb_depth"]}
        lying = {term(row[0]): str(row[1]) for row in self.tables["on_buffer"]}
        sharing = {term(row[0]): term(row[1]) for row in self.tables["shares"]}
        partials = self.value("partials_format") if "partials_format" in self.chosen else None
        found = []
        for name in sorted(ids, key=lambda key: ids[key]):
            host = sharing.get(name, name)
            on_buffer = lying.get(host)
            if on_buffer is not None:
                address = buffers[on_buffer].address
            else:
                address = self.device.l1.base + offsets[host] * L1_UNIT
            owner = {"in0_transposed": "in0"}.get(name, name)
            dtype = partials if name == "partials" else buffers[self.stream_buffer[owner]].dtype
            count, units = cast("tuple[int, int]", sizes[name])
            found.append(
                CircularBuffer(
                    id=ids[name],
                    name=name,
                    dtype=str(dtype),
                    page_bytes=pages[name] * L1_UNIT,
                    block_pages=blocks[name],
                    depth=depths[name],
                    pages=count,
                    bytes=units * L1_UNIT,
                    address=address,
                    alias_of=ids[host] if host != name else None,
                    on_buffer=lying.get(name),
                )
            )
        return tuple(found)

    def l1(self, cbs: tuple[CircularBuffer, ...], buffers: tuple[BufferPlan, ...]) -> L1Use:
        own = sum(cb.bytes for cb in cbs if cb.alias_of is None and cb.on_buffer is None)
        resident = sum(buffer.bytes_per_core for buffer in buffers)
        reserved, device = self.flow.kernel.reserve.l1_bytes, self.device
        return L1Use(
            base=device.l1.base,
            circular_buffers=own,
            buffers=resident,
            reserved=reserved,
            free=device.l1_usable - reserved - own - resident,
            capacity=device.l1.bytes,
        )

    def dram_bytes(self, buffers: tuple[BufferPlan, ...]) -> int:
        """Exact bytes of the objective's second level, from the work of all cores."""
        from ttplan.rules.traffic import dram_bytes

        return dram_bytes(
            self.tables, self.chosen, self.tiling(), {buffer.name: buffer for buffer in buffers}
        )

    def addresses(self, buffers: tuple[BufferPlan, ...]) -> dict[str, int]:
        return {buffer.name: buffer.address for buffer in buffers}


__all__ = ["Row", "assemble"]
