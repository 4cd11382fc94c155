"""Each encoding file by itself: what its head says comes in, what its head says comes out."""

from __future__ import annotations

from .programs import answers, atoms

MATMUL = """
op(0,matmul). operand(0,0,"A"). operand(0,1,"B"). result(0,"t").
axis("A",row,"M"). axis("A",column,"K"). axis("B",row,"K"). axis("B",column,"N"). axis("t",row,"M").
axis("t",column,"N").
dim("M",4). dim("K",7). dim("N",6). io("A",in). io("B",in).
"""
ENDS = 'op(1,relu). operand(1,0,"t"). result(1,"C"). axis("C",row,"M"). axis("C",column,"N"). io("C",out).'
SINGLE = 'matrices("A",1). matrices("B",1). matrices("C",1).'


def test_dataflow_follows_the_carried_value() -> None:
    found = atoms("dataflow", MATMUL + ENDS, "feeds last_value epilogue reduced contraction")
    assert found == {"contraction(0)", 'feeds("t","C")', 'last_value("C")', "epilogue(0,1)", 'reduced(0,"K")'}


def test_dataflow_numbers_epilogue_ops_in_order() -> None:
    ops = 'op(1,add). operand(1,0,"bias"). operand(1,1,"t"). result(1,"u"). op(2,relu). operand(2,0,"u"). '
    ops += 'result(2,"C"). io("C",out). io("bias",in).'
    found = atoms("dataflow", MATMUL + ops, "epilogue feeds last_value")
    assert {"epilogue(0,1)", "epilogue(1,2)", 'feeds("t","u")', 'feeds("u","C")', 'last_value("C")'} == found


def test_contraction_finds_operands_whatever_their_place() -> None:
    swapped = MATMUL.replace('operand(0,0,"A"). operand(0,1,"B")', 'operand(0,0,"B"). operand(0,1,"A")')
    for facts in (MATMUL, swapped):
        found = atoms("dataflow contraction", facts + ENDS + SINGLE, "stream extent transposed batch")
        assert found == {
            'stream(in0,"A")',
            'stream(in1,"B")',
            'stream(out,"C")',
            "extent(m,4)",
            "extent(n,6)",
            "extent(k,7)",
            "batch(1)",
        }


def test_contraction_sees_stored_transposed_operands() -> None:
    turned = MATMUL.replace(
        'axis("A",row,"M"). axis("A",column,"K")', 'axis("A",row,"K"). axis("A",column,"M")'
    )
    assert "transposed(in0)" in atoms("dataflow contraction", turned + ENDS + SINGLE, "transposed")
    turned = MATMUL.replace(
        'axis("B",row,"K"). axis("B",column,"N")', 'axis("B",row,"N"). axis("B",column,"K")'
    )
    assert "transposed(in1)" in atoms("dataflow contraction", turned + ENDS + SINGLE, "transposed")


def test_contraction_fuses_batches_that_share_in1() -> None:
    shared = 'matrices("A",3). matrices("B",1). matrices("C",3).'
    found = atoms("dataflow contraction", MATMUL + ENDS + shared, "batch extent batched")
    assert {"batch(1)", "extent(m,12)"} <= found and "batched(in0)" not in found
    own = 'matrices("A",3). matrices("B",3). matrices("C",3).'
    found = atoms("dataflow contraction", MATMUL + ENDS + own, "batch extent batched")
    assert {"batch(3)", "extent(m,4)", "batched(in0)", "batched(in1)", "batched(out)"} <= found


def test_contraction_tells_rows_from_matrices_among_add_operands() -> None:
    ops = 'op(1,add). operand(1,0,"t"). operand(1,1,"bias"). result(1,"u"). op(2,add). operand(2,0,"u"). '
    ops += 'operand(2,1,"R"). result(2,"C"). io("C",out). axis("C",row,"M"). axis("C",column,"N"). '
    ops += 'axis("bias",column,"N"). axis("R",row,"M"). axis("R",column,"N"). matrices("R",1).'
    found = atoms("dataflow contraction", MATMUL + ops + SINGLE, "stream row_add adds_row add_operand")
    assert {'stream(add(0),"bias")', 'stream(add(1),"R")', "row_add(add(0))", "adds_row(0)"} <= found
    assert "row_add(add(1))" not in found


