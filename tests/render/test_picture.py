"""Pictures say what the plan says: every byte of L1 once, every core with its work."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from render.cases import CASES
from render.rendered import plan_of
from ttplan.render.picture import (
    as_text,
    cells,
    core_grid,
    core_grid_svg,
    l1_map,
    l1_regions,
    l1_svg,
    senders,
)


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_regions_tile_the_l1_of_a_core(case: str) -> None:
    plan = plan_of(case)
    regions = l1_regions(plan)
    assert regions[0].start == 0 and regions[-1].end == plan.device.l1.bytes
    assert [region.start for region in regions[1:]] == [region.end for region in regions[:-1]]
    assert all(region.size > 0 for region in regions)
    own = [cb.bytes for cb in plan.circular_buffers if cb.alias_of is None and cb.on_buffer is None]
    assert sum(region.size for region in regions if region.kind == "circular buffer") == sum(own)


def test_shared_memory_is_one_region() -> None:
    names = [region.name for region in l1_regions(plan_of("shared_partials"))]
    assert "cb 16 out, cb 24 partials" in names


def test_circular_buffers_on_a_shard_stand_with_their_buffer() -> None:
    names = [region.name for region in l1_regions(plan_of("everything_local")) if region.kind == "buffer"]
    assert names[0].startswith("C, cb 16 out")


def test_reserved_bytes_are_shown() -> None:
    plan = plan_of("split")
    plan = plan.model_copy(update={"l1": plan.l1.model_copy(update={"reserved": 4096})})
    reserved = [region for region in l1_regions(plan) if region.kind == "reserved"]
    assert [(region.size, region.end) for region in reserved] == [(4096, plan.device.l1.bytes)]


def test_every_working_core_shows_its_tiles() -> None:
    plan = plan_of("multicast_2d_ragged")
    shown = {cell.core: cell.words[0] for row in cells(plan) for cell in row if cell.tiles}
    assert {core: int(line.split()[0]) for core, line in shown.items()} == {
        item.core: item.tile_count for item in plan.partition.work
    }


def test_senders_are_marked() -> None:
    assert senders(plan_of("multicast_2d")) == {(0, 0): ("in0", "in1"), (0, 1): ("in0",), (1, 0): ("in1",)}
    assert senders(plan_of("in0_block"))[(1, 1)] == ("in0 in turn",)
    text = as_text(core_grid(plan_of("multicast_2d")))
    assert text.count("> in0") == 2 and text.count("> in1") == 1 and text.count("in0 in1") == 1


def test_a_missing_core_is_marked() -> None:
    plan = plan_of("split")
    grid = plan.device.grid.model_copy(update={"missing": ((7, 7),)})
    plan = plan.model_copy(update={"device": plan.device.model_copy(update={"grid": grid})})
    assert as_text(core_grid(plan)).count("│x│") == 1


def test_a_grid_of_many_cores_fits_a_narrow_terminal_whole() -> None:
    plan = plan_of("multicast_2d_ragged")
    text = as_text(core_grid(plan), 60)
    assert max(map(len, text.splitlines())) <= 60 and "…" not in text
    for row in cells(plan):
        for cell in row:
            assert f"m {cell.m}".strip() in text and str(cell.core[0]) in text


def test_text_keeps_to_its_width() -> None:
    text = as_text(l1_map(plan_of("row_residual_silu")), 100)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "cb 24 partials" in text


@pytest.mark.parametrize("case", ["multicast_2d", "everything_local"])
def test_svg_is_well_formed_and_stays_inside_its_frame(case: str) -> None:
    for text in (l1_svg(plan_of(case)), core_grid_svg(plan_of(case))):
        root = ElementTree.fromstring(text)
        width, height = int(root.attrib["width"]), int(root.attrib["height"])
        boxes = [shape for shape in root if shape.tag.endswith("rect")]
        assert boxes
        for box in boxes:
            assert int(box.attrib["x"]) + int(box.attrib["width"]) <= width
            assert int(box.attrib["y"]) + int(box.attrib["height"]) <= height
