"""Plans for tests: a plain function that fills every table of a plan for a given scheme and given blocks.

It decides nothing and checks nothing; docs/kernels.md says what the tables mean. Cost terms are not its
business: they are zero.
"""

from __future__ import annotations

from render.case import Case
from render.plan_kernels import Kernels, rectangles
from ttplan.plan import Blocking, Cost, L1Use, Partition, Plan, Tiling


class Builder(Kernels):
    """Puts the tables together."""

    def plan(self) -> Plan:
        case = self.case
        kernels = self.kernels()
        tiling = Tiling(
            batch=self.batch,
            m=self.mt,
            n=self.nt,
            k=self.kt,
            fused_batch=self.fused,
            in0_batched=self.batch > 1,
            in1_batched=case.in1_batched,
        )
        partition = Partition(
            mode="local_shard" if case.local_shard else "global",
            scheme=case.scheme,
            grid=case.grid,
            transposed=not case.upright,
            cores=tuple(self.cores),
            core_ranges=tuple(rectangle for rectangle, _ in rectangles(self.cores)),
            per_core=self.per_core,
            work=tuple(self.work(core) for core in self.cores),
        )
        blocking = Blocking(
            out_block=(self.block_m, self.block_n),
            out_blocks=self.out_blocks,
            k_block=self.block_k,
            k_blocks=self.k_blocks,
            last_k=self.last_k,
            subblock=case.subblock,
            l1_accumulation=case.l1_accumulation and self.k_blocks > 1,
            traversal="row_major",
        )
        base = self.device.l1.base
        used = self.l1_end - base
        free = self.device.l1.bytes - self.l1_end - self.resident
        return Plan(
            version="0",
            kernel=self.kernel,
            device=self.device,
            status="optimal",
            tiling=tiling,
            partition=partition,
            blocking=blocking,
            epilogue=tuple(self.epilogue),
            buffers=tuple(self.buffers),
            streams=tuple(self.streams),
            circular_buffers=tuple(self.cbs),
            semaphores=tuple(self.semaphores),
            kernels=tuple(kernels),
            l1=L1Use(
                base=base,
                circular_buffers=used,
                buffers=self.resident,
                reserved=0,
                free=free,
                capacity=self.device.l1.bytes,
            ),
            cost=Cost(
                cycles=0,
                unit=1,
                units=0,
                lower_bound=0,
                terms=(),
                binding="",
                dram_bytes=0,
                l1_bytes=used,
                cores=len(self.cores),
            ),
        )


def build(case: Case) -> Plan:
    """The plan of a case."""
    return Builder(case).plan()