def test_streams_have_one_order() -> None:
    facts = "stream(in0,a). stream(in1,b). stream(add(0),c). stream(add(1),d). stream(out,e)."
    assert atoms("streams", facts, "every_stream post_stream") == {
        "every_stream(1,in0)",
        "every_stream(2,in1)",
        "every_stream(3,add(0))",
        "every_stream(4,add(1))",
        "every_stream(5,out)",
        "post_stream(1,add(0))",
        "post_stream(2,add(1))",
        "post_stream(3,out)",
    }


def test_shares_say_what_a_group_of_cores_has_in_common() -> None:
    assert atoms("shares", "") == {
        "shared(in0,multicast_2d)",
        "shared(in0,multicast_in0)",
        "shared(in1,multicast_2d)",
        "shared(in1,multicast_in1)",
    }


SPACE = """
extent(m,10). extent(n,3). extent(k,2). batch(1). cores(4). block_side(16). subblock_side(1..8).
rectangle(1..2,1..2). core_line(1..4).
limit(tiles,1000). limit(rows,1000). limit(columns,1000). limit(block,1000). limit(units,1000). dealt(0,0,1000).
limit(stored,1000). limit(hidden,1000).
"""


def test_divisions_leave_no_core_idle() -> None:
    found = atoms("divisions", SPACE, "axis_split grid_option")
    assert {f"axis_split(m,{g},{p})" for g, p in ((1, 10), (2, 5), (3, 4), (4, 3))} <= found
    assert {"axis_split(n,1,3)", "axis_split(n,2,2)", "axis_split(n,3,1)"} <= found
    assert "axis_split(n,4,1)" not in found, "a fourth core would have nothing to do"
    assert "grid_option(multicast_2d,2,2)" in found and "grid_option(multicast_2d,3,2)" not in found


def test_a_window_has_all_sizes_and_a_sketch_few() -> None:
    shown = "piece pieces roomy core_range"
    found = {name: atoms(f"divisions {name}", SPACE, shown) for name in ("window", "sketch")}
    assert {f"pieces({n})" for n in range(1, 11)} <= found["window"]
    assert {"pieces(1)", "pieces(2)"} == {a for a in found["sketch"] if a.startswith("pieces(")}, "2 K tiles"
    sizes = {n: {a for a in found[n] if a.startswith("piece(10,")} for n in found}
    assert sizes["window"] == {f"piece(10,{b})" for b in (1, 2, 3, 4, 5, 10)}
    assert sizes["sketch"] == {"piece(10,5)", "piece(10,10)"}
    assert {"roomy(multicast_in1,2,1)", "roomy(multicast_in1,4,1)"} <= found["window"]
    assert "roomy(multicast_in1,4,1)" in found["sketch"] and "roomy(multicast_in1,3,1)" not in found["sketch"]
    assert "core_range(5,3,1,2)" in found["window"] and "core_range(5,3,2,2)" in found["sketch"]


def test_a_sketch_tries_the_sizes_that_are_pinned() -> None:
    pinned = "fixed(k_blocks(7)). fixed(out_block(m,3)). fixed(grid(3,1))."
    found = atoms("divisions sketch", SPACE + pinned, "pieces block core_range division")
    assert {"pieces(7)", "block(10,3)", "core_range(5,3,2,2)", "core_range(2,3,3,3)"} <= found
    assert "division((split,3,1,2,3),2)" in found, "five blocks on three cores"


def divisions(more: str = "", files: str = "divisions window") -> set[tuple[str, int, int, int, int]]:
    """(scheme, cores along m and n, out block) of every division."""
    found = (
        one.removeprefix("division((").split(")")[0].split(",")
        for one in atoms(files, SPACE + more, "division")
    )
    return {(scheme, int(gm), int(gn), int(h), int(w)) for scheme, gm, gn, h, w in found}


