"""Each named rule has a problem that violates exactly it, and says so with its numbers."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from ttplan.explain.handbook import EXAMPLES, conflict_of, page
from ttplan.explain.legality import Legality
from ttplan.explain.rulebook import rules
from ttplan.rules.problem import Infeasible
from ttplan.rules.search import search

MESSAGES = {
    "subblock_divides": "the subblock must divide the out block along m",
    "dst_capacity": "a subblock must fit into the 8 tiles of the destination register",
    "l1_capacity": "circular buffers and L1 buffers of a core must fit into 1395392 bytes of L1",
    "cb_count": "a core has 2 circular buffers",
    "cb_pages": "a circular buffer holds at most 3 pages",
    "shard_scheme": "the partition scheme must be one that serves the shards of C where they lie",
    "shard_one_matrix": "A is sharded, so it must be one matrix (or batches that fuse into its rows)",
    "shard_not_transposed": "A is stored transposed, so it cannot be sharded",
    "shard_shape": "the shard of C must be what the partition gives each core: 2 x 2 tiles were asked for",
    "shard_grid": "the shard grid of C must be the work grid: 2 x 1 was asked for",
    "dram_capacity": "the DRAM buffers of the kernel must fit into the 4032 bytes of a bank",
    "k_shard_block": "a K block of A must lie inside one shard, so it must divide the shard's K columns",
    "k_shard_owners": "the K shards of A are more than the cores that share its rows",
    "runtime_args": "a rotation over the K shards of A needs more than 4 words of runtime arguments",
    "local_whole_rows": "C stays in its core, so the out blocks must divide the axis that is not split",
    "dram_sharded": "B is sharded over DRAM banks: M must be one tile row, and each bank has one core on"
    " its columns",
}
"""What a reader sees, with the numbers of the example. Layouts given by the kernel have words of their own."""


def test_every_rule_of_the_encodings_has_an_example() -> None:
    assert set(EXAMPLES) == set(rules())
    assert set(MESSAGES) == set(rules()) - {"given_layout"}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_rule_is_named_with_its_numbers_and_no_other_rule_is(name: str) -> None:
    found = [member for member in conflict_of(EXAMPLES[name]) if member.kind == "rule"]
    assert {member.name for member in found} == {name, *EXAMPLES[name].with_rules}
    assert MESSAGES[name] in [member.message for member in found]
    assert all(member.source for member in found)


def test_a_layout_that_the_kernel_gives_conflicts_with_a_pin_on_it() -> None:
    layout, pin = conflict_of(EXAMPLES["given_layout"])
    assert layout.message == "A stays where it is: DRAM/interleaved (inputs do, unless their place is free)"
    assert (pin.kind, pin.name) == ("pin", "--pin A.layout=L1/interleaved")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_conflict_is_unsatisfiable_and_every_proper_part_of_it_satisfiable(name: str) -> None:
    legality = Legality(EXAMPLES[name].problem())
    conflict = legality.conflict()
    assert conflict
    assert not legality.possible(conflict)
    for size in range(len(conflict)):
        for part in combinations(conflict, size):
            assert legality.possible(part), part


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_search_refuses_what_violates_a_rule(name: str) -> None:
    with pytest.raises(Infeasible):
        search(EXAMPLES[name].problem())


def test_the_page_of_rules_is_what_the_encodings_say() -> None:
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    assert written.read_text(encoding="utf-8") == page(), (
        "run: python -m ttplan.explain.handbook docs/rules.md"
    )
