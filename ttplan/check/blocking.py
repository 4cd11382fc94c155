"""Block sizes: divisibility, DST capacity, K blocks."""

from __future__ import annotations

from collections.abc import Iterator

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import ceil_div
from ttplan.check.subject import Subject


def check_blocking(subject: Subject) -> Iterator[Finding]:
    """Blocks divide what they are blocks of and fit into DST."""
    plan, blocking = subject.plan, subject.plan.blocking
    kt = plan.tiling.k
    if blocking.k_block > kt:
        yield finding("k_block", "blocking.k_block", f"a K block of {blocking.k_block} tiles, there are {kt}")
    if blocking.k_blocks != ceil_div(kt, blocking.k_block):
        text = (
            f"{blocking.k_blocks} K blocks of {blocking.k_block}, {kt} tiles need "
            f"{ceil_div(kt, blocking.k_block)}"
        )
        yield finding("k_block", "blocking.k_blocks", text)
    last = kt - (ceil_div(kt, blocking.k_block) - 1) * blocking.k_block
    if blocking.last_k != last:
        yield finding(
            "k_block",
            "blocking.last_k",
            f"found {blocking.last_k}, the last K block has {last} of {kt} tiles",
        )
    for axis, name in enumerate(("m", "n")):
        block, subblock = blocking.out_block[axis], blocking.subblock[axis]
        if block % subblock:
            yield finding(
                "subblock",
                f"blocking.subblock[{axis}]",
                f"{subblock} does not divide the out block of {block} ({name})",
            )
        if subject.split and blocking.out_blocks[axis] != 1:
            text = f"found {blocking.out_blocks[axis]}, a split deals out single blocks ({name})"
            yield finding("per_core", f"blocking.out_blocks[{axis}]", text)
        expected = block if subject.split else block * blocking.out_blocks[axis]
        if plan.partition.per_core[axis] != expected:
            text = f"found {plan.partition.per_core[axis]}, out blocks give {expected} ({name})"
            yield finding("per_core", f"partition.per_core[{axis}]", text)
    yield from _dst(subject)
    yield from _accumulation(subject)


def _dst(subject: Subject) -> Iterator[Finding]:
    compute = subject.plan.kernel.compute
    height, width = subject.plan.blocking.subblock
    capacity = subject.plan.device.dst.capacity(compute.fp32_dest_acc_en, compute.dst_full_sync_en)
    if height * width > capacity:
        text = (
            f"{height}x{width} tiles, DST holds {capacity} (fp32 {compute.fp32_dest_acc_en}, full sync "
            f"{compute.dst_full_sync_en})"
        )
        yield finding("dst_capacity", "blocking.subblock", text)


def _accumulation(subject: Subject) -> Iterator[Finding]:
    plan = subject.plan
    if not plan.blocking.l1_accumulation:
        return
    if not plan.kernel.compute.packer_l1_acc:
        yield finding("l1_accumulation", "blocking.l1_accumulation", "kernel.compute.packer_l1_acc is off")
    if plan.blocking.k_blocks == 1:
        yield finding("l1_accumulation", "blocking.l1_accumulation", "one K block has nothing to accumulate")
