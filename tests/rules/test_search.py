"""The deciding program as a whole: the window, the bounds, prices of known choices, levels of the objective."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from clingo import Symbol
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import (
    DEEP,
    Case,
    Operand,
    batched,
    device_of,
    devices,
    fused,
    kernel_of,
    merged,
    placed,
    plain,
)

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.errors import InputError
from ttplan.explain.legality import Legality
from ttplan.formats import FORMATS
from ttplan.kernel import Kernel
from ttplan.rules import search as searching
from ttplan.rules.arithmetic import CAP
from ttplan.rules.problem import DOUBLINGS, TIME_LEVEL, Infeasible, Options, Problem
from ttplan.rules.programs import Stage
from ttplan.rules.search import SHORTLIST, Guess, search
from ttplan.solve import problem_of, solve, solve_problem


def problem(case: Case, *pins: str, columns: int = 3, rows: int = 2) -> Problem:
    return problem_of(kernel_of(case), device_of(columns=columns, rows=rows), pins)


def best_within(asked: Problem, high: int) -> tuple[tuple[Symbol, ...], int] | None:
    """Atoms and cost units of the best plan of a window, by solving it to the end; None without any."""
    stage = Stage(asked, "window", high)
    found, finished, _ = stage.solve(None)
    assert finished
    return None if found is None else (found[0], stage.low + found[1].get(TIME_LEVEL, 0))


def atoms(stage: Stage, name: str, arity: int) -> set[str]:
    return {str(atom.symbol) for atom in stage.control.symbolic_atoms.by_signature(name, arity)}


CASE = Case(96, 160, 128)


def test_bounds_prune_only_what_cannot_beat_the_window() -> None:
    best = search(problem(CASE))
    tight, open_ = Stage(problem(CASE), "tight", best.time_units), Stage(problem(CASE), "open", CAP)
    some, every = atoms(tight, "chance", 2), atoms(open_, "chance", 2)
    assert some < every, "the window of the optimum leaves fewer divisions than the open one"
    assert tight.low <= best.time_units
    for name in sorted(every - some)[::40]:
        shape = name.removeprefix("chance((").split(")")[0].split(",")
        scheme, gm, gn, bh, bw = shape
        pins = (f"scheme={scheme}", f"grid={gm}x{gn}", f"out_block={bh}x{bw}")
        pins += (f"k_blocks({name.removesuffix(')').rsplit(',', 1)[1]})",)
        try:
            pruned = search(problem(CASE, *pins))
        except Infeasible:
            continue
        assert pruned.time_units > best.time_units, f"{name} was pruned"


def test_windows_do_not_change_the_optimum() -> None:
    best = search(problem(CASE))
    for permille in (1000, 1100, 2000, 10000):
        found = best_within(problem(CASE), best.time_units * permille // 1000)
        assert found == (best.atoms, best.time_units)


def test_a_cut_short_window_decides_about_those_that_promise_most() -> None:
    best = search(problem(CASE)).time_units
    wide = Stage(problem(CASE), "wide", 2 * best)
    few = Stage(problem(CASE), "few", 2 * best, shortlist=20)
    assert wide.whole == 2 * best > few.whole
    assert 0 < len(atoms(few, "chance", 2)) <= 20 < len(atoms(wide, "chance", 2))
    assert atoms(few, "outlook", 6) == atoms(wide, "outlook", 6)
    floors = {name: int(name.removesuffix(")").rsplit(",", 1)[1]) for name in atoms(wide, "outlook", 6)}
    left = [floor for name, floor in floors.items() if not _taken(name, atoms(few, "chance", 2))]
    taken = [floor for name, floor in floors.items() if _taken(name, atoms(few, "chance", 2))]
    assert min(taken) < min(left)


def _taken(outlook: str, chances: set[str]) -> bool:
    """Whether a division with a number of K blocks is among those that are decided about."""
    return any(
        outlook.startswith("outlook(" + one.removeprefix("chance(").removesuffix(")") + ",")
        for one in chances
    )


@settings(max_examples=400 if DEEP else 25)
@given(
    case=st.one_of(plain(6), fused(6), batched(3), placed(4)),
    device=devices(4),
    reserve=st.integers(0, 20000),
    shortlist=st.sampled_from((1, 6, SHORTLIST)),
)
def test_no_window_no_shortlist_and_no_bound_changes_the_optimum(
    case: Case, device: Device, reserve: int, shortlist: int
) -> None:
    asked = problem_of(kernel_of(merged(case, reserve=64 * reserve)), device)
    try:
        with patch.object(searching, "SHORTLIST", shortlist):
            best = search(asked)
    except Infeasible:
        assume(False)
        return
    assert best_within(asked, CAP) == (best.atoms, best.time_units)


@settings(max_examples=400 if DEEP else 15)
@given(
    st.one_of(plain(5), fused(4), placed(4), batched(2)),
    devices(),
    st.integers(8, 48),
    st.sampled_from((6, 200)),
)
def test_bounds_lose_no_plan_where_the_output_fills_l1(
    case: Case, device: Device, eighths: int, shortlist: int
) -> None:
    """L1 is so many eighths of the even share of the output, so that it matters where the output lies."""
    rows, columns = -(-case.m // 32), -(-case.n // 32)
    share = -(-max(case.batch, 1) * rows * columns // len(device.cores)) * FORMATS[case.dtypes[2]].tile_bytes
    reserve = max(0, device.l1_usable - share * eighths // 8) // 64 * 64
    asked = problem_of(kernel_of(merged(case, reserve=reserve)), device)
    found = best_within(asked, CAP)
    with patch.object(searching, "SHORTLIST", shortlist):
        if found is None:
            with pytest.raises(Infeasible):
                search(asked)
            return
        best = search(asked)
    assert (best.atoms, best.time_units) == found
    assert best_within(asked, best.time_units) == found


@settings(max_examples=400 if DEEP else 15)
@given(case=st.one_of(placed(4), placed(4), fused(4)), device=devices())
def test_a_kernel_has_a_plan_with_exactly_the_l1_it_needs_and_none_with_less(
    case: Case, device: Device
) -> None:
    """legality.lp says how much is needed, without any bound; the search must not lose that plan."""

    def tight(spare: int) -> Problem:
        return problem_of(kernel_of(merged(case, reserve=case.reserve + 64 * spare)), device)

    legality = Legality(tight(0))
    least = legality.plan(legality.requirements, least_l1=True)
    assume(least is not None)
    needed = sum(atom.arguments[1].number for atom in least or () if atom.name in ("cb_units", "resident"))
    spare = (device.l1_usable - case.reserve) // 64 - needed
    plan = search(tight(spare))
    assert any(str(atom).startswith("shape(") for atom in plan.atoms)
    with pytest.raises(Infeasible):
        search(tight(spare + 1))


def test_the_users_own_rules_are_obeyed_and_guide_the_first_look() -> None:
    """A rule that no bound knows: the optimum is that of an open window, found without grounding one."""
    own = ":- work_cores(N), N > 2.\n"
    ruled = replace(problem(CASE), options=Options(rules=(("own.lp", own),)))
    best = search(ruled)
    assert best_within(ruled, CAP) == (best.atoms, best.time_units)
    assert best.time_units > search(problem(CASE)).time_units
    assert "open" not in [effort.stage for effort in best.efforts]


def test_one_window_where_partial_sums_on_the_output_would_make_compute_wait() -> None:
    """The fastest large blocks leave no room for their sums; bounds that let them lie on the output for nothing made
    the first window too narrow."""
    kernel = kernel_of(Case(16384, 16384, 16384))
    best = search(problem_of(kernel, load_device("n300"), ()))
    assert len(best.efforts) == 2, [effort.stage for effort in best.efforts]


def test_what_explanations_ban_is_banned_beside_the_users_rules() -> None:
    ruled = replace(problem(CASE), options=Options(rules=(("own.lp", ":- work_cores(N), N > 2.\n"),)))
    grid = next(str(atom) for atom in search(ruled).atoms if atom.name == "grid")
    banned = search(replace(ruled, extra=f":- {grid}.\n"))
    assert grid not in map(str, banned.atoms)
    assert all(
        atom.arguments[0].number * atom.arguments[1].number <= 2
        for atom in banned.atoms
        if atom.name == "grid"
    )


PINS = (
    "orientation=col_major",
    "orientation=row_major",
    *(f"{name}.depth={depth}" for name in ("A", "W", "C") for depth in (1, 2, 3)),
    *(f"carries(riscv_{number},{stream})" for number in (0, 1) for stream in ("in0", "in1", "out")),
)


@settings(max_examples=400 if DEEP else 8)
@given(
    st.one_of(fused(3), placed(3), batched(2)),
    devices(3),
    st.lists(st.sampled_from(PINS), min_size=1, max_size=2, unique=True),
)
@example(Case(128, 64, 32, batch=2, in1_batched=True), device_of(), ["carries(riscv_1,out)"])
def test_bounds_lose_no_plan_of_pinned_movement(case: Case, device: Device, pins: list[str]) -> None:
    """What bounds make of pinned depths, processors and orientations, against all plans."""
    asked = problem_of(kernel_of(case), device, tuple(pins))
    found = best_within(asked, CAP)
    if found is None:
        with pytest.raises(Infeasible):
            search(asked)
        return
    assert search(asked).time_units == found[1]
    assert best_within(asked, found[1]) == found


def test_a_free_input_that_is_added_twice_is_moved_once() -> None:
    dims = {"x": ["M", "K"], "w": ["K", "N"], "r": ["M", "N"], "y": ["M", "N"]}
    buffers = [
        {"name": name, "dims": of, "dtype": "bfloat16", "io": "out" if name == "y" else "in"}
        | ({"place": "free"} if name == "r" else {})
        for name, of in dims.items()
    ]
    steps = (("matmul", "x", "w", "u"), ("add", "u", "r", "v"), ("add", "v", "r", "y"))
    ops = [{"op": op, "in": [first, second], "out": out} for op, first, second, out in steps]
    document = {"name": "twice", "dims": {"M": 256, "K": 32, "N": 256}, "buffers": buffers, "ops": ops}
    slow = {"shared_read_rate": 2.0, "dram_efficiency": 0.05, "sender_rate": 900.0, "issue": 0.5}
    asked = problem_of(validate(Kernel, document), device_of(calibration=slow))
    best = search(asked)
    assert "l1_block" in next(str(atom) for atom in best.atoms if str(atom).startswith('layout("r"'))
    for high in (best.time_units, CAP):
        assert best_within(asked, high) == (best.atoms, best.time_units)


def test_a_pin_against_a_given_layout_needs_no_window() -> None:
    case = merged(CASE, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}})
    with pytest.raises(Infeasible) as refusal:
        search(problem(case, "C.layout=L1/interleaved"))
    assert {effort.stage.split(",")[0] for effort in refusal.value.efforts} == {"sketch"}


def test_a_first_look_goes_no_further_where_nothing_can_be_seen() -> None:
    too_large = Case(4096, 4096, 4096, batch=8)
    with pytest.raises(Infeasible) as error:
        search(problem(too_large, "C.layout=L1/block_sharded"))
    assert [effort.stage for effort in error.value.efforts] == ["sketch, 120 %"]
    with pytest.raises(Infeasible) as error:
        search(problem(Case(64, 64, 64), "grid=3x1", "scheme=multicast_2d"))
    assert [effort.stage for effort in error.value.efforts] == ["sketch, 120 %"]


def test_a_window_ends_where_the_sketch_sees_so_many_other_divisions() -> None:
    asked = replace(problem(CASE), possible=True)

    def ends(*more: int) -> list[int]:
        with patch.object(searching, "guess_of", lambda *_: Guess(1_000_000, 120, more)):
            highs = [high for _, high, _ in searching._windows(asked, [], [])]
        return [high - 64 // asked.unit() for high in highs[:-1]]

    assert ends() == [1_150_000, 1_500_000, 2_500_000, 5_000_000], "nothing else in sight"
    assert ends(1_001_000)[:2] == [1_005_000, 1_500_000], "another is near, no more than that"
    near = tuple(1_020_000 + 10_000 * place for place in range(8))
    assert ends(*near)[:3] == [1_020_000, 1_090_000, 2_500_000]
    far = tuple(7_000_000 + place for place in range(600))
    assert ends(*far) == ends()


def test_a_sketch_sees_divisions_in_order_above_its_best() -> None:
    guess = searching.guess_of(problem(CASE))
    assert guess is not None and guess.more
    assert sorted(set(guess.more)) == list(guess.more) and guess.more[0] > guess.units


def test_a_window_below_the_optimum_has_no_plan() -> None:
    best = search(problem(CASE))
    assert best_within(problem(CASE), best.time_units - 1) is None


@pytest.mark.parametrize(
    "pin, level",
    [("cores=1", "modelled time"), ("A.depth=1", "modelled time"), ("C.layout=DRAM/interleaved", None)],
)
def test_cost_grows_when_a_choice_is_taken_away(pin: str, level: str | None) -> None:
    device = device_of(columns=3, rows=2)
    free, pinned = solve(kernel_of(CASE), device), solve(kernel_of(CASE), device, (pin,))
    assert pinned.cost.units >= free.cost.units
    if level is not None:
        assert pinned.cost.cycles > free.cost.cycles


def test_levels_are_the_criteria_in_their_order() -> None:
    """Time, DRAM bytes, L1 bytes and cores, then one level for every decision."""
    stage = Stage(problem(CASE), "levels", CAP)
    best, finished, _ = stage.solve(None)
    assert finished and best is not None
    levels = sorted(best[1], reverse=True)
    assert levels[:4] == [4, 3, 2, 1] and all(level < 0 for level in levels[4:])
    plan = solve(kernel_of(CASE), device_of(columns=3, rows=2))
    assert best[1][1] == plan.cost.cores
    assert best[1][2] * 64 == plan.l1.circular_buffers + plan.l1.buffers


def test_no_integer_overflows_at_65536_cubed() -> None:
    """2^33 products: cost units and DRAM units grow, so that every sum stays within 32 bits, and nothing
    clingo computes wraps: cost and traffic are recomputed without bounds on integers and compared.
    """
    kernel = kernel_of(Case(65536, 65536, 65536, dtypes=("bfloat4_b",) * 3, fidelity="LoFi"))
    for board in ("n150", "p150"):
        plan = solve(kernel, load_device(board))
        assert plan.status == "optimal"
        assert plan.cost.cycles * 1000 > 2**31 and plan.cost.dram_bytes > 2**31, "else nothing could overflow"
        assert plan.cost.units < CAP


@pytest.mark.parametrize(
    "pins", [("cores=1", "out_block=1x1"), ("cores=2", "out_block_w=1"), ("out_block=2x1",)]
)
def test_no_integer_overflows_where_one_core_reads_2_to_the_33_tiles(pins: tuple[str, ...]) -> None:
    plan = solve(kernel_of(Case(65536, 65536, 65536)), load_device("p150"), pins)
    assert plan.status == "optimal" and plan.cost.units < CAP


def test_prices_that_do_not_fit_for_all_of_k_are_refused() -> None:
    dear = device_of(calibration={"matmul_tile": dict.fromkeys(("LoFi", "HiFi2", "HiFi3", "HiFi4"), 9999)})
    assert solve(kernel_of(Case(64, 2048, 64)), dear).status == "optimal"
    with pytest.raises(InputError, match="price of 1024 tiles of K does not fit"):
        solve(kernel_of(Case(64, 32768, 64)), dear)


def test_ops_are_planned_in_the_order_of_their_dataflow() -> None:
    kernel = kernel_of(Case(64, 64, 64, ops=("relu", Operand("bfloat16"), "gelu")))
    shuffled = kernel.model_copy(update={"ops": kernel.ops[::-1]})
    assert solve(shuffled, device_of()) == solve(kernel, device_of())


def test_kernels_of_long_chains_have_names_that_fit() -> None:
    case = Case(96, 64, 96, ops=tuple(Operand("bfloat16", row=row) for row in (True, False) * 6))
    for device in (device_of(columns=1, rows=1), device_of(columns=3, rows=3)):
        names = [kernel.name for kernel in solve(kernel_of(case), device).kernels]
        assert len(set(names)) == len(names) and any(name.endswith("_more") for name in names)


def test_no_integer_overflows_where_moving_an_input_exceeds_the_window() -> None:
    """The price of moving 134 million elements, in grains of the first look's window, has more than 32 bits."""
    layouts = {"out": {"memory": "L1", "layout": "width_sharded"}}
    case = Case(8192, 329, 1248, batch=8, in1_batched=True, free=("in0", "in1"), layouts=layouts)
    with pytest.raises(Infeasible):
        solve(kernel_of(case), load_device("n300"), ("scheme=split",))


