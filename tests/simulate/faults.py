"""Ways to break a working multicast matmul, and the finding each must lead to.

Every fault edits the document or the text of one kernel; the message must hold the named fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from programs import KERNELS, multicast_matmul, program

from ttplan.simulate import Program

Fields = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is broken, the finding it leads to (kind and a fragment of the message), and how to break it."""

    name: str
    kind: str
    fragment: str
    kernel: str = ""
    old: str = ""
    new: str = ""
    edit: Callable[[Fields], None] | None = None
    options: tuple[tuple[str, Any], ...] = ()

    def program(self) -> Program:
        """A 128x128 by 128x256 multicast matmul on 2x2 cores with this fault."""
        size: dict[str, Any] = {"m": 128, "k": 128, "n": 256, "grid": (2, 2), **dict(self.options)}
        fields = multicast_matmul(**size).model_dump(mode="json", by_alias=True, exclude_none=True)
        if self.kernel:
            kernel = next(one for one in fields["kernels"] if one["name"] == self.kernel)
            text = (KERNELS / kernel.pop("file")).read_text(encoding="utf-8")
            assert self.old in text
            kernel["source"] = text.replace(self.old, self.new)
        if self.edit is not None:
            self.edit(fields)
        return program(**{key: value for key, value in fields.items() if key != "schema"})


def _cb(fields: Fields, cb: int) -> Fields:
    found: Fields = next(one for one in fields["circular_buffers"] if one["formats"][0]["id"] == cb)
    return found


def _shrink_in0(fields: Fields) -> None:
    _cb(fields, 0)["total_bytes"] = 2 * 2048


def _odd_depth(fields: Fields) -> None:
    _cb(fields, 0)["total_bytes"] = 6 * 2048


def _small_page(fields: Fields) -> None:
    _cb(fields, 16)["formats"][0]["page_bytes"] = 1024


def _swap_addresses(fields: Fields) -> None:
    for words in fields["kernels"][0]["runtime_args"].values():
        words[0], words[1] = words[1], words[0]


def _few_arguments(fields: Fields) -> None:
    fields["kernels"][2]["runtime_args"]["1,1"].pop()


def _same_corner(fields: Fields) -> None:
    for words in fields["kernels"][2]["runtime_args"].values():
        words[1] = 0


def _logical_coordinates(fields: Fields) -> None:
    for words in fields["kernels"][0]["runtime_args"].values():
        words[6] = 2


def _no_semaphores(fields: Fields) -> None:
    fields["semaphores"].pop()


def _writes_on_noc_1(fields: Fields) -> None:
    fields["kernels"][0]["noc"], fields["kernels"][2]["noc"] = 1, 0


def _acc_bfp8(fields: Fields) -> None:
    _cb(fields, 24)["formats"][0] = {"id": 24, "dtype": "bfloat8_b", "page_bytes": 1088}
    _cb(fields, 24)["total_bytes"] = 8 * 1088


_PUSH0 = "cb_push_back(cb_in0, block_m * block_k);"
_DATA0 = "noc_async_write_multicast(start, data, block_m * block_k * bytes0, receivers_x, true);"
_COPY_INIT = "copy_tile_to_dst_init_short_with_dt(in1, acc);"
_WRITE = "noc_async_write_page((first_row + i * rt + r) * n_tiles + first_column + j * ct + q, c, l1);"