def test_no_division_has_what_nobody_wants_of_both_axes() -> None:
    every = divisions()
    gone = every - divisions("barred(pair(out_block,5,3)).")
    assert gone == {one for one in every if one[3:] == (5, 3)} and len(gone) > 1
    gone = every - divisions("barred(pair(per_core,10,1)).")
    assert gone == {
        one for one in every if one[:3] == ("multicast_in0", 1, 3) and one[3] in (1, 2, 5, 10) and one[4] == 1
    } | {("split", cores, 1, 10, 1) for cores in (1, 2, 3)}
    assert ("multicast_in0", 1, 3, 5, 1) in gone, "two blocks of five rows are ten"


def test_pinned_parts_of_a_core_leave_their_blocks_and_grids() -> None:
    found = divisions("fixed(per_core(m,4)). fixed(per_core(n,3)).", "divisions window pins inputs")
    dealt = {one for one in found if one[0] == "split"}
    assert dealt and {one[3:] for one in dealt} == {(4, 3)}
    assert found - dealt == {("multicast_in1", 3, 1, h, w) for h in (1, 2, 4) for w in (1, 3)}


def test_partition_deals_out_blocks_evenly() -> None:
    chosen = "candidate(C,R) :- division(C,R), C = (split,_,1,5,3)."
    found = answers(
        "divisions window partition", SPACE + chosen, "scheme grid rounds out_block per_core work_cores"
    )
    assert [sorted(one) for one in found] == [
        sorted(
            {
                "scheme(split)",
                f"grid({c},1)",
                f"rounds({r})",
                "out_block(m,5)",
                "out_block(n,3)",
                "per_core(m,5)",
                "per_core(n,3)",
                f"work_cores({c})",
            }
        )
        for c, r in ((1, 2), (2, 1))
    ]


def test_partition_stands_upright_or_lies_down_where_it_fits() -> None:
    space = SPACE.replace("rectangle(1..2,1..2).", "rectangle(1..3,1..2).")
    found = answers("divisions partition", space + "candidate((multicast_2d,2,3,5,1),1).", "orientation")
    assert found == [{"orientation(row_major)"}], "two rows of three cores fit upright only"
    found = answers("divisions partition", space + "candidate((multicast_2d,3,2,4,2),1).", "orientation")
    assert found == [{"orientation(col_major)"}], "three rows of two cores fit lying down only"


def test_blocking_cuts_k_into_equal_pieces() -> None:
    facts = "extent(k,7). pieces(1..7). limit(k_block,6). k_block(7) :- #false. subblock_rate(1,1,1). subblock_side(1)."
    found = answers("options blocking", facts, "k_block k_blocks")
    assert [sorted(one) for one in found] == [
        ["k_block(1)", "k_blocks(7)"],
        ["k_block(2)", "k_blocks(4)"],
        ["k_block(3)", "k_blocks(3)"],
        ["k_block(4)", "k_blocks(2)"],
    ], "five and six tiles leave a last block that one piece less would leave too; seven exceed the limit"


def test_blocking_subblocks_divide_and_fit() -> None:
    facts = "extent(k,1). pieces(1). limit(k_block,1). subblock_side(1..8). dst_tiles(4). "
    facts += "subblock_rate(H,W,1) :- subblock_side(H), subblock_side(W). out_block(m,2). out_block(n,6). "
    found = answers(
        "options blocking", facts + "{hold(R)} :- requirement(R). :- requirement(R), not hold(R).", "subblock"
    )
    assert [one.pop() for one in found] == [
        f"subblock({h},{w})" for h, w in ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2))
    ]


LAYOUTS = """
stream(in0,"A"). stream(out,"C"). cores(4). dram_banks(3). pages("A",10). pages("C",10).
page_units("A",2).
page_units("C",2). l1_capacity(100). dram_capacity(1000).
"""