def test_what_exceeds_every_bank_is_refused_with_the_rule() -> None:
    kernel = kernel_of(Case(65536, 65536, 65536, dtypes=("float32",) * 3))
    with pytest.raises(Infeasible) as raised:
        solve(kernel, load_device("n150"))
    assert {member.name for member in raised.value.conflict} == {"dram_capacity", "l1_capacity"}, (
        "neither holds it"
    )


def test_a_plan_that_costs_more_than_can_be_counted_is_counted_in_larger_units() -> None:
    huge = problem_of(
        kernel_of(Case(16384, 16384, 16384)), load_device("p150"), ("grid=1x1", "out_block=1x1", "k_block=1")
    )
    with pytest.raises(Infeasible):
        search(huge)
    solution = solve_problem(huge)
    assert solution.plan.cost.unit == huge.unit() << DOUBLINGS and solution.plan.status == "optimal"
    assert solution.plan.cost.cycles // huge.unit() > CAP


@settings(max_examples=400 if DEEP else 25)
@given(
    st.one_of(plain(6), fused(4), batched(3), placed(4)),
    devices(3),
    st.integers(1, 6),
    st.sampled_from([(), ("A.depth=1",), ("A.depth=1", "cores=1"), ("k_block=1",), ("scheme=split",)]),
)
def test_a_plan_costs_what_is_recomputed_in_any_unit(
    case: Case, device: Device, doubled: int, pins: tuple[str, ...]
) -> None:
    """What the encodings add up is rounded where the model rounds: large kernels count in many cycles at once."""
    asked = replace(problem_of(kernel_of(case), device, pins), doubled=doubled)
    try:
        solution = solve_problem(asked)  # raises where the two differ
    except Infeasible:
        assume(False)
    assert solution.plan.cost.unit == asked.unit() == 2**doubled


