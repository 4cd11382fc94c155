"""TTNN's matmul program configs, field for field.

Source: ttnn/cpp/ttnn/operations/matmul/device/config/matmul_program_config_types.hpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Union

from pydantic import Field

from ttplan.document import Document
from ttplan.plan import Positive

Grid = tuple[Positive, Positive]
"""`compute_with_storage_grid_size`: (x, y), columns and rows of cores."""


class MultiCore(Document):
    """One output tile at a time, every core reads for itself; no fields."""

    kind: Literal["MatmulMultiCoreProgramConfig"] = Field(
        default="MatmulMultiCoreProgramConfig", alias="class"
    )


class Reuse(Document):
    """One out block per core, no multicast: for batched products. Sizes in tiles."""

    kind: Literal["MatmulMultiCoreReuseProgramConfig"] = Field(
        default="MatmulMultiCoreReuseProgramConfig", alias="class"
    )
    compute_with_storage_grid_size: Grid
    in0_block_w: Positive
    out_subblock_h: Positive
    out_subblock_w: Positive
    per_core_M: Positive
    per_core_N: Positive


class Multicast2D(Document):
    """in0 is multicast along rows of cores, in1 along columns. Sizes in tiles; out blocks default to per_core."""

    kind: Literal["MatmulMultiCoreReuseMultiCastProgramConfig"] = Field(
        default="MatmulMultiCoreReuseMultiCastProgramConfig", alias="class"
    )
    compute_with_storage_grid_size: Grid
    in0_block_w: Positive
    out_subblock_h: Positive
    out_subblock_w: Positive
    out_block_h: Positive | None = None
    out_block_w: Positive | None = None
    per_core_M: Positive
    per_core_N: Positive
    transpose_mcast: bool = False
    fused_activation: str | None = None
    fuse_batch: bool = True


class Multicast1D(Document):
    """One operand goes to all cores: in0 when N is split (mcast_in0), in1 when M is split. Sizes in tiles."""

    kind: Literal["MatmulMultiCoreReuseMultiCast1DProgramConfig"] = Field(
        default="MatmulMultiCoreReuseMultiCast1DProgramConfig", alias="class"
    )
    compute_with_storage_grid_size: Grid
    in0_block_w: Positive
    out_subblock_h: Positive
    out_subblock_w: Positive
    out_block_h: Positive | None = None
    out_block_w: Positive | None = None
    per_core_M: Positive
    per_core_N: Positive
    fuse_batch: bool = True
    fused_activation: str | None = None
    mcast_in0: bool = True


class DramSharded(Document):
    """One worker per DRAM bank reads the weights of its bank; M is one tile row. Sizes in tiles."""

    kind: Literal["MatmulMultiCoreReuseMultiCastDRAMShardedProgramConfig"] = Field(
        default="MatmulMultiCoreReuseMultiCastDRAMShardedProgramConfig", alias="class"
    )
    in0_block_w: Positive
    per_core_M: Positive
    per_core_N: Positive
    fused_activation: str | None = None


ProgramConfig = Annotated[
    Union[MultiCore, Reuse, Multicast2D, Multicast1D, DramSharded], Field(discriminator="kind")
]
Blocked = Union[Reuse, Multicast2D, Multicast1D]
"""Configs that say the sizes of blocks and subblocks themselves."""


@dataclass(frozen=True)
class Blocks:
    """Block sizes of a config in tiles: per core, out block, subblock as (rows, columns), and the K block."""

    per_core: tuple[int, int]
    out_block: tuple[int, int]
    subblock: tuple[int, int]
    k_block: int

    @staticmethod
    def of(config: Blocked) -> Blocks:
        """Sizes with TTNN's defaults filled in; a Reuse config has one out block per core."""
        per_core = (config.per_core_M, config.per_core_N)
        out_block = per_core
        if not isinstance(config, Reuse):
            out_block = (config.out_block_h or per_core[0], config.out_block_w or per_core[1])
        return Blocks(per_core, out_block, (config.out_subblock_h, config.out_subblock_w), config.in0_block_w)


def fuses_batch(config: Blocked) -> bool:
    """Whether the batch of in0 is part of its rows."""
    return not isinstance(config, Reuse) and config.fuse_batch
