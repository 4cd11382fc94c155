"""Spell the decisions out for every core and kernel: a stratified program, evaluated by grounding alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from clingo import Control, MessageCode, Symbol, SymbolType

from ttplan.device import Device
from ttplan.errors import InternalError
from ttplan.facts.build import facts_of
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.geometry import core_lines, line_cores, rectangles
from ttplan.rules import encodings
from ttplan.rules.arithmetic import Arithmetic
from ttplan.rules.problem import Answer


@lru_cache(maxsize=8192)
def plain(symbol: Symbol) -> int | str | tuple[object, ...]:
    """A symbol as number, text, or (name, arguments...)."""
    if symbol.type is SymbolType.Number:
        return symbol.number
    if symbol.type is SymbolType.String:
        return symbol.string
    if symbol.type is SymbolType.Function and not symbol.arguments:
        return symbol.name
    return (symbol.name, *(plain(argument) for argument in symbol.arguments))


def term(value: object) -> str:
    """`("add", 0)` -> `add0`, `("dest", "in0", 1, "x0")` -> `in0_dest1_x0`: how names of the encodings read
    in a plan.
    """
    if not isinstance(value, tuple):
        return str(value)
    name, *arguments = value
    if name == "add":
        return f"add{arguments[0]}"
    if name == "cb":
        return f"cb_{term(arguments[0])}"
    if name == "address":
        return f"{arguments[0]}_address"
    subject = term(arguments[0])
    if name == "semaphore":
        return f"{subject}_{arguments[1]}_semaphore"
    if name == "dest":
        return f"{subject}_dest{arguments[1]}_{arguments[2]}"
    if name == "sender":
        return f"{subject}_sender_{arguments[1]}"
    if name == "owner" and len(arguments) == 3:
        return f"{subject}_owner{arguments[1]}_{arguments[2]}"
    return f"{subject}_{name}"


Row = tuple[object, ...]


@dataclass(frozen=True)
class Tables:
    """Rows of every table by predicate name, in the order of their symbols."""

    rows: dict[str, tuple[Row, ...]]

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        return self.rows.get(name, ())

    def one(self, name: str) -> object:
        """The only value of a unary predicate."""
        ((value,),) = self[name]
        return value

    def mapping(self, name: str) -> dict[object, object]:
        """Rows (..., value) as key -> value; keys of several columns are tuples."""
        return {row[0] if len(row) == 2 else row[:-1]: row[-1] for row in self[name]}


def decisions(answer: Answer) -> dict[str, tuple[Row, ...]]:
    """Shown atoms of the answer by predicate name."""
    found: dict[str, list[Row]] = defaultdict(list)
    for atom in answer.atoms:
        found[atom.name].append(tuple(plain(argument) for argument in atom.arguments))
    return {name: tuple(rows) for name, rows in found.items()}


def _geometry(device: Device, answer: Answer) -> Iterator[str]:
    """Places for the chosen number of cores."""
    for (width, height), (x, y) in rectangles(device).items():
        yield f"origin({width},{height},{x},{y})."
    grid = next(atom for atom in answer.atoms if atom.name == "grid")
    count = grid.arguments[0].number * grid.arguments[1].number
    for index, (x, y) in enumerate(device.cores):
        yield f"available({index},{x},{y})."
    line = core_lines(device).get(count, ())
    for index, (x, y) in enumerate(line_cores(line)):
        yield f"line_core({index},{x},{y})."
    for index, (x0, y0, x1, y1) in enumerate(line):
        yield f"line_range({index},{x0},{y0},{x1},{y1})."


def spell_out(
    flow: Dataflow, device: Device, answer: Answer, files: Sequence[str] = encodings.TABLES
) -> Tables:
    """Evaluate the tables for an answer. Raises InternalError when they are not unique."""
    complaints: list[str] = []

    def log(code: MessageCode, message: str) -> None:
        complaints.append(message.strip())

    control = Control(["--warn=all", "--models=2"], logger=log, message_limit=20)
    encodings.load(control, files)
    control.add("base", [], facts_of(flow, device))
    control.add("base", [], "\n".join(_geometry(device, answer)))
    control.add("base", [], "".join(f"{atom}.\n" for atom in answer.atoms))
    control.ground([("base", [])], context=Arithmetic(device, flow.kernel.compute))
    if complaints:
        raise InternalError("the tables are inconsistent: " + complaints[0])
    rows: dict[str, list[Row]] = defaultdict(list)
    models = 0
    with control.solve(yield_=True) as handle:
        for model in handle:
            models += 1
            for symbol in model.symbols(shown=True):
                rows[symbol.name].append(tuple(map(plain, symbol.arguments)))
    if models != 1:
        raise InternalError(
            "the tables leave a choice open" if models else "the tables contradict themselves"
        )
    return Tables({name: tuple(_sorted(found)) for name, found in rows.items()})


def _sorted(rows: list[Row]) -> list[Row]:
    """By value; a table whose columns mix numbers, names and terms by how they read."""
    try:
        return sorted(rows)
    except TypeError:
        return sorted(rows, key=str)