def test_units_grow_no_further_than_prices_fit_into_31_bits() -> None:
    asked: Problem | None = problem(CASE)
    while asked is not None and (coarser := asked.coarser()) is not None:
        assert coarser.unit() == asked.unit() << DOUBLINGS
        asked = coarser
    assert asked is not None and asked.unit() * 1000 < 2**31 <= (asked.unit() << DOUBLINGS) * 1000


@pytest.mark.parametrize("layout", ["block_sharded", "height_sharded"])
@pytest.mark.parametrize("orientation", ["row_major", "col_major"])
def test_the_orientation_of_a_given_shard_is_obeyed_or_named(layout: str, orientation: str) -> None:
    """Only the shards of a rectangle of cores can stand either way."""
    given = {"in0": {"memory": "L1", "layout": layout, "orientation": orientation}}
    kernel, device = kernel_of(Case(128, 128, 128, layouts=given)), device_of(columns=2, rows=2)
    if (layout, orientation) == ("height_sharded", "col_major"):
        with pytest.raises(Infeasible) as refusal:
            solve(kernel, device)
        assert "pin" in {item.name for item in refusal.value.conflict}
        return
    shard = solve(kernel, device).buffers[0].shard
    assert shard is not None and shard.orientation == orientation


def test_partial_sums_of_the_largest_kernel_can_be_counted() -> None:
    """Blocks of 2^26 float32 tiles are more than 2^31 units of L1."""
    kernel = kernel_of(Case(262144, 262144, 262144, dtypes=("bfloat4_b",) * 3, fp32=True))
    problem = problem_of(kernel, load_device("n150"))
    legality = Legality(problem)
    units = [
        atom.symbol.arguments[1].number
        for atom in legality.control.symbolic_atoms.by_signature("cb_units", 2)
    ]
    assert min(units) > 0 and max(units) == CAP
