"""Files that price and order, one at a time: facts in, atoms out."""

from __future__ import annotations

import re
from pathlib import Path

from rules.programs import answers, atoms, control
from ttplan.rules import encodings

CELL = """
shape((split,1,1,2,2)). candidate((split,1,1,2,2),1). chance((split,1,1,2,2),1). some_cell(1,2,2,1). k_blocks(1).
k_option(4,1). extent(k,4). per_tile(2,2,4,1000). subblock(2,2). low(0). high(1000000). ceiling(1000000).
spare(1000000). stream(in0,"A"). stream(in1,"B"). stream(out,"C"). wire("A",10). wire("B",20). wire("C",30).
issue(1). overhead(100). every_stream(1,in0). every_stream(2,in1). every_stream(3,out). post_stream(1,out).
movement(in0,read). movement(in1,read). movement(out,write). carries(riscv_1,in0). carries(riscv_0,in1).
carries(riscv_0,out). moves(in0;in1;out). cb_depth((in0;in1;out),2). block_stream(in0;in1). scale(1000).
"""


def test_cost_prices_the_work_of_the_busiest_core() -> None:
    found = atoms("cost inputs", CELL, "compute stream_time pace cell")
    assert "cell(1,2,2,1)" in found
    assert {"pace(in0,11)", "pace(in1,21)", "pace(out,31)"} <= found, "a tile on the wire, and asking for it"
    (compute,) = (atom for atom in found if atom.startswith("compute("))
    assert compute.startswith("compute(1,2,2,1,2,2,") and int(compute[:-1].rpartition(",")[2]) >= 4
    assert any(atom.startswith("stream_time(in0,1,2,1,11,") for atom in found)


def test_cost_waits_for_the_last_subblock_between_out_blocks_as_at_the_end() -> None:
    facts = """
    shape((split,1,1,2,2)). candidate((split,1,1,2,2),3). chance((split,1,1,2,2),1). some_cell(3,2,2,1). k_blocks(1).
    k_option(4,1). extent(k,4). per_tile(2,1,4,1000). subblock(2,1). subblock_option(2,1). pack_subblock(7). low(0).
    high(1000000). ceiling(1000000). spare(1000000). stream(in0,"A"). stream(out,"C"). wire(("A";"C"),10). issue(1).
    store_tile("C",900000). option("C",dram_interleaved). layout("C",dram_interleaved). movement(out,write).
    movement(in0,read). moves(in0;out). block_stream(in0). overhead(100). scale(1000). post_stream(1,out).
    carries(riscv_1,in0).
    """
    shared = facts + "carries(riscv_1,out). "
    written = atoms("cost inputs", shared + "subblock_rate(2,1,0).", "stall tail")
    assert written == {"tail(3600)", "stall(7200)"}, "four tiles of 900 cycles, twice waited for"
    hidden = atoms("cost inputs", shared + "subblock_rate(2,1,900000).", "stall tail")
    assert hidden == {"tail(1800)", "stall(3600)"}, (
        "of two subblocks the first leaves while the second is made"
    )
    alone = facts + "carries(riscv_0,out). subblock_rate(2,1,0)."
    assert atoms("cost inputs", alone, "stall tail") == {"tail(3600)"}


def test_cost_refuses_a_subblock_without_a_price() -> None:
    assert answers("cost inputs", CELL.replace("subblock(2,2)", "subblock(3,2)")) == []


def test_objective_pays_a_maximum_step_by_step() -> None:
    facts = "low(5). ceiling(100). spare(100). resource(20). resource(8). fill(3)."
    found = atoms("objective inputs", facts, "at next")
    assert {"at(resource,20)", "at(resource,8)", "at(fill,3)"} <= found
    assert {"next(resource,20,8)", "next(resource,8,5)", "next(fill,3,0)"} <= found


def test_objective_refuses_what_is_worse_than_a_known_plan() -> None:
    assert answers("objective inputs", "low(5). ceiling(10). spare(100). resource(20).") == []
    assert answers("objective inputs", "low(5). ceiling(100). spare(1). fill(3).") == []


def test_bounds_know_the_fastest_subblock_that_divides_a_block() -> None:
    facts = """tile_block(4,3). subblock_option(1,1). subblock_option(2,1). subblock_option(2,2).
    subblock_rate(1,1,90). subblock_rate(2,1,70). subblock_rate(2,2,60)."""
    found = atoms("bounds inputs", facts, "divides least_product")
    assert found == {"divides(4,3,1,1)", "divides(4,3,2,1)", "least_product(4,3,70)"}


