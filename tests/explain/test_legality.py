"""What is allowed, whatever it costs: minimal conflicts, and the values that are left."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from unittest.mock import patch

import pytest
from clingo import Number, Symbol
from explain.problems import PINS, problem_on, solvable
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, batched, device_of, devices, fused, placed, plain

from ttplan.device import Device, load_device
from ttplan.explain import infeasible, legality, values
from ttplan.explain.legality import Legality
from ttplan.explain.values import nearest
from ttplan.rules.conflict import minimal
from ttplan.rules.problem import Infeasible
from ttplan.rules.search import search

CASES = 200 if DEEP else 12


@settings(max_examples=CASES)
@given(st.one_of(plain(4), fused(3), placed(3)), devices(3), st.lists(PINS, max_size=3, unique=True))
def test_conflicts_are_minimal_and_exist_just_where_the_search_finds_no_plan(
    case: Case, device: Device, pins: list[str]
) -> None:
    problem = problem_on(case, device, tuple(pins))
    legality = Legality(problem)
    conflict = legality.conflict()
    assert (conflict is None) == solvable(problem)
    assume(conflict is not None)
    assert conflict is not None
    assert not legality.possible(conflict)
    for size in range(len(conflict)):
        for part in combinations(conflict, size):
            assert legality.possible(part)
    assert conflict == Legality(problem).conflict()


RULES = st.sampled_from(
    [
        ":- k_block(K), K > 1.",
        ":- k_block(1).",
        ":- subblock(1, 1).",
        ":- work_cores(N), N > 2.",
        ":- grid(M, _), M < 2.",
        ":- scheme(split).",
        ":- l1_accumulation.",
        ":- mode(local_shard).",
        ':- not layout("C", l1_block).',
        ":- cb_depth(in0, 1).",
        ":- tail(T), T > 0.",
    ]
)
"""Rules of shapes, of layouts, of what follows from both, and of costs."""


@settings(max_examples=2 * CASES)
@given(
    plain(4),
    st.lists(RULES, min_size=2, max_size=4, unique=True),
    st.lists(PINS, max_size=2, unique=True),
)
@example(Case(64, 128, 64), [":- k_block(K), K > 1.", ":- l1_accumulation."], [])
@example(Case(64, 128, 64), [":- l1_accumulation.", ":- scheme(split)."], ["k_block=1"])
@example(Case(64, 128, 64), [":- tail(T), T > 0.", ":- scheme(split)."], ["C.layout=DRAM/interleaved"])
def test_what_the_user_said_in_a_conflict_excludes_every_plan_by_itself(
    case: Case, rules: list[str], pins: list[str]
) -> None:
    device = device_of(columns=2, rows=2)
    problem = problem_on(case, device, tuple(pins), rules=(("own.lp", "\n".join(rules)),))
    assume(not solvable(problem))
    story = infeasible(problem)
    named = [member.name for member in story.conflict]
    said = [rule if f"own.lp:{line}" in named else "" for line, rule in enumerate(rules, 1)]
    kept = tuple(pin for pin in pins if f"--pin {pin}" in named)
    assert not solvable(problem_on(case, device, kept, rules=(("own.lp", "\n".join(said)),)))
    changes = [one.changes for one in story.relaxations]
    for line in range(1, len(rules) + 1):
        left = "\n".join(rule for other, rule in enumerate(rules, 1) if other != line)
        freed = solvable(problem_on(case, device, tuple(pins), rules=(("own.lp", left),)))
        assert freed == ((f"drop rule own.lp:{line}",) in changes)
    for pin in pins:
        rest = tuple(other for other in pins if other != pin)
        freed = solvable(problem_on(case, device, rest, rules=problem.options.rules))
        assert freed == ((f"drop --pin {pin}",) in changes)


SHAPELESS = st.sampled_from(
    [
        "scheme=multicast_2d",
        "scheme=split",
        "orientation=col_major",
        "mode=local_shard",
        "mode=global",
        "A.layout=L1/interleaved",
        "A.layout=L1/block_sharded",
        "C.layout=L1/block_sharded",
        "C.layout=L1/height_sharded",
        "A.movement=read",
        "C.movement=local",
        "B.processor=riscv_1",
        "A.depth=4",
    ]
)
"""Wishes that say nothing about sizes."""


GRIDS = st.sampled_from(["grid=2x1", "grid=1x2", "cores=1", "cores=2", "cores=3"])
"""Wishes that any size can have where there are many more tiles than cores."""


@settings(max_examples=4 * CASES)
@given(
    st.one_of(plain(5), fused(3), batched(2), placed(3)),
    devices(3),
    st.sampled_from([32, 4, 3]),
    st.lists(st.one_of(SHAPELESS, GRIDS), max_size=2, unique=True),
)
def test_small_blocks_of_a_kernel_without_sizes_allow_what_all_blocks_allow(
    case: Case, device: Device, count: int, wishes: list[str]
) -> None:
    assume(len(device.cores) > 2)
    few = device.circular_buffers.model_copy(update={"count": count})
    problem = problem_on(case, device.model_copy(update={"circular_buffers": few}), tuple(wishes))
    every = Legality(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(legality, "FEW_TILES", 1)
        patch.setattr(legality, "SMALL_BLOCK", 1)
        small = Legality(problem)
    on_cores = any(wish.startswith(("grid", "cores")) for wish in wishes)
    many = problem.flow.output_tiles() > len(device.cores) ** 2
    if max(map(problem.flow.tiles, problem.flow.kernel.dims)) > 1 and (many or not on_cores):
        assert len(small.domain("out_block", 2)) < len(every.domain("out_block", 2))
    for left_out in (part for size in range(3) for part in combinations(every.requirements, size)):
        assert small.possible_without(left_out) == every.possible_without(left_out), left_out


def test_a_kernel_that_no_memory_holds_is_refused_before_anything_is_searched() -> None:
    problem = problem_on(Case(262144, 262144, 262144), load_device("n150"))
    with pytest.raises(Infeasible) as refusal:
        search(problem)
    assert not refusal.value.efforts
    asked = refusal.value.asked
    assert asked is not None and len(asked.control.symbolic_atoms) < 100_000
    assert {item.name for item in refusal.value.conflict} == {"dram_capacity", "l1_capacity"}


@given(st.integers(1, 9), st.lists(st.sets(st.integers(0, 8), min_size=1), min_size=1), st.booleans())
def test_a_minimal_conflict_is_the_one_that_deleting_one_by_one_finds(
    count: int, conflicts: list[set[int]], shrink: bool
) -> None:
    members = [Number(index) for index in range(count)]

    def core(left: Sequence[Symbol]) -> tuple[Symbol, ...] | None:
        numbers = {member.number for member in left}
        found = [conflict for conflict in conflicts if conflict <= numbers]
        if not found:
            return None
        return tuple(member for member in left if not shrink or member.number in found[-1])

    assume(core(members) is not None)
    found = {member.number for member in minimal(members, core)}
    assert any(conflict <= found for conflict in conflicts)
    assert not any(conflict <= found - {one} for conflict in conflicts for one in found)
    if not shrink:
        left = set(range(count))
        for one in range(count):
            if any(conflict <= left - {one} for conflict in conflicts):
                left -= {one}
        assert found == left


@pytest.mark.parametrize("misses", [0, 1, 3])
@pytest.mark.parametrize("wish", ["out_block_h=31", "grid=5x5", "k_block=7", "A.depth=4"])
def test_values_found_by_halving_are_those_found_one_by_one(wish: str, misses: int) -> None:
    device = device_of(columns=4, rows=4, l1_units=1024)
    legality = Legality(problem_on(Case(1024, 512, 1024), device, ("subblock=1x8",)))
    (pin,) = problem_on(Case(1024, 512, 1024), device, (wish,)).pins.pins
    (wanted,) = legality.atoms_of(pin.literals[0])

    def found() -> list[Symbol]:
        return list(nearest(legality, wanted, legality.requirements))

    with patch.object(values, "MISSES", 10_000):
        one_by_one = found()
    with patch.object(values, "MISSES", misses):
        assert found() == one_by_one and one_by_one
