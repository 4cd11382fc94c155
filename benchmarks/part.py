"""A part of the report: where its results are, and the options of the script that makes them."""

from __future__ import annotations

import argparse
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "benchmarks"
"""Results of all parts."""


def arguments(script: str | None) -> argparse.ArgumentParser:
    """Options of every part: --every N takes a slice, --out names the folder. script: its docstring."""
    parser = argparse.ArgumentParser(description=script)
    parser.add_argument("--every", type=int, default=1, help="only every Nth problem")
    parser.add_argument("-o", "--out", type=Path, default=FOLDER, help="folder of the results")
    return parser