def test_layouts_keep_what_is_given_and_open_what_is_free() -> None:
    facts = LAYOUTS + 'given("C",dram_interleaved). free("A").'
    served = ("dram_interleaved", "l1_block", "l1_height", "l1_interleaved", "l1_width")
    assert answers("options layouts", facts, "layout") == [
        {f'layout("A",{layout})', 'layout("C",dram_interleaved)'} for layout in served
    ], "no scheme serves an in0 that is sharded over DRAM banks"


def test_layouts_that_exceed_l1_are_no_options() -> None:
    facts = LAYOUTS.replace("l1_capacity(100)", "l1_capacity(5)") + 'given("C",dram_interleaved). free("A").'
    assert answers("options layouts", facts, "layout") == [
        {'layout("A",dram_interleaved)', 'layout("C",dram_interleaved)'}
    ], "three pages of two units on one of four cores exceed five units"


def test_layouts_count_the_fullest_bank() -> None:
    facts = LAYOUTS + 'given("C",dram_interleaved). given("A",l1_interleaved).'
    found = atoms("options layouts", facts, "dram_share resident in_l1 in_dram")
    assert found == {'dram_share("C",8)', 'resident("A",6)', 'in_l1("A")', 'in_dram("C")'}
    full = facts.replace("dram_capacity(1000)", "dram_capacity(7)")
    assert answers("options layouts", full + "hold(dram_capacity(7)).") == []


def test_no_shard_overflows_on_the_way_to_its_size() -> None:
    """Rows times columns exceed 31 bits and would wrap into range; 2^16 times 2^16 wraps to nothing at all."""
    facts = LAYOUTS + 'given("C",dram_interleaved). given("A",l1_block). '
    for rows, columns in ((65536, 65536), (65536, 65537), (46341, 46341), (51, 1), (1, 51)):
        large = facts + f'shard("A",{rows},{columns}). '
        assert atoms("options layouts", large, "resident") == set()
        assert answers("options layouts", large + "hold(l1_capacity(100)).") == []
    assert atoms("options layouts", facts + 'shard("A",5,10).', "resident") == {'resident("A",100)'}


MOVEMENT = """
stream(in0,"A"). stream(in1,"B"). stream(out,"C"). input(in0). input(in1). block_stream(in0).
block_stream(in1). interleaved(dram_interleaved). interleaved(l1_interleaved).
shard_kind(l1_block). shard_kind(l1_height). shard_kind(l1_width). extent(m,4). extent(n,6).
extent(k,8).
"""
PLAIN = 'layout("A",dram_interleaved). layout("B",dram_interleaved). layout("C",dram_interleaved). '


def test_movement_multicasts_what_is_shared() -> None:
    expected = {
        "split": ("read", "read"),
        "multicast_in0": ("multicast", "read"),
        "multicast_in1": ("read", "multicast"),
        "multicast_2d": ("multicast", "multicast"),
    }
    for scheme, (in0, in1) in expected.items():
        found = answers("movement shares", MOVEMENT + PLAIN + f"scheme({scheme}).", "movement")
        assert found == [{f"movement(in0,{in0})", f"movement(in1,{in1})", "movement(out,write)"}]


def test_movement_carries_every_stream_once_and_the_first_on_riscv_1() -> None:
    found = answers("movement shares", MOVEMENT + PLAIN + "scheme(split).", "carries")
    assert len(found) == 4 and all("carries(riscv_1,in0)" in one for one in found)
    assert all(sum(f",{s})" in atom for atom in one) == 1 for one in found for s in ("in0", "in1", "out"))


def test_movement_rotates_block_shards_of_in0() -> None:
    facts = MOVEMENT + PLAIN.replace('"A",dram_interleaved', '"A",l1_block')
    facts += "scheme(multicast_2d). grid(2,3). per_core(m,2). per_core(n,2)."
    found = answers("movement shares", facts, "movement shard")[0]
    assert 'shard("A",2,3)' in found, "eight K tiles over three cores are three each"
    assert "movement(in0,rotate)" in found
    hold = "{hold(R)} :- requirement(R). :- requirement(R), not hold(R). max_runtime_args(341). "
    kept = answers("movement shares", facts + hold + "1{k_block(1..8)}1.", "k_block")
    assert kept == [{"k_block(1)"}, {"k_block(3)"}], "a K block lies inside one shard"


