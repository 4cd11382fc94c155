"""The smallest useful kernel document: C = A x B of a few tiles."""

from __future__ import annotations


def small(**changes: object) -> dict[str, object]:
    """2 x 3 x 4 tiles in bfloat16, with some keys of the document replaced."""
    kernel: dict[str, object] = {
        "name": "small",
        "dims": {"M": 64, "K": 96, "N": 128},
        "buffers": [
            {"name": "A", "dims": ["M", "K"], "dtype": "bfloat16", "io": "in"},
            {"name": "B", "dims": ["K", "N"], "dtype": "bfloat16", "io": "in"},
            {"name": "C", "dims": ["M", "N"], "dtype": "bfloat16", "io": "out"},
        ],
        "ops": [{"op": "matmul", "in": ["A", "B"], "out": "C"}],
    }
    return {**kernel, **changes}
