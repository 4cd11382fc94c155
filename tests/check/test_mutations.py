"""The checker says no: each row breaks one thing in a good plan, and a finding of that rule appears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ttplan.check import RULES, check_plan
from ttplan.plan import Plan

from .variants import plan_of

Edit = Callable[[dict[str, Any]], None]


def put(path: str, value: Any) -> Edit:
    """Replace what is at `a.0.b`; a callable value maps the old value to the new."""

    def edit(document: dict[str, Any]) -> None:
        *parents, last = (int(part) if part.lstrip("-").isdigit() else part for part in path.split("."))
        place: Any = document
        for part in parents:
            place = place[part]
        place[last] = (
            value(place.get(last) if isinstance(place, dict) else place[last]) if callable(value) else value
        )

    return edit


def drop(path: str, index: int) -> Edit:
    """Remove one element of a list."""
    return put(
        path, lambda items: [item for number, item in enumerate(items) if number != index % len(items)]
    )


def again(path: str, index: int = 0, **changes: Any) -> Edit:
    """Append a changed copy of one element."""
    return put(path, lambda items: [*items, {**items[index], **changes}])


def plus(amount: int) -> Callable[[int], int]:
    """Add to a number."""
    return lambda value: value + amount


def reverse(items: list[Any]) -> list[Any]:
    """The list backwards."""
    return items[::-1]


def argument(kernel: str, name: str, value: Any) -> Edit:
    """Change a runtime argument on the first core of a kernel, wherever it stands."""

    def edit(document: dict[str, Any]) -> None:
        found = next(item for item in document["kernels"] if item["name"] == kernel)
        for names, row in (("common_args", "common_values"), ("runtime_args", None)):
            for number, listed in enumerate(found[names]):
                if listed["name"] == name:
                    values = found[row] if row else found["values"][0]["values"]
                    values[number] = value(values[number]) if callable(value) else value

    return edit


def compile_argument(kernel: str, name: str, value: Any) -> Edit:
    """Change a compile-time argument of a kernel; None removes it."""

    def edit(document: dict[str, Any]) -> None:
        found = next(item for item in document["kernels"] if item["name"] == kernel)
        kept = [item for item in found["compile_args"] if item["name"] != name]
        assert len(kept) < len(found["compile_args"])
        found["compile_args"] = kept if value is None else [*kept, {"name": name, "value": value}]

    return edit


def both(*edits: Edit) -> Edit:
    """Several changes that make one mistake."""

    def edit(document: dict[str, Any]) -> None:
        for one in edits:
            one(document)

    return edit


def swap_common(document: dict[str, Any]) -> None:
    """Exchange the first two runtime arguments of the first kernel together with their values."""
    kernel = document["kernels"][0]
    kernel["runtime_args"][:2] = kernel["runtime_args"][1::-1]
    for row in kernel["values"]:
        row["values"][:2] = row["values"][1::-1]


def make_common(document: dict[str, Any]) -> None:
    """Turn Kt, which is equal on all cores but never common, into a common argument of the first kernel."""
    kernel = document["kernels"][0]
    number = [item["name"] for item in kernel["runtime_args"]].index("Kt")
    kernel["common_args"].append(kernel["runtime_args"].pop(number))
    values = [row["values"].pop(number) for row in kernel["values"]]
    kernel["common_values"].append(values[0])


def make_own(document: dict[str, Any]) -> None:
    """Turn the common argument of the first kernel that has one into an argument of each core."""
    kernel = next(item for item in document["kernels"] if item["common_args"])
    kernel["runtime_args"].append(kernel["common_args"].pop())
    value = kernel["common_values"].pop()
    for row in kernel["values"]:
        row["values"].append(value)


def fewer_rows(document: dict[str, Any]) -> None:
    """Forget the arguments of the last core of the first kernel."""
    document["kernels"][0]["values"].pop()


SEND0, RECEIVE0 = "in0_send", "in0_receive"
SEND1 = "in1_send_out_write"

MUTATIONS: list[tuple[str, str, Edit]] = [
    # dataflow
    ("kernel_supported", "grid", put("kernel.ops", lambda o: [*o, {"op": "relu", "in": ["A"], "out": "X"}])),
    ("tiling", "grid", put("tiling.k", plus(-1))),
    ("tiling", "grid_batches", put("tiling.in1_batched", False)),
    ("tiling", "grid", put("tiling.in0_batched", True)),
    ("tiling", "grid_fused_batches", put("tiling.in0_batched", True)),
    ("tiling", "grid_batches", put("tiling.fused_batch", 2)),
    ("fused_batch", "grid_batches", put("tiling.fused_batch", 3)),
    ("fused_batch", "grid_batched_transpose", put("tiling.fused_batch", 2)),
    ("stream_set", "grid_epilogue", drop("streams", 2)),
    ("stream_buffer", "grid", put("streams.0.buffer", "B")),
    ("stream_transposed", "grid_transposed_operands", put("streams.0.transposed", False)),
    ("stream_transposed", "grid", put("streams.1.transposed", True)),
    ("stream_broadcast", "grid_epilogue", put("streams.2.row_broadcast", False)),
    ("stream_batched", "grid_batches", put("streams.1.batched", False)),
    ("stream_batched", "grid", put("streams.2.batched", True)),
    ("stream_batched", "grid_fused_batches", put("streams.0.batched", True)),
    ("work_grid", "wide", put("partition.transposed", True)),
    ("work_grid", "tall", put("partition.transposed", True)),
    ("work_grid", "split_one_core", put("partition.transposed", True)),
    ("work_grid", "grid", put("partition.transposed", True)),
    ("stream_block", "wide", put("streams.1.block", reverse)),
    ("stream_every", "grid", put("streams.0.every", "out_block")),
    ("stream_movement", "grid", put("streams.0.movement", "read")),
    ("stream_movement", "tall_local_rows", put("partition.scheme", "multicast_2d")),
    ("stream_processor", "grid", put("streams.0.processor", None)),
    ("stream_processor", "grid_local_out", put("streams.2.processor", "riscv_0")),
    ("epilogue", "grid_epilogue", put("epilogue", reverse)),
    ("epilogue", "grid_epilogue", put("epilogue.3.value", 2.0)),
    ("epilogue", "grid_activation", drop("epilogue", 0)),
    ("op_format", "grid", put("kernel.buffers.0.dtype", "int32")),
    # work
    ("core_available", "wide", put("device.grid.missing", [[3, 3]])),
    ("core_available", "split_reserved", put("kernel.reserve.cores", [[0, 0]])),
    ("core_unique", "split", put("partition.cores.1", [0, 0])),
    ("core_ranges", "grid", put("partition.core_ranges.0.2", 6)),
    ("core_ranges", "wide_ragged_cores", put("partition.core_ranges", lambda r: [*r, r[0]])),
    ("core_ranges", "grid", put("kernels.0.core_ranges.0", [7, 7, 0, 0])),
    ("work_cores", "split", drop("partition.work", 3)),
    ("coverage", "split", put("partition.work.4.blocks", plus(1))),
    ("coverage", "split", put("partition.work.49.blocks", plus(-1))),
    ("coverage", "grid", put("partition.work.5.m_start", 4)),
    ("coverage", "tall", both(drop("partition.work", 3), drop("partition.cores", 3))),
    ("work_extent", "grid_ragged", put("partition.work.-1.m_count", plus(1))),
    ("work_extent", "split", put("partition.work.-1.n_count", plus(1))),
    ("work_extent", "grid", put("partition.work.5.n_start", 3)),
    ("start_tile", "grid", put("partition.work.5.start_tile", plus(1))),
    ("coverage", "split_batches", put("partition.work.5.start_tile", plus(16))),
    ("start_tile", "grid_batches", put("partition.work.5.start_tile", plus(64))),
    ("start_tile", "split_batches", put("partition.work.5.m_start", plus(1))),
    ("tile_count", "split", put("partition.work.5.tile_count", plus(1))),
    ("tile_count", "grid_ragged", put("partition.work.-1.tile_count", 25)),
    ("block_count", "grid_blocks", put("partition.work.5.blocks", 3)),
    ("work_grid", "grid", put("partition.grid", [4, 16])),
    ("work_grid", "grid_transposed", put("partition.transposed", False)),
    ("work_grid", "tall", put("partition.scheme", "multicast_in0")),
    ("shard_coordinate", "grid_rotation", put("partition.work.5.shard", [1, 5])),
    ("shard_coordinate", "grid_rotation", put("partition.work.5.shard", None)),
    ("shard_coordinate", "grid", put("partition.mode", "local_shard")),
    # blocking
    ("per_core", "grid_blocks", put("blocking.out_blocks.0", 1)),
    ("k_block", "grid", put("blocking.k_blocks", 7)),
    ("k_block", "grid_ragged", put("blocking.last_k", 3)),
    ("k_block", "split_one_core", put("blocking.k_block", 2)),
    ("subblock", "grid", put("blocking.subblock", [3, 2])),
    ("dst_capacity", "grid", put("blocking.subblock", [4, 4])),
    ("dst_capacity", "grid", put("kernel.compute.fp32_dest_acc_en", True)),
    ("dst_capacity", "grid_fp32", put("blocking.subblock", [2, 4])),
    ("l1_accumulation", "grid", put("kernel.compute.packer_l1_acc", False)),
    ("l1_accumulation", "grid_one_k_block", put("blocking.l1_accumulation", True)),
    ("rotation_k_block", "grid_rotation", put("blocking.k_block", 3)),
    # buffers
    ("buffer_set", "grid_epilogue", drop("buffers", 2)),
    ("buffer_type", "grid", put("buffers.0.dtype", "float32")),
    ("buffer_shape", "grid_ragged", put("buffers.0.padded", [1000, 1000])),
    ("buffer_shape", "grid_ragged", put("buffers.0.elements", [1024, 1024])),
    ("buffer_shape", "grid_batches", put("buffers.0.shape", [8, 24])),
    ("buffer_pages", "grid", put("buffers.0.pages", plus(-1))),
    ("page_bytes", "grid_bfp8", put("buffers.0.page_bytes", 1024)),
    ("buffer_layout", "grid", put("buffers.0.layout", "block_sharded")),
    ("buffer_layout", "grid_rotation", put("buffers.0.layout", "height_sharded")),
    ("shard_coverage", "grid_rotation", put("buffers.0.shard.shape", [4, 3])),
    ("shard_coverage", "wide_dram_sharded", put("buffers.1.shard.shape.0", plus(8))),
    ("shard_owner", "grid_rotation", put("buffers.0.shard.cores.3", [4, 0])),
    ("shard_owner", "grid_rotation", put("buffers.0.shard.cores.7", [8, 0])),
    ("shard_owner", "grid_rotation", drop("buffers.0.shard.cores", -1)),
    ("shard_owner", "wide_dram_sharded", put("buffers.1.shard.cores.11", [12, 0])),
    ("bytes_per_core", "grid_l1_interleaved", put("buffers.0.bytes_per_core", plus(-2048))),
    ("buffer_overlap", "wide_dram_sharded", put("buffers.2.address", plus(-2048))),
    ("shard_order", "grid_rotation", put("buffers.0.shard.orientation", "col_major")),
    ("local_shard", "tall_local_rows", put("buffers.0.shard.cores", reverse)),
    ("local_shard", "grid_local_out", put("buffers.2.shard.shape", [4, 5])),
    ("local_shard", "grid_local_out", put("buffers.2.memory", "DRAM")),
    ("buffer_address", "grid", put("buffers.1.address", plus(8))),
    ("buffer_address", "grid_rotation", put("buffers.0.address", 1024)),
    ("bytes_per_core", "grid_rotation", put("buffers.0.bytes_per_core", plus(16))),
    ("bytes_per_core", "grid", put("buffers.0.bytes_per_core", 2048)),
    ("buffer_overlap", "grid", put("buffers.1.address", 32)),
    ("buffer_overlap", "grid_rotation", put("buffers.2.address", plus(2048))),
    ("dram_capacity", "grid", put("device.dram.bank_bytes", 4096)),
    ("moved", "grid_moved", put("buffers.0.moved", False)),
    ("moved", "grid", put("buffers.0.moved", True)),
    # circular buffers
    ("cb_id", "grid", put("circular_buffers.1.id", 0)),
    ("cb_id", "grid", put("circular_buffers.0.id", 32)),
    ("cb_set", "grid", drop("circular_buffers", -1)),
    ("cb_set", "grid_transposed_operands", drop("circular_buffers", 3)),
    ("cb_set", "grid_one_k_block", again("circular_buffers", 2, id=9, name="partials", address=900000)),
    ("cb_format", "grid_bfp8", put("circular_buffers.0.dtype", "bfloat16")),
    ("cb_format", "grid", put("circular_buffers.0.dtype", "bf16")),
    ("cb_page", "grid_bfp8", put("circular_buffers.0.page_bytes", 1024)),
    ("cb_block", "grid", put("circular_buffers.0.block_pages", 8)),
    ("cb_pages", "grid", put("circular_buffers.0.pages", plus(1))),
    ("cb_pages", "grid", put("circular_buffers.0.bytes", plus(-2048))),
    ("cb_capacity", "grid", put("device.circular_buffers.max_pages", 31)),
    ("cb_alignment", "grid_spill", put("circular_buffers.2.address", plus(16))),
    ("cb_overlap", "grid", put("circular_buffers.1.address", plus(-2048))),
    ("cb_overlap", "grid", put("circular_buffers.0.address", plus(-2048))),
    ("cb_alias", "grid", put("circular_buffers.1.alias_of", 0)),
    ("cb_alias", "grid", put("circular_buffers.3.address", plus(32))),
    ("cb_alias", "grid", both(put("circular_buffers.2.depth", 2), put("circular_buffers.2.pages", 32))),
    ("cb_alias", "grid", put("circular_buffers.3.dtype", "float16")),
    ("cb_alias", "grid_local_out", put("circular_buffers.3.alias_of", 2)),
    ("cb_on_buffer", "grid_local_out", put("circular_buffers.2.on_buffer", None)),
    ("cb_on_buffer", "grid_local_out", put("circular_buffers.2.on_buffer", "A")),
    ("cb_on_buffer", "grid_local_out", put("circular_buffers.2.bytes", plus(-2048))),
    ("cb_on_buffer", "grid_local_out", put("circular_buffers.2.address", plus(-2048))),
    ("cb_on_buffer", "grid", put("circular_buffers.0.on_buffer", "A")),
    ("partials_format", "grid_bfp8", put("circular_buffers.3.dtype", "bfloat8_b")),
    ("partials_format", "grid_fp32", put("circular_buffers.3.dtype", "bfloat16")),
    ("partials_size", "grid_fp32", put("circular_buffers.3.depth", 2)),
    ("exponent_family", "grid", put("circular_buffers.0.dtype", "float16")),
    ("l1_capacity", "grid", put("kernel.reserve.l1_bytes", 1300000)),
    ("l1_capacity", "grid_rotation", put("circular_buffers.1.address", 1401600)),
    ("l1_use", "grid", put("l1.free", plus(-32))),
    ("l1_use", "grid_rotation", put("l1.buffers", 0)),
    # kernels and data movement
    ("kernel_name", "grid", put("kernels.1.name", SEND0)),
    ("kernel_cores", "split_one_core", both(put("kernels.0.cores", [[0, 0], [1, 0]]))),
    ("kernel_cores", "grid", put("kernels.0.cores", [])),
    ("kernel_processor", "grid", put("kernels.2.processor", "riscv_1")),
    ("kernel_noc", "grid", put("kernels.2.noc", 0)),
    ("kernel_noc", "grid", put("kernels.0.noc", None)),
    ("compute_everywhere", "grid", drop("kernels", -1)),
    ("compute_everywhere", "grid", drop("kernels.4.cores", 5)),
    ("stream_served", "grid", drop("kernels", 0)),
    ("stream_served", "grid", put("streams.0.processor", "riscv_0")),
    (
        "stream_served",
        "grid_local_out",
        again("kernels.2.roles", 0, stream="out", part="write", rectangles=0),
    ),
    ("role_order", "grid", put("kernels.2.roles", reverse)),
    ("role_part", "grid", put("kernels.0.roles.0.part", "read")),
    ("role_part", "grid", put("kernels.2.roles.1.part", "read")),
    ("multicast_group", "grid", put("kernels.1.roles.0.part", "send")),
    ("multicast_group", "grid_rotation", drop("kernels.0.cores", 5)),
    ("multicast_rectangle", "grid", argument(SEND0, "in0_dest0_x1", 6)),
    ("multicast_rectangle", "grid", argument(SEND0, "in0_dest0_y1", 1)),
    ("multicast_rectangle", "grid", put("kernels.0.roles.0.rectangles", 2)),
    ("multicast_rectangle", "grid", put("kernels.1.roles.0.rectangles", 1)),
    ("multicast_rectangle", "grid_rotation", argument("in0_rotate", "in0_dest0_x0", 1)),
    ("multicast_count", "grid", argument(SEND0, "in0_dest0_cores", 8)),
    ("multicast_count", "grid_rotation", argument("in0_rotate", "in0_dest0_cores", 8)),
    ("multicast_count", "wide_ragged_cores", argument(SEND0, "in0_dest1_cores", 4)),
    ("multicast_corners", "grid", put("kernels.2.noc", 0)),
    ("multicast_corners", "grid", put("kernels.0.noc", 1)),
    ("multicast_sender", "grid", argument(RECEIVE0, "in0_sender_y", 1)),
    ("multicast_sender", "grid", argument("in1_receive_out_write", "in1_sender_x", 1)),
    ("multicast_receivers", "grid", compile_argument(SEND0, "in0_receivers", 8)),
    ("multicast_receivers", "grid_rotation", compile_argument("in0_rotate", "in0_receivers", None)),
    ("rotation_owner", "grid_rotation", argument("in0_rotate", "in0_owner1_x", 2)),
    ("rotation_owner", "grid_rotation", argument("in0_rotate", "in0_owner", 1)),
    ("rotation_owner", "grid_rotation", put("kernels.0.roles.0.owners", 7)),
    ("semaphore_set", "grid", drop("semaphores", 0)),
    ("semaphore_set", "split", put("semaphores", [{"id": 0, "name": "in0_ready", "initial": 0}])),
    ("semaphore_id", "grid", put("semaphores.0.id", 1)),
    ("semaphore_id", "grid", put("semaphores.0.id", 16)),
    ("semaphore_initial", "grid", put("semaphores.0.initial", 1)),
    # arguments
    ("compile_argument", "grid", compile_argument("compute", "cb_partials", None)),
    ("compile_argument", "grid", compile_argument("compute", "cb_in0", 7)),
    ("compile_argument", "grid", compile_argument("compute", "block_k", 5)),
    ("compile_argument", "grid_ragged", compile_argument("compute", "last_k", None)),
    ("compile_argument", "grid", compile_argument(SEND0, "in0_ready_semaphore", 3)),
    ("compile_argument", "grid_batches", compile_argument(SEND0, "batches", 1)),
    ("compile_argument", "grid_rotation", compile_argument("in0_rotate", "in0_shard_k", 5)),
    ("compile_argument", "grid", again("kernels.0.compile_args", 0, name="cb_out")),
    ("compile_argument", "grid", again("kernels.0.compile_args", 0)),
    ("accessor", "grid", put("kernels.0.accessors", ["B"])),
    ("accessor", "grid", put("kernels.1.accessors", ["A"])),
    ("accessor_rank", "grid_batches", put("device.limits.accessor_rank", 2)),
    ("argument_set", "grid", again("kernels.0.runtime_args", 1, name="tt_tile_count")),
    ("argument_set", "grid", drop("kernels.0.runtime_args", 0)),
    ("argument_set", "split", drop("kernels.2.runtime_args", 0)),
    ("argument_set", "grid", again("kernels.0.runtime_args", 1)),
    ("argument_order", "grid", swap_common),
    ("argument_common", "grid", make_common),
    ("argument_common", "grid", make_own),
    ("argument_rows", "grid", fewer_rows),
    ("argument_rows", "grid", put("kernels.0.values.0.values", lambda row: row[:-1])),
    ("argument_rows", "grid", put("kernels.0.values", reverse)),
    ("argument_rows", "grid", put("kernels.0.common_values", lambda row: [*row, 0])),
    ("argument_kind", "grid", put("kernels.0.runtime_args.0.of", "B")),
    ("argument_kind", "grid", put("kernels.0.runtime_args.0.kind", "value")),
    ("argument_value", "grid", argument(SEND0, "A_address", plus(32))),
    ("argument_value", "grid", argument(SEND0, "Kt", 1)),
    ("argument_value", "grid", argument("in1_send_out_write", "tt_start_tile", plus(1))),
    ("argument_value", "split", argument("compute", "block_count", plus(1))),
    ("argument_value", "tall_local_rows", argument("in1_send", "tt_shard_coord_y", 1)),
    ("argument_limit", "grid", put("device.limits.runtime_args", 8)),
    # pins
    ("pin_place", "grid_moved", put("kernel.buffers.0.place", "given")),
    ("pin_place", "grid_local_out", put("kernel.buffers.2.place", "given")),
    ("pin_layout", "grid_rotation", put("kernel.layout.A", {"memory": "DRAM"})),
    ("pin_layout", "grid_rotation", put("kernel.layout.A", {"layout": "interleaved"})),
    ("pin_layout", "grid_rotation_transposed", put("kernel.layout.A.orientation", "row_major")),
    (
        "pin_shard",
        "grid_rotation",
        put("kernel.layout.A", {"nd_shard": {"axes": ["M", "K"], "grid": [4, 8]}}),
    ),
    (
        "pin_shard",
        "grid_rotation",
        put("kernel.layout.A", {"nd_shard": {"axes": ["M", "N"], "shard_shape_elems": [128, 64]}}),
    ),
    (
        "pin_shard",
        "grid_rotation",
        put("kernel.layout.A", {"nd_shard": {"axes": ["M"], "grid": [8, 8]}}),
    ),
    (
        "pin_shard",
        "grid_rotation",
        put(
            "kernel.layout.A",
            {"memory": "L1", "nd_shard": {"axes": ["M", "K"], "grid": [8, 8], "shard_shape_elems": [128]}},
        ),
    ),
    ("pin_layout", "grid", put("kernel.layout.A", {"halo": [1, 1]})),
    ("pin_layout", "grid", put("kernel.layout.A", {"tile_shape": [16, 32]})),
    (
        "pin_shard",
        "grid_rotation",
        put("kernel.layout.A", {"nd_shard": {"axes": ["M"], "shard_shape_elems": [100]}}),
    ),
    ("pin_depth", "grid", put("kernel.layout.B", {"cb_depth": 3})),
    ("pin_schedule", "grid", put("kernel.schedule.partition_mode", "local_shard")),
    ("pin_schedule", "grid", put("kernel.schedule.shard_grid", [4, 4])),
    ("pin_schedule", "grid", put("kernel.schedule.local_shape_tiles", [8, 4])),
    ("pin_schedule", "grid", put("kernel.schedule.grid_tiles", [32, 31])),
    # cost
    ("cost_term", "grid", put("cost.terms.1.cycles", plus(-1))),
    ("cost_term", "grid", put("cost.terms.1.units", plus(1))),
    ("cost_term", "grid", put("cost.terms.1.name", "luck")),
    ("cost_term", "grid", drop("cost.terms", 0)),
    ("cost_term", "grid", put("device.calibration.issue", plus(1))),
    ("cost_total", "grid", put("cost.cycles", plus(-1))),
    ("cost_total", "grid", put("cost.units", plus(1))),
    ("cost_binding", "grid", put("cost.binding", "alternate_in0")),
    ("cost_levels", "grid", put("cost.dram_bytes", plus(1))),
    ("cost_levels", "grid", put("cost.l1_bytes", plus(1))),
    ("cost_levels", "grid", put("cost.cores", 63)),
    ("cost_bound", "grid", put("cost.lower_bound", plus(-1))),
    ("cost_bound", "grid", both(put("status", "bounded"), put("cost.lower_bound", plus(1)))),
    # record
    ("deviation", "grid", put("deviations", [])),
    ("deviation", "grid", drop("deviations", 0)),
    ("deviation", "grid", again("deviations")),
    ("deviation", "grid", put("deviations.0.here", "something else")),
    ("deviation", "grid", put("deviations.0.upstream", "legacy: something else")),
    ("deviation", "grid", again("deviations", key="tt.nothing")),
]


def broken(variant: str, edit: Edit) -> Plan:
    """A good plan with one thing changed."""
    document = plan_of(variant).model_dump(mode="json", by_alias=True)
    edit(document)
    return Plan.model_validate(document)


@pytest.mark.parametrize(
    ("rule", "variant", "edit"), MUTATIONS, ids=[f"{row[0]}-{i}" for i, row in enumerate(MUTATIONS)]
)
def test_a_broken_plan_is_found_by_the_rule_it_breaks(rule: str, variant: str, edit: Edit) -> None:
    found = check_plan(broken(variant, edit))
    assert rule in {item.rule for item in found}, [item.text() for item in found]


def test_every_rule_is_broken_by_some_mutation() -> None:
    assert sorted(RULES) == sorted({rule for rule, _, _ in MUTATIONS})


def test_what_a_plan_says_of_itself_is_refused_with_what_is_allowed() -> None:
    key = plan_of("grid").deviations[0]
    (changed,) = check_plan(broken("grid", put("deviations.0.here", "luck")))
    assert changed.place == "deviations[0]"
    assert changed.message == (
        f"found {key.upstream!r} upstream and 'luck' here, allowed: {key.upstream!r} upstream and {key.here!r} here"
    )
    (another,) = check_plan(broken("grid", again("deviations", key="tt.nothing")))
    assert another.place == f"deviations[{len(plan_of('grid').deviations)}]"
    assert another.message.endswith("allowed: no (further) deviation of tt.nothing")
    (missing,) = check_plan(broken("grid", drop("deviations", 0)))
    assert missing.place == "deviations" and missing.message.startswith(f"{key.key} is missing")


def test_a_finding_names_place_numbers_and_source() -> None:
    finding = check_plan(broken("grid", put("circular_buffers.0.id", 32)))[0]
    assert finding.text() == (
        "cb_id: circular_buffers[0].id: found 32, n150 has 0..31 "
        "[tt_metal/api/tt-metalium/circular_buffer_constants.h: distinct ids below the device's count]"
    )
