"""DRAM bytes of a plan: tiles each stream moves on the whole chip, padding of ragged blocks included
(docs/cost_model.md).
"""

from __future__ import annotations

from typing import cast

from ttplan.cost import split_blocks
from ttplan.plan import BufferPlan, Tiling
from ttplan.rules.tables import Row, Tables, term


def dram_bytes(
    tables: Tables, chosen: dict[str, tuple[Row, ...]], tiling: Tiling, buffers: dict[str, BufferPlan]
) -> int:
    """Bytes read from and written to DRAM by all streams, and moved inputs."""
    grid = cast("tuple[int, int]", chosen["grid"][0])
    scheme = chosen["scheme"][0][0]
    block = dict(cast("tuple[tuple[str, int], ...]", chosen["out_block"]))
    if scheme == "split":
        total = split_blocks(tiling, (block["m"], block["n"]))
        groups = {"in0": total, "in1": total, "other": total}
    else:
        rounds = cast(int, chosen["rounds"][0][0])
        groups = {"in0": grid[0] * rounds, "in1": grid[1] * rounds, "other": grid[0] * grid[1] * rounds}
    rows = {term(row[0]) for row in tables["row_add"]}
    total_bytes = 0
    for symbol, name in tables["stream"]:
        stream, buffer = term(symbol), buffers[str(name)]
        if buffer.memory != "DRAM":
            continue
        if stream == "in0":
            tiles = groups["in0"] * block["m"] * tiling.k
        elif stream == "in1":
            tiles = groups["in1"] * block["n"] * tiling.k
        else:
            tiles = groups["other"] * block["n"] * (1 if stream in rows else block["m"])
        total_bytes += tiles * buffer.page_bytes
    return total_bytes + sum(buffer.pages * buffer.page_bytes for buffer in buffers.values() if buffer.moved)