def test_mode_is_local_where_shards_are_worked_on() -> None:
    base = 'stream(in0,"A"). stream(out,"C"). '
    assert "mode(global)" in atoms("mode inputs", base + 'layout("A",dram_interleaved).')
    assert "mode(local_shard)" in atoms("mode inputs", base + 'layout("A",l1_block).')
    assert "mode(local_shard)" in atoms("mode inputs", base + 'layout("A",dram_interleaved). shard("C",1,1).')
    assert "mode(global)" in atoms("mode inputs", base + 'layout("A",l1_width).')


SUMS = """
stream(in0,"A"). stream(in1,"B"). stream(out,"C"). dtype("C",bfloat16). wide_format(bfloat16).
out_block(m,2). out_block(n,3). k_block(4). k_option(4,3). k_option(1,1). k_option(2,2). rounds(1).
subblock(1,1).
page_units("A",32). l1_capacity(9999). format_units(float32,64). format_units(bfloat16,32).
movement(out,write).
"""


def test_accumulation_exists_when_k_is_cut_or_a_row_is_added() -> None:
    assert "partials" not in atoms("accumulation inputs", SUMS + "k_blocks(1).")
    assert "partials" in atoms("accumulation inputs", SUMS + "k_blocks(3).")
    assert "partials" in atoms("accumulation inputs", SUMS + "k_blocks(1). row_add(add(0)).")


def test_accumulation_in_l1_saves_reloads() -> None:
    shown = "reloads l1_accumulation partials_format"
    spilled = atoms("options accumulation inputs", SUMS + "k_blocks(3).", shown)
    assert {"reloads(1,0)", "reloads(2,1)", "reloads(3,2)", "partials_format(bfloat16)"} == spilled
    packing = SUMS + "k_blocks(3). packer_l1_acc. fp32_accumulation."
    packed = atoms("options accumulation inputs", packing, shown)
    assert {
        "reloads(1,0)",
        "reloads(2,1)",
        "reloads(3,1)",
        "l1_accumulation",
        "partials_format(float32)",
    } == packed


def test_accumulation_shares_the_memory_of_the_output_when_formats_agree() -> None:
    shown = "shared_memory cb_units"
    assert "shared_memory" in atoms(
        "options accumulation inputs", SUMS + "k_blocks(3). cb_depth(out,1).", shown
    )
    deep = atoms("options accumulation inputs", SUMS + "k_blocks(3). cb_depth(out,2).", shown)
    assert deep == {"cb_units(partials,192)"}, "six tiles of 32 units"
    wide = atoms(
        "options accumulation inputs", SUMS + "k_blocks(3). cb_depth(out,1). fp32_accumulation.", shown
    )
    assert wide == {"cb_units(partials,384)"}


def test_accumulation_turns_a_transposed_operand_in_a_buffer_of_its_own() -> None:
    found = atoms("accumulation inputs", SUMS + "k_blocks(1). transposed(in0).", "cb cb_units")
    assert found == {"cb(in0_transposed)", "cb_units(in0_transposed,256)"}


BUFFERS = """
stream(in0,"A"). stream(out,"C"). moves(in0). movement(out,local). movement(in0,read).
block_pages(in0,6).
page_units("A",32). l1_capacity(600). cb_count(32). cb_max_pages(65535). max_depth(4).
"""
HELD = "hold(R) :- requirement(R). "


def test_circular_buffers_are_as_deep_as_l1_allows() -> None:
    found = answers("circular_buffers inputs", BUFFERS + HELD, "cb_depth cb_units")
    assert found == [
        {"cb_depth(in0,1)", "cb_depth(out,1)", "cb_units(in0,192)"},
        {"cb_depth(in0,2)", "cb_depth(out,1)", "cb_units(in0,384)"},
        {"cb_depth(in0,3)", "cb_depth(out,1)", "cb_units(in0,576)"},
    ]