FAULTS = (
    Fault("depth below a block", "cb_capacity", "cb 0 holds 2 pages", edit=_shrink_in0),
    Fault(
        "capacity no multiple of the block",
        "out_of_bounds",
        "cb 0 has 4 pages reserved from page 4 of 6",
        edit=_odd_depth,
    ),
    Fault(
        "read into pages that were not reserved",
        "write_without_reserve",
        "granted 2 pages from page 0",
        "reader",
        "cb_reserve_back(cb_in0, block_m * block_k);",
        "cb_reserve_back(cb_in0, block_m * block_k / 2);",
    ),
    Fault("missing push", "deadlock", "cb_wait_front of cb 0", "reader", _PUSH0, ""),
    Fault(
        "missing pop",
        "deadlock",
        "cb_reserve_back of cb 1",
        "compute",
        "cb_pop_front(in1, kt * w);",
        "",
        options=(("k", 256),),
    ),
    Fault(
        "missing last pop",
        "cb_unbalanced",
        "cb 16",
        "writer",
        "cb_pop_front(out, rt * ct);",
        "if (i + 1 < nsh || j + 1 < nsw) cb_pop_front(out, rt * ct);",
    ),
    Fault(
        "missing wait",
        "read_without_wait",
        "cb_wait_front granted 0",
        "compute",
        "cb_wait_front(in1, kt * w);",
        "",
    ),
    Fault(
        "pop of more than waited",
        "pop_without_wait",
        "cb_wait_front granted 2",
        "writer",
        "cb_pop_front(out, rt * ct);",
        "cb_pop_front(out, 2 * rt * ct);",
    ),
    Fault(
        "missing reserve",
        "pack_without_reserve",
        "cb_reserve_back granted 0",
        "compute",
        "cb_reserve_back(out, sub);",
        "",
    ),
    Fault(
        "push of more than reserved",
        "push_without_reserve",
        "cb 16",
        "compute",
        "cb_push_back(out, sub);",
        "cb_push_back(out, sub + 1);",
    ),
    Fault(
        "flag right behind the data on Blackhole",
        "flag_may_overtake_data",
        "must come between",
        "reader",
        "#ifdef ARCH_BLACKHOLE",
        "#ifdef NEVER",
        options=(("arch", "blackhole"),),
    ),
    Fault(
        "function without a definition",
        "link_error",
        "helper(int)",
        "writer",
        "void kernel_main() {",
        "void helper(int); void kernel_main() { helper(1);",
    ),
    Fault(
        "two producers",
        "two_producers",
        "cb 0 is filled by kernel",
        "writer",
        "cb_wait_front(out, rt * ct);",
        "cb_wait_front(out, rt * ct); cb_reserve_back(0, 1);",
    ),
    Fault(
        "two consumers",
        "two_consumers",
        "cb 16 is emptied by kernel",
        "compute",
        "cb_push_back(out, sub);",
        "cb_push_back(out, sub); cb_wait_front(out, 1);",
    ),
    Fault(
        "unknown circular buffer", "no_such_cb", "configured: 0, 1, 16, 24", "compute", "out = 16", "out = 17"
    ),
    Fault(
        "swapped argument order",
        "out_of_bounds",
        "buffer b",
        edit=_swap_addresses,
        options=(("in1_dtype", "bfloat8_b"),),
    ),
    Fault("argument index out of range", "argument_out_of_range", "was given 2", edit=_few_arguments),
    Fault(
        "wrong semaphore count",
        "deadlock",
        "semaphore 0: wants exactly 2, value is 1",
        "reader",
        "noc_semaphore_wait(ready0_ptr, receivers_x);",
        "noc_semaphore_wait(ready0_ptr, receivers_x + 1);",
    ),
    Fault("semaphore does not exist", "no_such_semaphore", "it has: 0, 1, 2", edit=_no_semaphores),
    Fault(
        "flag from a word nobody wrote",
        "tainted_semaphore",
        "never-written",
        "reader",
        "noc_semaphore_set_multicast(valid0, ",
        "noc_semaphore_set_multicast(get_write_ptr(cb_in1), ",
    ),
    Fault(
        "wrong multicast rectangle",
        "multicast_count",
        "the rectangle has 2 receivers",
        "reader",
        "get_noc_multicast_addr(x0 + 1, my_y[0], x1, my_y[0], start)",
        "get_noc_multicast_addr(x0 + 1, my_y[0], x1 + 1, my_y[0], start)",
    ),
    Fault(
        "rectangle outside the cores",
        "multicast_rectangle",
        "not a worker core",
        "reader",
        "get_noc_multicast_addr(x0 + 1, my_y[0], x1, my_y[0], start)",
        "get_noc_multicast_addr(x0 + 1, my_y[0], 40, my_y[0], start)",
    ),
    Fault(
        "wrong number of receivers",
        "multicast_count",
        "num_dests is 2",
        "reader",
        "bytes0, receivers_x, true)",
        "bytes0, receivers_x + 1, true)",
    ),
    Fault(
        "rectangle not swapped on NOC 1",
        "multicast_direction",
        "start and end swapped",
        edit=_writes_on_noc_1,
        options=(("grid", (3, 2)), ("n", 384)),
    ),
    Fault(
        "linked series left open",
        "linked_multicast_open",
        "must have linked = false",
        "reader",
        "valid1), receivers_y);",
        "valid1), receivers_y, true);",
    ),
    Fault(
        "loopback without the sender",
        "multicast_loopback",
        "not inside the rectangle",
        "reader",
        "noc_async_write_multicast(start, data, block_m",
        "noc_async_write_multicast_loopback_src(start, data, block_m",
    ),
    Fault(
        "logical instead of virtual coordinates",
        "bad_noc_address",
        "worker cores are x 18..25",
        edit=_logical_coordinates,
    ),
    Fault("page size off", "page_size", "a page of cb 16 has 1024 bytes", edit=_small_page),
    Fault(
        "accessor offset off",
        "compile_error",
        "out of range",
        "writer",
        "TensorAccessorArgs<5>",
        "TensorAccessorArgs<6>",
    ),
    Fault(
        "misaligned read",
        "misaligned",
        "congruent modulo 32",
        "reader",
        "noc_async_read_page((block * block_k + k) * n_tiles + first_column + n, in1, l1)",
        "noc_async_read_page((block * block_k + k) * n_tiles + first_column + n, in1, l1, 8)",
        edit=lambda fields: fields["buffers"][1].update(shape=[128, 512]),
    ),
    Fault(
        "write outside a buffer",
        "out_of_bounds",
        "buffer c",
        "writer",
        "first_column + j * ct + q, c, l1)",
        "first_column + j * ct + q + 9999, c, l1)",
    ),
    Fault(
        "output tiles written twice",
        "written_twice",
        "of output c is written a second time",
        edit=_same_corner,
    ),
    Fault(
        "output tiles never written",
        "output_not_written",
        "of output c were never",
        "writer",
        _WRITE,
        "if (q > 0) " + _WRITE,
    ),
    Fault(
        "block pushed without being read",
        "tainted_output",
        "never-written bytes",
        "reader",
        "noc_async_read_page((first_row + m) * k_tiles + block * block_k + k, in0, l1);",
        "(void)in0;",
    ),
    Fault(
        "block multicast without the data",
        "tainted_output",
        "never-written bytes",
        "reader",
        _DATA0,
        "(void)data;",
    ),
    Fault(
        "missing read barrier",
        "read_in_flight",
        "before the barrier of the read",
        "reader",
        "noc_async_read_barrier();",
        "",
    ),
    Fault(
        "missing flush before pop",
        "write_in_flight",
        "noc_async_writes_flushed",
        "writer",
        "noc_async_writes_flushed();",
        "",
    ),
    Fault(
        "missing write barrier",
        "transfer_in_flight",
        "noc_async_write_barrier is missing",
        "writer",
        "noc_async_write_barrier();",
        "",
    ),
    Fault(
        "missing atomic barrier",
        "transfer_in_flight",
        "noc_async_atomic_barrier is missing",
        "reader",
        "noc_async_atomic_barrier();",
        "",
    ),
    Fault(
        "subblock over the DST capacity",
        "dst_capacity",
        "tiles 0..3 (32-bit DST, half sync)",
        options=(("fp32", True), ("subblock", (2, 4))),
    ),
    Fault(
        "math outside acquire",
        "dst_not_acquired",
        "outside tile_regs_acquire",
        "compute",
        "tile_regs_acquire();",
        "",
    ),
    Fault("missing commit", "dst_protocol", "wait for ever", "compute", "tile_regs_commit();", ""),
    Fault(
        "missing tile_regs_wait",
        "dst_not_ready",
        "outside tile_regs_wait",
        "compute",
        "tile_regs_wait();",
        "",
    ),
    Fault(
        "missing release",
        "dst_protocol",
        "twice without tile_regs_release",
        "compute",
        "tile_regs_release();",
        "",
    ),
    Fault(
        "missing init of the next operation",
        "op_not_initialised",
        "last initialised for matmul",
        "compute",
        _COPY_INIT,
        "",
    ),
    Fault(
        "init with other block sizes",
        "op_not_initialised",
        "initialised with transpose 0, ct 1",
        "compute",
        "mm_block_init(in0, in1, acc, 0, ct, rt, kt)",
        "mm_block_init(in0, in1, acc, 0, 1, 1, kt)",
    ),
    Fault(
        "missing vector init",
        "op_not_initialised",
        "vector operation relu without its init",
        "compute",
        "relu_tile_init();",
        "",
        options=(("relu", True),),
    ),
    Fault(
        "missing pack reconfiguration",
        "format_not_configured",
        "pack_reconfig_data_format is missing",
        "compute",
        "pack_reconfig_data_format(out);",
        "",
        options=(("acc_dtype", "float32"),),
    ),
    Fault(
        "missing source reconfiguration",
        "format_not_configured",
        "reconfig_data_format_srca is missing",
        "compute",
        _COPY_INIT,
        "copy_tile_to_dst_init_short(acc);",
        options=(("in1_dtype", "bfloat8_b"),),
    ),
    Fault("L1 accumulation of block floats", "l1_accumulate_format", "Bfp8_b", edit=_acc_bfp8),
    Fault(
        "function that does not exist",
        "compile_error",
        "matmul_quickly",
        "compute",
        "matmul_block(",
        "matmul_quickly(",
    ),
    Fault(
        "endless loop over the API",
        "step_limit",
        "exceeds its limit",
        "writer",
        "noc_async_write_barrier();",
        "for (;;) noc_async_write_barrier();",
    ),
    Fault(
        "division by zero",
        "crash",
        "division by zero",
        "writer",
        "uint32_t l1 = get_read_ptr(out);",
        "uint32_t l1 = get_read_ptr(out) / (first_row - get_arg_val<uint32_t>(1));",
    ),
    Fault(
        "plain pointer to nowhere",
        "crash",
        "plain pointer",
        "writer",
        "noc_async_write_barrier();",
        "noc_async_write_barrier(); *reinterpret_cast<volatile uint32_t*>(0x7000000) = 1;",
    ),
)
