"""Where the encodings are, and which files make up which program."""

from __future__ import annotations

import atexit
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import ttplan

if TYPE_CHECKING:
    from clingo import Control
    from clingo.ast import AST

DOMAINS = (
    "dataflow",
    "contraction",
    "shares",
    "options",
    "divisions",
    "pins",
    "prices",
    "room",
    "bounds",
    "inputs",
)
"""What each decision may be, and what it cannot beat: evaluated by grounding alone."""
DECISIONS = (
    "partition",
    "blocking",
    "layouts",
    "streams",
    "movement",
    "mode",
    "accumulation",
    "circular_buffers",
)
"""One value of each domain, and the requirements they obey together."""
DECIDE = (*DOMAINS, "window", *DECISIONS, "cost", "objective", "tiebreak", "show")
"""The program that decides, in reading order."""
SKETCH = (*DOMAINS, "sketch")
"""The first look: few sizes, nothing decided, and an estimate of the optimum."""
DRAFT = (*SKETCH, *DECISIONS)
"""The decisions of a first look, whatever they cost: is there a plan of these sizes?"""
OUTLINE = (
    "dataflow",
    "contraction",
    "shares",
    "streams",
    "tables/places",
    "tables/memory",
    "tables/intermediates",
    "inputs",
)
"""The program that spells out who works where and where everything lies: all that a price needs."""
TABLES = (*OUTLINE, "tables/work", "tables/kernels", "tables/arguments", "tables/product")
"""The program that spells the decisions out for every core and kernel."""


@lru_cache(maxsize=1)
def folder() -> Path:
    """The folder of the encodings: inside an installed package, or beside the package in a checkout."""
    package = Path(ttplan.__file__).parent
    installed = package / "encodings"
    return installed if installed.is_dir() else package.parent / "encodings"


@lru_cache(maxsize=64)
def text(name: str) -> str:
    """Text of one encoding file, without `.lp`."""
    return (folder() / f"{name}.lp").read_text(encoding="utf-8")


def files() -> tuple[str, ...]:
    """Names of all encoding files, in the order they are read."""
    return tuple(dict.fromkeys((*DECIDE, *DRAFT, *TABLES)))


TEXT_READS = 2
"""So many times an encoding is read as text: keeping it parsed costs as much as two more readings save."""
_reads: Counter[tuple[str, ...]] = Counter()
_trees = Lock()


def load(control: Control, files: Sequence[str]) -> None:
    """Add encodings to a program. Those that are read again and again are kept parsed: half the time."""
    names = tuple(files)
    _reads[names] += 1
    if _reads[names] <= TEXT_READS:  # one text for all: clingo pays for a file's name at every token
        control.add("base", [], "#program base.\n".join(map(text, names)))
        return
    from clingo.ast import ProgramBuilder

    with _trees, ProgramBuilder(control) as builder:  # clingo's trees count their owners without one
        for statement in _parsed(names):
            builder.add(statement)


@lru_cache(maxsize=16)
def _parsed(names: tuple[str, ...]) -> tuple[AST, ...]:
    """The statements of encodings, with which any number of programs can be built."""
    from clingo.ast import parse_string

    statements: list[AST] = []
    for name in names:
        parse_string(text(name), statements.append)
    return tuple(statements)


atexit.register(_parsed.cache_clear)  # clingo's trees cannot be freed once its module is gone