def test_circular_buffers_leave_room_for_resident_shards() -> None:
    resident = 'resident("C",300). '
    found = answers("circular_buffers inputs", BUFFERS + HELD + resident, "cb_depth")
    assert found == [{"cb_depth(in0,1)", "cb_depth(out,1)"}]


def test_circular_buffers_are_counted() -> None:
    few = BUFFERS.replace("cb_count(32)", "cb_count(1)")
    assert answers("circular_buffers inputs", few + HELD) == []
    assert answers("circular_buffers inputs", BUFFERS.replace("65535", "5") + HELD) == []


def test_pins_leave_one_value_of_a_domain() -> None:
    facts = "fixed(grid(2,3)). fixed(k_block(4)). fixed(subblock(1,2)). cores(4). extent(k,5). subblock_side(1..2). "
    found = atoms("pins inputs", facts + "kind(dram_interleaved).", "barred")
    assert {"barred(grid_rows(1))", "barred(grid_columns(4))", "barred(k_block(5))"} <= found
    assert not {"barred(grid_rows(2))", "barred(grid_columns(3))", "barred(k_block(4))"} & found
    assert {f"barred(subblock({h},{w}))" for h, w in ((1, 1), (2, 1), (2, 2))} <= found
    assert "barred(subblock(1,2))" not in found


def test_pins_drop_schemes_that_can_serve_no_layout() -> None:
    facts = 'stream(in0,"A"). option("A",l1_block). shard_kind(l1_block). serves(in0,l1_block,multicast_2d). '
    found = atoms("pins inputs", facts + "scheme_rank(split,0). scheme_rank(multicast_2d,3).", "barred")
    assert found == {"barred(scheme(split))"}


PRICED = """
stream(in0,"A"). stream(in1,"B"). stream(out,"C"). page_bytes("A",2048). page_bytes("B",2048). pages("A",8).
pages("B",8).
page_units("A",32). page_units("B",17). page_units("C",32). l1_capacity(1000). extent(m,4). extent(n,4).
extent(k,2).
batch(1). cores(4). dst_tiles(8). subblock_option(1..2,1..2). k_option(2,1). reloads(1,0).
pack_subblock(100). spill_tile(40000).
block_stream(in0;in1). dram_tile("A",1000). dram_tile("B",1000). crowd_tile("A",900). crowd_tile("B",2000).
option("A",dram_interleaved). option("B",dram_interleaved).
overhead(43000). known(100000). scheme_rank(split,0). division((split,4,1,2,2),1). epilogue(0,1).
op(1,relu). epilogue_price(relu,80000).
epilogue(1,2). op(2,add). epilogue_price(add,40000). interleaved(dram_interleaved).
"""


def test_prices_sum_the_epilogue_and_bound_the_blocks() -> None:
    found = atoms("prices inputs", PRICED + "no_sums(1).", "epilogue_cost limit block_side bound")
    assert "epilogue_cost(120000)" in found
    assert {"limit(block,31)", "block_side(31)", "limit(k_block,58)"} <= found
    assert "bound(16)" in found, "every tile once, at the cheaper of two prices: 8 * 900 + 8 * 1000"
    row = atoms("prices inputs", PRICED + "adds_row(1). epilogue_price(add_row,72000).", "epilogue_cost")
    assert row == {"epilogue_cost(152000)"}


def test_blocks_share_l1_with_partial_sums_or_with_all_of_k() -> None:
    long = PRICED.replace("extent(k,2).", "extent(k,20).")

    def side(facts: str) -> set[str]:
        return atoms("prices inputs", long + facts, "block_side")

    assert side("no_sums(1).") == {"block_side(1)"}, (
        "1 x 1 tiles: two strips of 20 pages are 680 units of 1000"
    )
    assert side("no_sums(1). sum_units(2,64).") == {"block_side(10)"}
    assert side("no_sums(1). sum_units(2,32). lies_on(2).") == {"block_side(31)"}


