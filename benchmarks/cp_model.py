"""The planning problem of a plain matmul with everything in DRAM, as a model for OR-Tools CP-SAT.

The same plans and the same modelled time (docs/cost_model.md) as the encodings and as tests/oracle/space.py, whose
divisions of the output are a table here; block sizes, subblocks, depths and data movers are variables, products and
maxima are constraints. Times in milli-cycles until they are rounded up, as everywhere.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Union

from oracle.space import SHARED, SIDE, Space, ceil
from ortools.sat.python.cp_model import OPTIMAL, CpModel, CpSolver, FlatIntExpr, IntVar, LinearExpr

from ttplan.cost import MILLI, Configuration, Flow, tile_costs

Expression = Union[LinearExpr, int]
FAR = 2**45
"""Above every time in milli-cycles."""


class Model:
    """The model of one space. The case must be one product of equal formats, nothing transposed, all in DRAM."""

    def __init__(self, space: Space) -> None:
        self.space, self.model = space, CpModel()
        _, self.m, self.n, self.k = space.extents
        self._prices()
        self._division()
        self._blocks()
        self._movers()
        self._memory()
        self.model.minimize(self._time())

    # --- what does not depend on the decisions ------------------------------------------------------------

    def _configuration(self, subblock: tuple[int, int], scheme: str) -> Configuration:
        flows = tuple(
            Flow(
                s,
                self.space.tile_bytes[s],
                self.space.movement(s, "DRAM/interleaved", scheme),
                "riscv_0",
                True,
            )
            for s in ("in0", "in1", "out")
        )
        fidelity = self.space.case.fidelity
        return Configuration(self.k, subblock, 1, subblock, 1, 1, 1, (1, 1), fidelity, True, flows)

    def _prices(self) -> None:
        device = self.space.device
        peak = device.dram.bytes_per_cycle
        dst = device.dst.capacity(self.space.case.fp32, False)
        sides = [(h, w) for h, w in product(range(1, SIDE + 1), repeat=2) if h * w <= dst]
        self.subblocks = {}
        for side in sides:
            one = tile_costs(self._configuration(side, "split"), device.calibration, peak)
            self.subblocks[side] = (one.multiply, one.pack)
        self.chip = {
            scheme: tile_costs(self._configuration((1, 1), scheme), device.calibration, peak).chip
            for scheme in SHARED
        }
        self.carry, self.spill, self.handshake = one.carry, one.spill, one.handshake

    def _number(self, low: int, high: int, name: str = "") -> IntVar:
        return self.model.new_int_var(low, high, name)

    def _bounds(self, value: Expression) -> tuple[int, int]:
        """Least and largest value that the variables of an expression allow; CP-SAT refuses products that might overflow."""
        if isinstance(value, int):
            return value, value
        flat = FlatIntExpr(value)
        low = high = int(flat.offset)
        for variable, factor in zip(flat.vars, flat.coeffs, strict=True):
            domain = list(variable.proto.domain)
            ends = sorted((int(factor) * domain[0], int(factor) * domain[-1]))
            low, high = low + ends[0], high + ends[1]
        return low, high

    def _product(self, *factors: Expression) -> IntVar:
        result = self._number(0, min(prod(self._bounds(factor)[1] for factor in factors), FAR))
        self.model.add_multiplication_equality(result, *factors)
        return result

    def _rounded(self, milli: Expression) -> IntVar:
        result = self._number(0, ceil(self._bounds(milli)[1], MILLI))
        self.model.add_division_equality(result, milli + MILLI - 1, MILLI)
        return result

    def _most(self, *values: Expression) -> IntVar:
        result = self._number(0, max(self._bounds(value)[1] for value in values))
        self.model.add_max_equality(result, values)
        return result

    # --- decisions ----------------------------------------------------------------------------------------

    def _division(self) -> None:
        """One row of the table of divisions, and what follows from it alone."""
        rows = set()
        for shape in self.space.shapes():
            (gm, gn), (bh, bw) = (1, 1) if shape.scheme == "split" else shape.groups, shape.block
            chip, cores = self.chip[shape.scheme], shape.cores
            multicast = self.space.movements(shape, dict.fromkeys(("in0", "in1", "out"), "DRAM/interleaved"))
            reads = {
                s: shape.rounds * shape.groups[place] if multicast[s] == "multicast" else shape.chip_rounds
                for place, s in enumerate(("in0", "in1"))
            }
            dram = (
                ceil(reads["in0"] * bh * self.k * chip["in0"], MILLI)
                + ceil(reads["in1"] * bw * self.k * chip["in1"], MILLI)
                + ceil((shape.chip_rounds - cores) * bh * bw * chip["out"], MILLI)
            )
            written = max(self.carry["out"], cores * chip["out"])
            rows.add((bh, bw, shape.rounds, dram, written, ceil(self.m, gm), ceil(self.n, gn)))
        columns = tuple(zip(*rows, strict=True))
        numbers = [self._number(min(column), max(column)) for column in columns]
        self.bh, self.bw, self.rounds, self.dram, self.written, part_m, part_n = numbers
        self.model.add_allowed_assignments(numbers, sorted(rows))
        self.sh, self.sw = self._number(1, SIDE), self._number(1, SIDE)
        self.model.add_modulo_equality(0, self.bh, self.sh)
        self.model.add_modulo_equality(0, self.bw, self.sw)
        self.model.add(self.bh - self.sh < part_m)
        self.model.add(self.bw - self.sw < part_n)

    def _blocks(self) -> None:
        """K block and subblock with their prices: of an output tile, and of one step of a tile."""
        self.kb, self.steps = self._number(1, self.k), self._number(1, self.k)
        rows = []
        for kb in sorted({ceil(self.k, count) for count in range(1, self.k + 1)}):
            steps = ceil(self.k, kb)
            reloads = min(steps - 1, 1) if self.space.accumulates(steps) else steps - 1
            for (h, w), (multiply, pack) in self.subblocks.items():
                tile = self.k * multiply + steps * pack + reloads * self.spill
                rows.append((kb, steps, h, w, h * w, tile, kb * multiply + pack))
        *_, areas, tiles, steps_ = zip(*rows, strict=True)
        self.area, self.tile, self.step = (self._number(min(one), max(one)) for one in (areas, tiles, steps_))
        self.model.add_allowed_assignments(
            [self.kb, self.steps, self.sh, self.sw, self.area, self.tile, self.step], rows
        )
        self.tiles = self._product(self.bh, self.bw)
        self.many_steps = self.model.new_bool_var("")
        self.model.add(self.steps > 1).only_enforce_if(self.many_steps)
        self.model.add(self.steps == 1).only_enforce_if(~self.many_steps)

    def _movers(self) -> None:
        """in0 is on riscv_1, which makes the two alike; the others are on 1 or 0."""
        self.on_1 = {"in0": self.model.new_constant(1)}
        self.on_1 |= {s: self.model.new_bool_var(s) for s in ("in1", "out")}
        self.depth = {s: self._number(1, 2) for s in ("in0", "in1", "out")}
        self.shallow = {}
        for s, depth in self.depth.items():
            self.shallow[s] = self.model.new_bool_var("")
            self.model.add(depth == 2 - self.shallow[s])
        self.shares = self.model.new_bool_var("shares")
        self.model.add_multiplication_equality(self.shares, self.many_steps, self.shallow["out"])

    def _memory(self) -> None:
        space = self.space
        page, most = space.tile_bytes, space.device.circular_buffers.max_pages
        blocks = {
            "in0": self._product(self.bh, self.kb),
            "in1": self._product(self.bw, self.kb),
            "out": self.tiles,
        }
        held = {s: self._product(blocks[s], self.depth[s]) for s in blocks}
        for pages in held.values():
            self.model.add(pages <= most)
        partials = self._product(self.tiles, self.many_steps - self.shares)
        used = sum(held[s] * page[s] for s in held) + partials * page["out"]
        self.model.add(used <= (space.device.l1_usable - space.case.reserve) // 64 * 64)
        self.blocks = blocks

    # --- modelled time ------------------------------------------------------------------------------------

    def _time(self) -> LinearExpr:
        compute = self._rounded(self._product(self.rounds, self._product(self.tiles, self.tile)))
        shakes = self._product(self.rounds, self.steps)
        streams = {
            "in0": self._rounded(shakes * self.handshake + self._product(self.rounds, self.bh) * self.k * self.carry["in0"]),
            "in1": self._rounded(shakes * self.handshake + self._product(self.rounds, self.bw) * self.k * self.carry["in1"]),
            "out": self._rounded(self._product(self.rounds, self.tiles) * self.carry["out"]),
        }  # fmt: skip
        carried = {s: self._product(streams[s], self.on_1[s]) for s in streams}
        riscv_1 = sum(carried.values())
        riscv_0 = sum(streams.values()) - riscv_1
        repeated = self.model.new_bool_var("")
        self.model.add(shakes > 1).only_enforce_if(repeated)
        self.model.add(shakes == 1).only_enforce_if(~repeated)
        turns = [self._product(compute + streams[s], repeated, self.shallow[s]) for s in ("in0", "in1")]
        resources = self._most(compute, riscv_0, riscv_1, self.dram, *turns)
        return self.space.device.calibration.startup + resources + self._edges()

    def _edges(self) -> LinearExpr:
        """Fill, stall and tail."""
        first = {s: self._rounded(self.handshake + self.blocks[s] * self.carry[s]) for s in ("in0", "in1")}
        together = self._product(first["in1"], self.on_1["in1"])
        fill = self._most(first["in0"] + together, first["in1"] - together)
        shared_out = self.model.new_bool_var("")  # out shares its mover with in0 (riscv_1) or in1
        same = self.model.new_bool_var("")
        self.model.add(self.on_1["in1"] == self.on_1["out"]).only_enforce_if(same)
        self.model.add(self.on_1["in1"] != self.on_1["out"]).only_enforce_if(~same)
        self.model.add_max_equality(shared_out, [same, self.on_1["out"]])
        waits = self.model.new_bool_var("")
        self.model.add_max_equality(waits, [shared_out, self.shares])
        others = self._product(self.rounds - 1, shared_out)
        whole = self._product(self.tiles, self.written)
        hidden = self._product(self.tiles - self.area, self.step)
        last = self._rounded(self._most(whole - hidden, self._product(self.area, self.written)))
        stall = self._product(self.rounds - 1, last, waits)
        return fill + self._product(fill, others) + stall + last


def optimum(space: Space, limit: float) -> tuple[int | None, float]:
    """(cycles of the best plan, None when the limit passes; seconds of the solver)."""
    model, solver = Model(space), CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_time_in_seconds = limit
    flaw = model.model.validate()
    if flaw:
        raise ValueError(flaw)
    status = solver.solve(model.model)
    cycles = round(solver.objective_value) if status == OPTIMAL else None
    return cycles, solver.wall_time