def test_a_lifted_rule_tries_only_subblocks_that_are_faster_than_those_that_divide() -> None:
    facts = """tile_block(4,3). subblock_option(1,1). subblock_option(2,1). subblock_option(2,2). subblock_option(4,2).
    subblock_rate(1,1,90). subblock_rate(2,1,70). subblock_rate(2,2,60). subblock_rate(4,2,65)."""
    found = atoms("shadow bounds limits inputs", facts, "uneven quick")
    assert "uneven(4,3,2,2)" in found
    assert "quick(4,2)" not in found and "uneven(4,3,4,2)" not in found, "slower than a smaller one"


def test_limits_name_what_fits_nowhere() -> None:
    facts = """pages("A",1000). format_units(bfloat16,32). dtype("A",bfloat16). cores(10). l1_limit(1000).
    moves(in0). cb_units(in1,5)."""
    found = atoms("limits inputs", facts, "overfull hopeless unsized")
    assert {'overfull("A",bfloat16)', 'overfull("A")', 'hopeless("A")', "unsized"} <= found
    assert "unsized" not in atoms("limits inputs", facts + "cb_units(in0,7).", "unsized")


def test_a_guide_counts_a_division_by_its_best_outlook() -> None:
    shape = "(split,1,1,2,2)"
    facts = f"grain(1000). candidate({shape},1). outlook({shape},1,together,1,1,7000). outlook({shape},2,together,1,1,5000)."
    (worth,) = atoms("guide inputs", facts, "worth")
    better = facts.replace("5000", "3000")
    (least,) = atoms("guide inputs", better, "worth")
    assert int(worth[:-1].rpartition(",")[2]) > int(least[:-1].rpartition(",")[2])


def test_room_holds_what_out_block_and_operands_leave() -> None:
    facts = """stream(in0,"A"). stream(in1,"B"). stream(out,"C"). input(in0;in1). block_stream(in0;in1). output_like(out).
    option(("A";"B";"C"),dram_interleaved). page_units(("A";"B";"C"),32). l1_capacity(1000). max_depth(4). k_option(4,1).
    tile_block(2,3). lies(dram_interleaved,dram). extent(k,4)."""
    found = atoms("room inputs", facts, "l1_left no_sums several deepest")
    assert {"l1_left(1000)", "no_sums(1)", "several(in0,1)", "several(in1,1)"} <= found
    left = 1000 - 2 * 3 * 32
    assert f"deepest(dram,2,3,0,{left // 160},{left // 224},{left // 256},{left // 320})" in found
    assert "l1_left(968)" in atoms(
        "room inputs", facts + 'barred(x). share("A",l,32). rests("A").', "l1_left"
    )


def test_legality_counts_the_out_blocks_of_a_core_whatever_they_cost() -> None:
    facts = """extent(m,4). extent(n,4). extent(k,2). batch(1). cores(4). rectangle(2,2). grid_option(multicast_2d,2,2).
    part(m,2,1,2). part(n,2,2,1). part(m,1,2,2). part(n,1,2,2)."""
    shown = "grid out_block per_core rounds"
    every = answers("legality inputs", facts + "fixed. :- not scheme(multicast_2d).", shown)
    assert {
        "grid(2,2)",
        "out_block(m,1)",
        "out_block(n,2)",
        "per_core(m,2)",
        "per_core(n,2)",
        "rounds(2)",
    } in every
    split = answers("legality inputs", facts + "cores_matter. :- not scheme(split).", shown)
    assert all("out_block(m,2)" in one for one in split) and {len(one) for one in split} == {6}
    assert {"rounds(1)" in one for one in split if "grid(4,1)" in one} == {True}, "four blocks on four cores"


def test_show_lets_decisions_out() -> None:
    program = control("show inputs", "scheme(split). grid(4,1). secret(7).")
    with program.solve(yield_=True) as handle:
        (shown,) = ({str(symbol) for symbol in model.symbols(shown=True)} for model in handle)
    assert shown == {"scheme(split)", "grid(4,1)"}


def test_ttnn_leaves_formats_that_it_has() -> None:
    facts = """stream(in0,"A"). dtype("A",float16). stream(in1,"B"). dtype("B",bfloat16). extent(k,2). extent((m;n),1).
    ttnn_dtype(bfloat16)."""
    found = atoms("ttnn inputs", facts, "requirement")
    assert 'requirement(ttnn_dtype("A",float16))' in found
    assert 'requirement(ttnn_dtype("B",bfloat16))' not in found


def test_every_encoding_has_a_test_of_its_own() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    calls = re.finditer(r'(?:atoms|answers|control)\(\s*"([^"]*)"|SPELLED = "([^"]*)"', tests)
    tested = {name for call in calls for name in (call[1] or call[2]).split()}
    assert {*encodings.files(), "legality", "limits", "shadow", "guide", "ttnn"} <= tested
