"""The same bytes out for the same input: seeds, configurations, threads and hash seeds show in no result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from strategies import Case, Operand, device_of, kernel_of

from ttplan.document import dumps
from ttplan.kernel import Kernel
from ttplan.render import render_program
from ttplan.rules.problem import Options
from ttplan.solve import solve

CASES = {
    "plain": Case(224, 96, 160),
    "batched": Case(64, 96, 64, batch=3, in1_batched=True),
    "fused": Case(96, 128, 96, ops=(Operand("bfloat16", row=True), "gelu")),
    "placed": Case(128, 128, 128, layouts={"out": {"memory": "L1", "layout": "block_sharded"}}),
}
SEARCHES = [Options(seed=seed) for seed in (1, 2, 3, 12345)]
SEARCHES += [Options(configuration=name) for name in ("frumpy", "handy", "trendy")]
SEARCHES += [Options(threads=2), Options(threads=2, seed=7, configuration="handy")]


def kernel(name: str) -> Kernel:
    return kernel_of(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_the_search_does_not_show(name: str) -> None:
    expected = dumps(solve(kernel(name), device_of(columns=4, rows=3)))
    for options in SEARCHES:
        assert dumps(solve(kernel(name), device_of(columns=4, rows=3), (), options)) == expected, options


PROGRAM = """
import sys
from pathlib import Path
from ttplan.cli import app
app(sys.argv[1:])
"""


def test_the_hash_seed_does_not_show(tmp_path: Path) -> None:
    """Plan, program, attributes and explanation of one kernel, by processes with different hash seeds."""
    path = tmp_path / "kernel.json"
    path.write_text(dumps(kernel_of(Case(32, 64, 32, ops=("relu",)))), encoding="utf-8")
    seen: set[tuple[bytes, ...]] = set()
    for seed in ("0", "4242", str(int.from_bytes(os.urandom(4), "big"))):
        out = tmp_path / f"program{seed}"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        texts = []
        for arguments in (
            ["solve", str(path), "--out", str(out), "--format", "json"],
            ["explain", str(path), "--format", "json"],
        ):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, *arguments], env=environment, capture_output=True, check=True
            )
            texts.append(done.stdout.replace(str(out).encode(), b"OUT"))
        texts += [file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()]
        assert len(texts) > 5
        seen.add(tuple(texts))
    assert len(seen) == 1, f"the last hash seed was {seed}"


def test_rendering_twice_gives_the_same_files() -> None:
    plan = solve(kernel("plain"), device_of(columns=4, rows=3))
    assert render_program(plan) == render_program(plan.model_copy(deep=True))
