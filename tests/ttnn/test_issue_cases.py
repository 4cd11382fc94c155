"""What users reported against the stock planner: each case with enough numbers, judged, planned, and compared.

Where TTNN overflowed, hung or was refused, its own rules say so here, and ttplan has a legal plan or a correct,
explained infeasibility. Cases that cannot be a test are listed in NOT_TESTED with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ttnn.calls import N150, blocks, grid_of, kernel, shards, tensor
from ttplan.device import Device, load_device
from ttplan.kernel import Compute, Kernel
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible
from ttplan.solve import problem_of, solve, solve_problem
from ttplan.ttnn import (
    MatmulCall,
    Refusal,
    auto_config,
    export,
    for_ttnn,
    infeasible_for_ttnn,
    judge,
    l1_need,
)
from ttplan.ttnn.baseline import stock_plan
from ttplan.ttnn.configs import Multicast1D, Multicast2D, Reuse

P150, N300 = load_device("p150"), load_device("n300")
FLOAT32 = Compute(math_fidelity="HiFi4", fp32_dest_acc_en=True)
BFP8 = ("bfloat8_b", "bfloat8_b", "bfloat8_b")


def nd_shard(layout: str, grid: tuple[int, int], shape: tuple[int, int]) -> dict[str, Any]:
    """Layout entry of a buffer in L1 whose shards the user fixed. shape: elements."""
    return {
        "memory": "L1",
        "layout": layout,
        "nd_shard": {"axes": ["M", "N"], "grid": grid, "shard_shape_elems": shape},
    }


def for_a(layout: str, grid: tuple[int, int], shape: tuple[int, int]) -> dict[str, Any]:
    entry = nd_shard(layout, grid, shape)
    return {**entry, "nd_shard": {**entry["nd_shard"], "axes": ["M", "K"]}}


L1_INTERLEAVED = {"memory": "L1", "layout": "interleaved"}
PLANNED: dict[str, tuple[Kernel, Device]] = {
    "tt-metal#36426": (kernel(11008, 8192, 4096, transposed=(True, False)), N150),
    "tt-metal#16348": (kernel(2048, 512, 512, dtypes=("float32",) * 3, compute=FLOAT32), N300),
    "tt-mlir#7939/matmul_0": (kernel(128, 2560, 19456), N150),
    "tt-metal#15732": (
        kernel(
            64 * 256,
            384,
            1152,
            transposed=(False, True),
            bias=True,
            compute=Compute(math_fidelity="HiFi2", fp32_dest_acc_en=True),
        ),
        N300,
    ),
    # The report has no data type; bfloat16 needs the most L1 of the usual ones.
    "tt-metal#18708": (
        kernel(
            1024,
            4608,
            18432,
            layout={
                "A": for_a("width_sharded", (1, 48), (1024, 96)),
                "C": {"memory": "L1", "layout": "width_sharded"},
            },
        ),
        N150,
    ),
    "tt-metal#10936": (kernel(512, 4096, 6656), N150),
    "tt-metal#54798": (
        kernel(
            640,
            512,
            128,
            batch=32,
            batched_b=True,
            dtypes=("bfloat16", "bfloat8_b", "bfloat8_b"),
            layout={"A": L1_INTERLEAVED, "C": {"memory": "DRAM", "layout": "interleaved"}},
        ),
        P150,
    ),
    "tt-metal#35396/attn": (
        kernel(256, 256, 64, batch=384, batched_b=True, transposed=(True, False)),
        P150,
    ),
    "tt-metal#35396/bwd": (kernel(384, 16384, 1536, transposed=(True, False)), P150),
    # One operand of 2 x 4 tiles is reported; K is chosen here.
    "tt-mlir#7092": (kernel(64, 64, 128), grid_of(N150, 3, 3)),
    # No data type is reported; bfloat16 needs the most memory.
    "tt-mlir#8047": (kernel(32, 4096, 128256), N150),
}
"""Stock planner: overflow, hang, wrong result or slow. Here: a plan that ttplan's checker and TTNN's rules accept."""


def planned(case: str, ttnn: bool = True) -> Plan:
    source, device = PLANNED[case]
    problem = problem_of(source, device)
    return solve_problem(for_ttnn(problem) if ttnn else problem).plan


@pytest.mark.parametrize("case", PLANNED)
def test_case_has_a_plan_that_ttnn_runs(case: str) -> None:
    program = export(planned(case))
    assert not isinstance(program, Refusal), program
    need = l1_need(program.call, PLANNED[case][1])
    assert need.total <= need.space


IMPOSSIBLE: dict[str, tuple[Kernel, Device, str]] = {
    # A sharded output holds one matrix, five or four are asked for.
    "tt-metal#32306": (
        kernel(
            400,
            32,
            400,
            batch=5,
            batched_b=True,
            layout={"C": {"memory": "L1", "layout": "block_sharded"}},
        ),
        N300,
        "shard_one_matrix",
    ),
    "tt-metal#42572": (
        kernel(
            32,
            2880,
            5760,
            batch=4,
            batched_b=True,
            dtypes=("bfloat16", "bfloat8_b", "bfloat16"),
            layout={"A": L1_INTERLEAVED, "C": {"memory": "L1", "layout": "block_sharded"}},
        ),
        N150,
        "shard_one_matrix",
    ),
    # 32 cores own a part of K, two columns of tiles are to be computed.
    "tt-metal#8641": (
        kernel(32, 4096, 64, dtypes=BFP8, layout={"A": for_a("width_sharded", (1, 32), (32, 128))}),
        N150,
        "k_shard_owners",
    ),
    # One core has no row or column to send to: a shard of 10 x 2 tiles on one core serves no multicast.
    "tt-metal#19987": (
        kernel(320, 64, 64, layout={"A": for_a("block_sharded", (1, 1), (320, 64))}),
        grid_of(N150, 1, 1),
        "shard_scheme",
    ),
}
"""The device hung where no plan exists; the rule that says so."""


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_case_without_a_plan_is_refused_by_rule(case: str) -> None:
    source, device, rule = IMPOSSIBLE[case]
    problem = for_ttnn(problem_of(source, device))
    with pytest.raises(Infeasible) as refusal:
        solve_problem(problem)
    story = infeasible_for_ttnn(problem, refusal.value)
    assert rule in {member.name for member in story.conflict}
    assert story.relaxations
    assert min(relaxation.totals.cycles for relaxation in story.relaxations) > 0


def test_36426_the_forgotten_transpose_buffer_overflows_by_the_reported_bytes() -> None:
    call = MatmulCall(
        a=tensor(8192, 11008),
        b=tensor(8192, 4096),
        out=tensor(11008, 4096),
        transpose_a=True,
        user_grid=(8, 8),
    )
    before = auto_config(call, N150, counts_transposed=False).config
    assert isinstance(before, Multicast2D)
    need = l1_need(call.model_copy(update={"program_config": before}), N150)
    reported, base_of_that_release = 1721472, 103552
    assert need.end == reported - base_of_that_release
    assert not need.fits
    after = auto_config(call, N150).config
    assert judge(call.model_copy(update={"program_config": after}), N150) == ()


def test_16348_the_reported_core_range_overflows_and_a_plan_uses_the_grid() -> None:
    big = tensor(2048, 512, dtype="float32")
    config = Reuse(**blocks((8, 7), (16, 16), (1, 4), 2))
    call = MatmulCall(
        a=big, b=tensor(512, 512, dtype="float32"), out=big, compute=FLOAT32, program_config=config
    )
    assert "l1" in {finding.rule for finding in judge(call, N300)}
    reported, base_of_that_release = 1671968, 99104
    assert l1_need(call, N300).end == reported - base_of_that_release
    assert len(planned("tt-metal#16348").partition.cores) > 4


def test_7939_the_usable_l1_is_the_reported_one() -> None:
    assert N150.l1_usable == 1395424
    assert (N150.l1.base, N150.l1.bytes) == (103712, 1499136)
    plan = planned("tt-mlir#7939/matmul_0")
    assert plan.cost.l1_bytes <= 1395424 < 3309568


def test_32306_the_stock_planner_is_refused_on_a_line_of_cores() -> None:
    memory = shards("BLOCK_SHARDED", (416, 416), 0, 4)
    call = MatmulCall(a=tensor(5, 400, 32), b=tensor(5, 32, 400), out=tensor(5, 400, 400, **memory))
    chosen = auto_config(call, N300)
    assert chosen.config is None


def test_42572_a_batched_product_into_shards_is_broken_by_name() -> None:
    memory = shards("BLOCK_SHARDED", (32, 736), 7, 3)
    config = Multicast2D(**blocks((8, 8), (1, 23), (1, 1), 2), fuse_batch=False)
    call = MatmulCall(
        a=tensor(4, 32, 2880, buffer_type="L1"),
        b=tensor(4, 2880, 5760, dtype="bfloat8_b"),
        out=tensor(4, 32, 5760, **memory),
        program_config=config,
    )
    assert "batched_sharded_out" in {finding.rule for finding in judge(call, N150)}
    in_dram = call.model_copy(update={"out": tensor(4, 32, 5760)})
    assert judge(in_dram, N150) == ()


def test_54798_blocks_beyond_the_cores_are_counted() -> None:
    config = Reuse(**blocks((11, 10), (5, 4), (1, 4), 2))
    call = MatmulCall(
        device="p150",
        a=tensor(32, 640, 512, buffer_type="L1"),
        b=tensor(32, 512, 128, dtype="bfloat8_b"),
        out=tensor(32, 640, 128, dtype="bfloat8_b"),
        program_config=config,
    )
    findings = {finding.rule: dict(finding.numbers) for finding in judge(call, P150)}
    assert findings == {"one_block_per_core": {"needed": 128, "limit": 110}}
    half = call.model_copy(update={"program_config": config.model_copy(update={"per_core_M": 10})})
    assert judge(half, P150) == ()


def test_10936_the_fixed_square_blocks_need_thirteen_columns() -> None:
    call = MatmulCall(a=tensor(1, 1, 512, 4096), b=tensor(1, 1, 4096, 6656), out=tensor(1, 1, 512, 6656))
    assert -(-call.b.tiles[1] // 16) == 13 > N150.grid.columns
    stock = stock_plan(call, N150)
    source, _ = PLANNED["tt-metal#10936"]
    plan = solve(source, N150, ("C.layout=DRAM/interleaved",))
    assert stock.cycles is not None and stock.cycles >= plan.cost.cycles


def test_35396_the_plan_is_faster_than_what_users_measured_of_the_default() -> None:
    for case, microseconds in (("tt-metal#35396/attn", 2178.3), ("tt-metal#35396/bwd", 527.1)):
        plan = planned(case, ttnn=False)
        assert plan.cost.cycles / plan.device.clock_mhz < microseconds


def test_19910_shards_follow_the_banks() -> None:
    call = MatmulCall(
        a=tensor(32, 8192, **shards("WIDTH_SHARDED", (32, 1024), 7, 0)),
        b=tensor(8192, 1024, **shards("WIDTH_SHARDED", (8192, 96), 10, 0, buffer="DRAM")),
        out=tensor(32, 1024, **shards("WIDTH_SHARDED", (32, 128), 7, 0)),
        program_config={  # type: ignore[arg-type]
            "class": "MatmulMultiCoreReuseMultiCastDRAMShardedProgramConfig",
            "in0_block_w": 4,
            "per_core_M": 1,
            "per_core_N": 4,
        },
    )
    findings = {finding.rule: dict(finding.numbers) for finding in judge(call, P150)}
    assert findings["dram_banks"] == {"shards": 11, "banks": 8}
    plan = solve(kernel(32, 8192, 1024, layout={"B": {"memory": "DRAM", "layout": "width_sharded"}}), P150)
    shard = plan.buffer("B").shard
    assert shard is not None
    assert shard.shape[1] * 32 == 128


def test_8641_a_line_of_two_blocks_on_32_owners() -> None:
    memory = shards("WIDTH_SHARDED", (32, 128), 3, 7)
    call = MatmulCall(
        a=tensor(1, 1, 32, 4096, dtype="bfloat8_b", **memory),
        b=tensor(1, 1, 4096, 64, dtype="bfloat8_b"),
        out=tensor(1, 1, 32, 64, dtype="bfloat8_b"),
    )
    config = auto_config(call, N150).config
    assert isinstance(config, Multicast1D)
    assert (config.per_core_N, config.in0_block_w) == (1, 4)
    free = solve(kernel(32, 4096, 64, dtypes=BFP8), N150)
    assert free.status == "optimal"


def test_42802_the_writer_drains_what_is_computed() -> None:
    plan = solve(kernel(96, 32, 96), N150, ("cores=1",))
    (work,) = plan.partition.work
    assert work.tile_count == 9


LIMITS: tuple[tuple[str, object, object], ...] = (
    # what users saw in error messages, and what ttplan counts
    ("tt-metal#18997", N150.l1.bytes, 1499136),
    ("tt-metal#16721", P150.l1.bytes, 1572864),
    ("tt-metal#27193", P150.limits.runtime_args, 341),
    ("tt-metal#12184", (P150.dram.read_alignment, P150.l1.buffer_alignment), (64, 16)),
    ("tt-metal#18494", N150.l1.buffer_alignment, 16),
    ("tt-metal#49122", N150.l1.buffer_alignment, 16),
    # mul of float32 [6, 16, 384, 384] over the 56 banks of an n300
    (
        "tt-metal#14840",
        tensor(6, 16, 384, 384, dtype="float32", buffer_type="L1").l1_bytes(len(N300.cores)),
        1011712,
    ),
    # eight dataflow buffers of 8 x 8 tiles, and twelve of them over the base in the message
    ("tt-lang#511", 12 * 8 * 8 * 2048 + P150.l1.base, 1683968),
    (
        "tt-metal#54621",
        tuple(
            tensor(2048, width, **shards("WIDTH_SHARDED", (2048, width), 0, 0)).l1_bytes(1)
            for width in (320, 448)
        ),
        (1310720, 1835008),
    ),
)


@pytest.mark.parametrize(("case", "counted", "reported"), LIMITS, ids=[case for case, _, _ in LIMITS])
def test_reported_limits_and_bytes_are_those_of_the_device_files(
    case: str, counted: object, reported: object
) -> None:
    assert counted == reported


OTHER_OP = "{} is not a contraction, and no TTNN matmul config is involved"
NO_NUMBERS = "no operand shapes are reported"
NOT_TESTED: dict[str, str] = {
    "tt-metal#21904": NO_NUMBERS,
    "tt-metal#13204": NO_NUMBERS,
    "tt-metal#18225": "a sweep by name, no operand shapes",
    "tt-metal#48275": NO_NUMBERS,
    "tt-metal#38114": "a proposal, no problem",
    "tt-metal#42593/N1024": "no data types; the reported times cannot be compared",
    "tt-mlir#8038": "no data types; the reported times cannot be compared",
    "tt-metal#35078": "attention scores in a model: shapes of the operands are not reported",
    **dict.fromkeys(("tt-metal#39508", "tt-metal#43197"), NO_NUMBERS),
    **dict.fromkeys(
        ("tt-metal#18275", "tt-metal#38626", "tt-metal#52040", "tt-metal#57364", "tt-xla#3028"),
        OTHER_OP.format("softmax"),
    ),
    **dict.fromkeys(
        (
            "tt-metal#36094",
            "tt-metal#49389",
            "tt-metal#19427",
            "pytorch2.0_ttnn#63",
            "tt-metal#29728",
            "tt-metal#23837",
            "tt-mlir#8585",
            "tt-metal#37852",
            "tt-metal#40310",
        ),
        OTHER_OP.format("a normalisation"),
    ),
    **dict.fromkeys(
        ("tt-metal#54915", "tt-metal#13007", "tt-metal#31386"), OTHER_OP.format("an elementwise op")
    ),
    "tt-metal#20540": OTHER_OP.format("a reduction"),
    **dict.fromkeys(
        ("tt-metal#17947", "tt-metal#33447", "tt-metal#18642", "tt-metal#12790", "tt-xla#4581"),
        OTHER_OP.format("a convolution"),
    ),
    **dict.fromkeys(("tt-metal#35431", "tt-metal#20914", "tt-metal#22391"), OTHER_OP.format("pooling")),
    **dict.fromkeys(
        (
            "tt-metal#38364",
            "tt-metal#32611",
            "tt-metal#32635",
            "tt-metal#39947",
            "tt-mlir#5463",
            "tt-mlir#7899",
            "tt-mlir#4599",
            "tt-metal#33245",
        ),
        OTHER_OP.format("data movement"),
    ),
    **dict.fromkeys(
        ("tt-metal#51911", "tt-metal#56171", "tt-metal#55758", "tt-metal#54876"),
        OTHER_OP.format("attention"),
    ),
    "tt-inference-server#225": NO_NUMBERS,
}
"""Cases that are no test, by id, with the reason."""


def test_every_reported_case_is_a_test_or_has_a_reason() -> None:
    cases = Path(__file__).parents[3] / "shared" / "data" / "issue_cases.json"
    if not cases.is_file():
        pytest.skip("the collection of reported cases is not beside the repository")
    known = {case["id"] for case in json.loads(cases.read_text(encoding="utf-8"))}
    tested = {*PLANNED, *IMPOSSIBLE, *(case for case, _, _ in LIMITS)}
    tested |= {"tt-metal#19910", "tt-metal#42802"}
    assert not tested & set(NOT_TESTED)
    assert tested | set(NOT_TESTED) == known
