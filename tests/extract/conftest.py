"""Writes TileLang files for the extraction tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extract.written import BIAS, SKIP, TEMPLATE


@pytest.fixture
def fused(tmp_path: Path) -> Callable[..., Path]:
    """Writes a matmul whose accumulator `x` goes through `formula`, with elements of `bias` and `skip`.

    Tensors the formula does not use are left out of the signature.
    """

    def write(formula: str, dtype: str = "float32", out: str = "float32") -> Path:
        text = TEMPLATE
        for name in ("bias", "skip"):
            if name not in formula:
                text = "\n".join(
                    line for line in text.splitlines() if not line.strip().startswith(f"{name}: ")
                )
        written = formula.replace("bias", BIAS).replace("skip", SKIP)
        path = tmp_path / "fused.py"
        path.write_text(text.format(formula=written, dtype=dtype, out=out))
        return path

    return write
