"""The recomputed terms against sums done by hand with round constants."""

from __future__ import annotations

from ttplan.check.cost import modelled_terms
from ttplan.check.meaning import meaning_of
from ttplan.check.prices import Prices, dram_bytes
from ttplan.check.subject import Subject
from ttplan.device import EPILOGUE
from ttplan.plan import Plan

from .plans import Choice, build, matmul
from .variants import buffers, ops

ROUND = {
    "startup": 1000,
    "block_overhead": 100,
    "issue": 10.0,
    "sender_rate": 32.0,  # a bfloat16 tile of 2048 bytes in 64 cycles
    "unpack_rate": 64.0,  # in 32 cycles
    "reload": 0.5,
    "pack_subblock": 20,
    "dram_efficiency": 0.5,  # of 256 bytes per cycle: a tile in 16 cycles
    "shared_read_rate": 64.0,  # in 32 cycles
    "write_rate": 32.0,  # in 64 cycles
    "matmul_tile": {"LoFi": 16, "HiFi2": 32, "HiFi3": 48, "HiFi4": 64},
    "epilogue_tile": {**dict.fromkeys(EPILOGUE, 0), "add_row": 30},
    "spill_tile": 10,
    "transpose_tile": 5,
}


def with_round_constants(plan: Plan) -> Subject:
    """The plan on a device whose constants can be added in the head."""
    document = plan.model_dump(mode="json", by_alias=True)
    document["device"]["calibration"].update(ROUND)
    document["device"]["dram"]["bytes_per_cycle"] = 256.0
    changed = Plan.model_validate(document)
    return Subject(changed, meaning_of(changed.kernel))


def test_two_cores_that_read_for_themselves() -> None:
    subject = with_round_constants(build(matmul(64, 128, 32), Choice("split", (1, 2), (1, 1), 2)))
    assert modelled_terms(subject) == {
        "startup": 1000,
        "compute": 4 * (64 + 16) + 2 * 20 + 10,
        "riscv_1": 2 * 100 + 4 * 74,
        "riscv_0": 2 * 100 + 4 * 74 + 74,
        "dram": 2 * 4 * 32 + 2 * 4 * 32,
        "alternate_in0": 0,
        "alternate_in1": 0,
        "resources": 570,
        "fill": 100 + 2 * 74,
        "stall": 0,
        "tail": 2 * 64,
    }
    assert dram_bytes(Prices(subject)) == (8 + 8 + 2) * 2048


def test_multicast_with_a_bias_and_one_block_at_a_time() -> None:
    kernel = matmul(
        64,
        64,
        128,
        buffers=buffers(A="KM bfloat16 in", B="KN bfloat16 in", bias="N bfloat16 in", C="MN bfloat16 out"),
        ops=ops("matmul A,B t", "add t,bias C"),
    )
    plan = build(kernel, Choice("multicast_2d", (2, 2), (1, 1), 1, out_blocks=(1, 2), depth=1))
    subject = with_round_constants(plan)
    compute = 2 * (2 * 80 + 30 + 2 * 20 + 10) + 2 * 2 * 5
    operand = 2 * 2 * 100 + 4 * 74
    assert modelled_terms(subject) == {
        "startup": 1000,
        "compute": compute,
        "riscv_1": operand,
        "riscv_0": operand + (2 * 100 + 2 * 74) + 2 * 74,
        "dram": 8 * 16 + 8 * 16 + 8 * 32 + (8 - 4) * 64,
        "alternate_in0": compute + operand,
        "alternate_in1": compute + operand,
        "resources": 1196,
        "fill": 2 * (100 + 74),
        "stall": 4 * 64,
        "tail": 4 * 64,
    }


def test_coarser_units_round_every_piece_up() -> None:
    subject = with_round_constants(build(matmul(64, 128, 32), Choice("split", (1, 2), (1, 1), 2)))
    units = modelled_terms(subject, 1000)
    assert (units["startup"], units["compute"], units["dram"], units["riscv_0"]) == (1, 1, 2, 2)


def test_a_larger_subblock_reloads_less() -> None:
    flat = with_round_constants(build(matmul(128, 64, 64), Choice("split", (1, 1), (4, 2), 2, (1, 2))))
    tall = with_round_constants(build(matmul(128, 64, 64), Choice("split", (1, 1), (4, 2), 2, (4, 2))))
    # (1, 2): one in0 tile stays for two products; (4, 2): two in1 tiles stay for eight
    assert Prices(flat).product() == 64000 + 8000
    assert Prices(tall).product() == 64000 + 4000
