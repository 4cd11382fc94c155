"""The modelled time of hand-made configurations, worked out with pencil and paper from docs/cost_model.md."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ttplan.cost import (
    Configuration,
    Flow,
    Move,
    binding,
    milli_terms,
    modelled_time,
    recompute,
    terms,
    tile_costs,
)
from ttplan.device import Calibration, load_device
from ttplan.errors import InternalError
from ttplan.plan import Plan

TILE_BYTES = 2048
PEAK = 4096.0
# One tile: 1 cycle on the wire and 1 to issue, 1 from DRAM by few readers, 2 by a crowd, 2 to store.
CALIBRATION = Calibration(
    startup=100,
    block_overhead=10,
    issue=1.0,
    sender_rate=2048.0,
    unpack_rate=2048.0,
    reload=0.5,
    pack_subblock=4,
    dram_efficiency=0.5,
    shared_read_rate=1024.0,
    write_rate=1024.0,
    matmul_tile={"HiFi2": 32},
    epilogue_tile={"relu": 7, "add": 5, "add_row": 9},
    spill_tile=40,
    transpose_tile=60,
    origin="made up",
)
IN0 = Flow("in0", TILE_BYTES, "multicast", "riscv_1", True)
IN1 = Flow("in1", TILE_BYTES, "multicast", "riscv_0", True)
OUT = Flow("out", TILE_BYTES, "write", "riscv_0", True)
BASE = Configuration(
    k_tiles=4,
    block=(2, 2),
    k_block=2,
    subblock=(2, 1),
    rounds=3,
    chip_rounds=12,
    cores=4,
    groups=(2, 2),
    fidelity="HiFi2",
    l1_accumulation=True,
    flows=(IN0, IN1, OUT),
)


def cost(configuration: Configuration, **constants: Any) -> dict[str, int]:
    return terms(configuration, CALIBRATION.model_copy(update=constants), PEAK)


def with_flow(flow: Flow) -> Configuration:
    return replace(BASE, flows=tuple(flow if flow.name == old.name else old for old in BASE.flows))


def test_two_dimensional_multicast_by_hand() -> None:
    assert cost(BASE) == {
        "startup": 100,
        # c = 32 + 0.5 * 2048 / (2048 * 2); a tile: 4 c + 2 K blocks * 2 + one reload of 40
        "compute": 12 * 173,
        "riscv_0": (3 * 2 * 10 + 24 * 2) + 12 * 2,
        "riscv_1": 3 * 2 * 10 + 24 * 2,
        "dram": 48 + 48 + 32 * 2,
        "alternate_in0": 0,
        "alternate_in1": 0,
        "resources": 2076,
        "fill": 3 * (10 + 4 * 2),
        # a subblock's tiles leave when it is done: those of the last one are waited for, also between out blocks
        "stall": 2 * 2 * 8,
        "tail": 2 * 8,
    }
    assert modelled_time(cost(BASE)) == 100 + 2076 + 54 + 32 + 16
    assert binding(cost(BASE)) == "compute"


def test_slow_writes_stall_between_out_blocks_and_bind_in_dram() -> None:
    found = cost(BASE, write_rate=10.24)
    # 4 cores store 4 tiles at 200 cycles each; one of two subblocks hides 2 * (2 * 32.25 + 2) = 133 cycles
    assert found["stall"] == 2 * (4 * 800 - 133)
    assert found["tail"] == 4 * 800 - 133
    assert found["dram"] == 48 + 48 + 32 * 200
    assert binding(found) == "dram"


def test_writer_alone_on_its_processor_neither_refills_nor_stalls() -> None:
    flows = (IN0, replace(IN1, processor="riscv_1"), OUT)
    found = cost(replace(BASE, flows=flows), write_rate=10.24)
    assert found["fill"] == 2 * (10 + 4 * 2)
    assert found["stall"] == 0
    assert found["riscv_0"] == 12 * 2


def test_output_that_shares_memory_with_partials_stalls_even_then() -> None:
    flows = (IN0, replace(IN1, processor="riscv_1"), OUT)
    found = cost(replace(BASE, flows=flows, out_shares_partials=True), write_rate=10.24)
    assert found["stall"] == 2 * (4 * 800 - 133)


def test_local_output_costs_no_movement() -> None:
    found = cost(with_flow(replace(OUT, movement="local", processor=None, in_dram=False)))
    assert (found["riscv_0"], found["stall"], found["tail"], found["fill"]) == (108, 0, 0, 18)
    assert found["dram"] == 48 + 48


def test_owner_of_a_rotating_shard_needs_no_request_per_tile() -> None:
    found = cost(with_flow(replace(IN0, movement="rotate", in_dram=False)))
    assert found["riscv_1"] == 3 * 2 * 10 + 24 * 1
    assert found["dram"] == 48 + 32 * 2


def test_every_core_reading_for_itself_meets_the_crowd() -> None:
    found = cost(with_flow(replace(IN1, movement="read")))
    assert found["dram"] == 48 + 12 * 8 * 2 + 64
    assert cost(with_flow(replace(IN1, movement="read", own_bank=True)))["dram"] == 48 + 12 * 8 + 64


def test_split_counts_the_out_blocks_of_the_whole_chip() -> None:
    flows = (replace(IN0, movement="read"), replace(IN1, movement="read"), OUT)
    expected = 10 * 8 * 2 + 10 * 8 * 2 + (10 - 4) * 4 * 2
    assert cost(replace(BASE, flows=flows, chip_rounds=10))["dram"] == expected


def test_depth_of_one_block_makes_mover_and_compute_take_turns() -> None:
    found = cost(with_flow(replace(IN0, depth=1)))
    assert found["alternate_in0"] == 2076 + 108
    assert found["resources"] == 2076 + 108
    assert binding(found) == "alternate_in0"
    single = replace(with_flow(replace(IN0, depth=1)), rounds=1, chip_rounds=4, k_block=4)
    assert cost(single)["alternate_in0"] == 0


def test_without_l1_accumulation_every_k_block_but_one_reloads() -> None:
    fine = replace(BASE, k_block=1)
    spilled = cost(replace(fine, l1_accumulation=False))["compute"] - cost(fine)["compute"]
    assert spilled == 12 * 40 * (3 - 1)
    assert cost(replace(BASE, k_block=4))["compute"] == 12 * (129 + 2)


def test_transposed_in0_turns_each_tile_once_per_out_block() -> None:
    extra = cost(with_flow(replace(IN0, transposed=True)))["compute"] - cost(BASE)["compute"]
    assert extra == 3 * 2 * 4 * 60


def test_epilogue_and_its_operand() -> None:
    row = Flow("add0", TILE_BYTES, "read", "riscv_1", True, row_broadcast=True)
    found = cost(replace(BASE, epilogue=("add_row", "relu"), flows=(IN0, IN1, row, OUT)))
    assert found["compute"] == 12 * (173 + 9 + 7)
    assert found["riscv_1"] == 108 + 3 * 10 + 6 * 2
    assert found["dram"] == 160 + 12 * 2 * 2
    full = replace(row, row_broadcast=False)
    assert cost(replace(BASE, flows=(IN0, IN1, full, OUT)))["riscv_1"] == 108 + 3 * 10 + 12 * 2


def test_moved_input_pays_dram_and_one_mover() -> None:
    found = cost(replace(BASE, moves=(Move("in0", 50, TILE_BYTES),)))
    assert found["move_in0"] == 50 * (1 + 1)
    assert modelled_time(found) == modelled_time(cost(BASE)) + 100


@pytest.mark.parametrize(
    ("subblock", "multiply"),
    [
        # unpack_rate 32: a tile takes 64 cycles; ceil(short / 2) * long tiles of the longer side are streamed
        ((1, 1), 64 + 32),
        ((1, 4), 64 + 8),
        ((4, 1), 64 + 8),
        ((2, 4), 32 + 8),
        ((4, 2), 32 + 8),
    ],
)
def test_subblock_shape_matters_where_the_unpackers_bind(subblock: tuple[int, int], multiply: int) -> None:
    calibration = CALIBRATION.model_copy(update={"unpack_rate": 32.0})
    configuration = replace(BASE, block=(4, 4), subblock=subblock)
    assert tile_costs(configuration, calibration, PEAK).multiply == 1000 * multiply


def test_wider_side_of_the_subblock_streams_its_own_operand() -> None:
    calibration = CALIBRATION.model_copy(update={"unpack_rate": 32.0})
    small = replace(BASE, block=(4, 4), flows=(replace(IN0, tile_bytes=1024), IN1, OUT))
    wide = tile_costs(replace(small, subblock=(1, 4)), calibration, PEAK).multiply
    tall = tile_costs(replace(small, subblock=(4, 1)), calibration, PEAK).multiply
    assert (wide, tall) == (1000 * (64 + 4), 1000 * (32 + 8))


def test_constants_are_the_decimals_of_the_file() -> None:
    calibration = CALIBRATION.model_copy(update={"issue": 26.1, "sender_rate": 20.48})
    assert tile_costs(BASE, calibration, PEAK).carry["in0"] == 26_100 + 100_000


def test_pieces_are_rounded_up_before_they_are_added() -> None:
    found = cost(BASE, issue=0.001, block_overhead=0)
    # in1: 24 * 1.001, out: 12 * 1.001 cycles, each rounded up by itself
    assert found["riscv_0"] == 25 + 13
    coarse = terms(BASE, CALIBRATION, PEAK, unit=16)
    assert coarse["riscv_0"] == -(-108 // 16) + -(-24 // 16)
    assert coarse["fill"] == 3 * -(-18 // 16)
    assert coarse["resources"] == -(-2076 // 16)


def test_exact_milli_cycles_never_exceed_the_rounded_terms() -> None:
    exact, rounded = milli_terms(BASE, CALIBRATION, PEAK), cost(BASE)
    assert exact.keys() == rounded.keys()
    assert all(exact[name] <= 1000 * rounded[name] for name in exact)


def test_sixty_five_thousand_cubed_is_exact() -> None:
    big = replace(BASE, k_tiles=2048, rounds=1_000_000, chip_rounds=64_000_000)
    assert cost(big)["compute"] == 1_000_000 * 4 * (2048 * 32250 + 1024 * 2000 + 40000) // 1000


EVERY = ("in0", "in1", "out")


def plan_of(configuration: Configuration, unit: int = 1, streams: tuple[str, ...] = EVERY) -> Plan:
    """A plan with what the cost reads and nothing else."""
    shape = {"in0": (24, 4), "in1": (4, 12), "out": (24, 12)}
    device = load_device("n150").model_copy(update={"calibration": CALIBRATION})
    device = device.model_copy(update={"dram": device.dram.model_copy(update={"bytes_per_cycle": PEAK})})
    flows = [flow for flow in configuration.flows if flow.name in streams]
    return Plan.model_construct(
        kernel=SimpleNamespace(compute=SimpleNamespace(math_fidelity="HiFi2")),
        device=device,
        tiling=SimpleNamespace(k=configuration.k_tiles, batch=1),
        partition=SimpleNamespace(
            scheme="multicast_2d",
            cores=((0, 0), (1, 0), (0, 1), (1, 1)),
            grid=configuration.groups,
            work=(),
        ),
        blocking=SimpleNamespace(
            out_block=configuration.block,
            out_blocks=(3, 1),
            k_block=configuration.k_block,
            subblock=configuration.subblock,
            l1_accumulation=True,
        ),
        epilogue=(),
        streams=tuple(
            SimpleNamespace(
                name=flow.name,
                buffer=flow.name.upper(),
                movement=flow.movement,
                processor=flow.processor,
                row_broadcast=False,
                transposed=False,
            )
            for flow in flows
        ),
        buffers=tuple(
            SimpleNamespace(
                name=flow.name.upper(),
                dtype="bfloat16",
                memory="DRAM",
                layout="interleaved",
                shape=shape[flow.name],
                moved=False,
            )
            for flow in flows
        ),
        circular_buffers=tuple(
            SimpleNamespace(id=index, name=flow.name, depth=flow.depth, alias_of=None)
            for index, flow in enumerate(flows)
        ),
        cost=SimpleNamespace(unit=unit),
    )


def test_plan_is_priced_like_its_configuration() -> None:
    plan = plan_of(BASE, unit=16)
    assert Configuration.of(plan) == BASE
    found = {term.name: (term.cycles, term.units) for term in recompute(plan)}
    coarse = terms(BASE, CALIBRATION, PEAK, unit=16)
    assert found == {name: (cycles, coarse[name]) for name, cycles in cost(BASE).items()}


def test_plan_without_a_stream_is_a_contradiction() -> None:
    with pytest.raises(InternalError, match="no stream in1"):
        recompute(plan_of(BASE, streams=("in0", "out")))
