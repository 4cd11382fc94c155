"""Random hand-made plans on small grids: legal ones, and ones that are put together against a rule."""

from __future__ import annotations

import random
from typing import Any

from ttplan.kernel import Kernel
from ttplan.plan import Plan

from .plans import Choice, build, matmul
from .variants import IN_L1, buffers, ops

GRIDS = {"split": (1, 4), "multicast_2d": (3, 3), "multicast_in0": (1, 8), "multicast_in1": (8, 1)}
"""Largest work grid along (m, n) by scheme."""


def random_plan(seed: int) -> Plan | None:
    """A plan, or None when the choices cannot be put into a plan at all (more cores than blocks)."""
    rng = random.Random(seed)
    choice = _choice(rng)
    kernel = _kernel(rng, choice)
    try:
        return build(kernel, choice)
    except (AssertionError, ValueError, ZeroDivisionError, IndexError):
        return None


def _choice(rng: random.Random) -> Choice:
    scheme = rng.choice(sorted(GRIDS))
    cores = tuple(rng.randint(min(2, size), size) for size in GRIDS[scheme])
    block = (rng.randint(1, 3), rng.randint(1, 3))
    moves: list[tuple[str, str]] = []
    if scheme != "split" and rng.random() < 0.4:
        moves.append(("out", "local"))
    if scheme in ("multicast_2d", "multicast_in0") and rng.random() < 0.4:
        moves.append(("in0", "rotate"))
    if scheme == "multicast_in1" and rng.random() < 0.4:
        moves.append(("in0", "local"))
    if scheme == "multicast_in0" and rng.random() < 0.3:
        moves.append(("in1", "local"))
    return Choice(
        scheme,
        (cores[0], cores[1]),
        block,
        k_block=rng.randint(1, 4),
        subblock=(_divisor(rng, block[0]), _divisor(rng, block[1])),
        out_blocks=(1, 1) if scheme == "split" else (rng.randint(1, 2), rng.randint(1, 2)),
        depth=rng.randint(1, 2),
        moves=tuple(moves),
        local_mode=bool(moves) and rng.random() < 0.5,
        accumulate=rng.random() < 0.6,
        share=rng.random() < 0.7,
        fuse=rng.random() < 0.7,
        device=rng.choice(["n150", "p150"]),
        transposed=scheme == "multicast_2d" and rng.random() < 0.3,
        swap_nocs=rng.random() < 0.3,
    )


def _divisor(rng: random.Random, number: int) -> int:
    return rng.choice([size for size in range(1, number + 1) if number % size == 0])


def _kernel(rng: random.Random, choice: Choice) -> Kernel:
    """A kernel whose output has as many rectangles as the choice has cores, ragged at the far edges."""
    sizes = []
    for axis in (0, 1):
        whole = choice.out_block[axis] * choice.out_blocks[axis]
        tiles = rng.randint(1, 4)
        if choice.scheme != "split":
            tiles = (choice.cores[axis] - 1) * whole + rng.randint(1, whole)
        sizes.append(tiles * 32 - rng.choice([0, 0, 7]))
    k = rng.randint(choice.k_block, 6) * 32 - rng.choice([0, 0, 7])
    batch = rng.choice([1, 1, 1, 2, 3])
    z = "Z" if batch > 1 else ""
    a = rng.choice(["MK", "MK", "MK", "KM"])
    b = rng.choice([z, ""]) + rng.choice(["KN", "KN", "KN", "NK"])
    tensors = {"A": f"{z}{a} bfloat16 in", "B": f"{b} bfloat16 in"}
    steps, current = ["matmul A,B t"], "t"
    for number in range(rng.randint(0, 3)):
        kind, result = rng.choice(["row", "full", "relu", "scale"]), f"t{number}"
        if kind in ("row", "full"):
            tensors[f"X{number}"] = "N bfloat16 in" if kind == "row" else f"{z}MN bfloat16 in"
            steps.append(f"add {current},X{number} {result}")
        else:
            steps.append(f"{kind} {current} {result}" + (" 0.5" if kind == "scale" else ""))
        current = result
    tensors["C"] = f"{z}MN {rng.choice(['bfloat16', 'bfloat16', 'bfloat8_b', 'float32'])} out"
    operations = ops(*steps)
    operations[-1]["out"] = "C"
    in_l1 = {"in0": "A", "in1": "B"}
    changes: dict[str, Any] = {
        "dims": {"M": sizes[0], "N": sizes[1], "K": k} | ({"Z": batch} if z else {}),
        "buffers": buffers(**tensors),
        "ops": operations,
        "layout": {in_l1[stream]: IN_L1 for stream, _ in choice.moves if stream in in_l1},
        "compute": {"fp32_dest_acc_en": rng.random() < 0.3},
    }
    return matmul(sizes[0], k, sizes[1], **changes)