def test_prices_make_one_product_dearer_in_small_subblocks() -> None:
    found = atoms("prices inputs", PRICED, "subblock_rate")
    rate = {atom.split("(")[1].rsplit(",", 1)[0]: int(atom.rsplit(",", 1)[1][:-1]) for atom in found}
    assert rate["1,1"] >= rate["2,2"] >= 64_000, "64 cycles at HiFi4, and unpacking on top"


def test_tiebreak_ranks_are_all_different() -> None:
    found = atoms("options tiebreak inputs", "", "scheme_rank layout_rank")
    ranks = [(atom.split("(")[0], atom.rsplit(",", 1)[1]) for atom in found]
    assert len(set(ranks)) == len(ranks) == 10


WORK = """
extent(m,10). extent(n,6). batch(1). rounds(1). orientation(row_major). available(I,I,0) :- I = 0..7.
origin(2,2,1,0).
"""


def test_work_of_a_rectangle_is_cut_at_the_edge() -> None:
    facts = (
        WORK
        + "scheme(multicast_2d). grid(2,2). per_core(m,6). per_core(n,4). out_block(m,6). out_block(n,4)."
    )
    found = atoms("tables/places tables/work inputs", facts, "place position work")
    assert {"place(0,1,0)", "place(1,2,0)", "place(2,1,1)", "place(3,2,1)"} <= found
    assert {"work(3,m_start,6)", "work(3,m_count,4)", "work(3,n_start,4)", "work(3,n_count,2)"} <= found
    assert {"work(0,tile_count,24)", "work(3,tile_count,8)", "work(3,start_tile,40)"} <= found


def test_work_dealt_out_covers_every_tile_once() -> None:
    facts = WORK + "scheme(split). grid(4,1). out_block(m,2). out_block(n,3). per_core(m,2). per_core(n,3)."
    found = atoms("tables/places tables/work inputs", facts, "work")
    blocks = [f"work({core},blocks,{3 if core < 2 else 2})" for core in range(4)]
    assert set(blocks) <= found, "ten blocks on four cores"
    tiles = [int(a.rsplit(",", 1)[1][:-1]) for a in found if ",tile_count," in a]
    assert sum(tiles) == 60


KERNELS = (
    WORK
    + """
scheme(multicast_2d). grid(2,2). per_core(m,5). per_core(n,3). out_block(m,5). out_block(n,3). extent(k,4).
block_stream(in0;in1).
movement(in0,multicast). movement(in1,multicast). movement(out,write). carries(riscv_1,in0).
carries(riscv_0,in1). carries(riscv_0,out).
every_stream(1,in0). every_stream(2,in1). every_stream(3,out). stream(in0,"A"). stream(in1,"B").
stream(out,"C"). mode(global). output_like(out).
"""
)
SPELLED = "tables/places tables/work tables/kernels tables/arguments tables/product inputs shares"


def test_kernels_are_one_per_part_of_a_core() -> None:
    found = atoms(SPELLED, KERNELS, "kernel runs semaphore group_range")
    assert {a for a in found if a.startswith("kernel(")} == {
        "kernel(compute)",
        "kernel((riscv_1,send,none))",
        "kernel((riscv_1,receive,none))",
        "kernel((riscv_0,none,send))",
        "kernel((riscv_0,none,receive))",
    }
    assert {
        "runs((riscv_1,send,none),0)",
        "runs((riscv_1,send,none),2)",
        "runs((riscv_0,none,send),1)",
    } <= found
    assert {"semaphore(0,in0,ready)", "semaphore(1,in0,valid)", "semaphore(2,in1,ready)"} <= found
    assert {"group_range(in0,0,0,1,0,2,0)", "group_range(in0,1,0,1,1,2,1)"} <= found, "a row of the rectangle"
    assert {"group_range(in1,0,0,1,0,1,1)", "group_range(in1,1,0,2,0,2,1)"} <= found, "a column of it"


def test_arguments_hold_the_values_of_every_core() -> None:
    facts = KERNELS + "k_block(2). k_blocks(2). subblock(1,1). cb_id(in0,0). cb_id(in1,1). cb_id(out,2)."
    found = atoms(
        SPELLED,
        facts,
        "value runtime_arg common compile_arg",
    )
    send = "(riscv_1,send,none)"
    assert f'runtime_arg({send},202,"Kt",value)' in found
    assert f'common({send},"Kt")' not in found, "the seeds pass the canonical arguments to every core"
    assert f"common({send},dest(in0,0,x0))" in found and f"common({send},dest(in0,0,y0))" not in found
    assert {f"value({send},tt_start_tile,0,0)", f"value({send},tt_start_tile,2,30)"} <= found
    assert f"value({send},dest(in0,0,cores),0,1)" in found, "one other core in the row"
    receive = "(riscv_1,receive,none)"
    assert {f"value({receive},sender(in0,x),1,1)", f"value({receive},sender(in0,y),3,1)"} <= found
    assert f"compile_arg({send},1,cb(in0),0)" in found


def test_arguments_of_noc_1_name_the_far_corner_first() -> None:
    found = atoms(SPELLED, KERNELS, "value")
    send = "(riscv_0,none,send)"
    assert {f"value({send},dest(in1,0,y0),0,1)", f"value({send},dest(in1,0,y1),0,0)"} <= found


MEMORY = """
stream(in0,"A"). stream(in1,"B"). stream(out,"C"). every_stream(1,in0). every_stream(2,in1).
every_stream(3,out).
cb(in0). cb(in1). cb(out). cb(partials). cb_depth(in0,2). cb_depth(in1,3). cb_depth(out,1).
cb_depth(partials,1).
block_pages(in0,4). block_pages(in1,5). block_pages(out,6). page_units("A",32). page_units("B",17).
page_units("C",32).
partials_format(bfloat16). format_units(bfloat16,32). movement(in0,read). movement(in1,read).
movement(out,write).
layout("A",dram_interleaved). layout("B",dram_interleaved). layout("C",dram_interleaved). pages("A",25).
pages("B",12). pages("C",1). dram_banks(12).
"""


def test_memory_puts_circular_buffers_one_after_another() -> None:
    found = atoms("tables/memory tables/intermediates inputs", MEMORY, "cb_id cb_size cb_offset shares")
    assert {"cb_id(in0,0)", "cb_id(in1,1)", "cb_id(out,2)", "cb_id(partials,3)"} <= found
    assert {"cb_size(in0,8,256)", "cb_size(in1,15,255)", "cb_size(out,6,192)"} <= found
    assert {
        "cb_offset(in0,0)",
        "cb_offset(in1,256)",
        "cb_offset(out,511)",
        "cb_offset(partials,703)",
    } <= found
    shared = atoms("tables/memory tables/intermediates inputs", MEMORY + "shared_memory.", "cb_offset shares")
    assert "shares(partials,out)" in shared and not any("partials," in a for a in shared if "offset" in a)


def test_memory_puts_dram_buffers_one_after_another_in_every_bank() -> None:
    found = atoms("tables/memory tables/intermediates inputs", MEMORY, "buffer_units buffer_offset")
    assert found == {
        'buffer_units("A",96)',
        'buffer_units("B",17)',
        'buffer_units("C",32)',
        'buffer_offset("A",0)',
        'buffer_offset("B",96)',
        'buffer_offset("C",113)',
    }


def test_memory_of_a_local_stream_is_its_shard() -> None:
    facts = MEMORY.replace("movement(out,write)", "movement(out,local)").replace(
        'layout("C",dram_interleaved)', 'layout("C",l1_block). shard("C",2,3)'
    )
    found = atoms(
        "tables/memory tables/intermediates inputs", facts, "on_buffer cb_size buffer_units cb_offset"
    )
    assert {'on_buffer(out,"C")', "cb_size(out,6,192)", 'buffer_units("C",192)'} <= found
    assert not any(atom.startswith("cb_offset(out") for atom in found)
