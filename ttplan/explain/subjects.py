"""The decisions an explanation goes through: which atoms say their value, and how a value reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clingo import Function, Symbol

from ttplan.explain.rulebook import LAYOUT_WORDS, plain
from ttplan.facts.pin_words import FOLLOWS, STREAM_PLACES
from ttplan.rules.problem import Answer, Problem


@dataclass(frozen=True)
class Subject:
    """One decision. atoms: predicate, key and arity of what says its value, such as cb_depth(in0, _); several for a
    pair. of: what plans have that decide about it at all, such as moves(in0). follows: the
    decisions that it is a function of, if no choice makes it.

    An answer has the value that its atoms spell together.
    """

    name: str
    atoms: tuple[tuple[str, tuple[Symbol, ...], int], ...]
    of: tuple[Symbol, ...] = ()
    follows: tuple[str, ...] = ()

    @staticmethod
    def place(predicate: str) -> int:
        """Index of the first argument that says what a decision is about."""
        return STREAM_PLACES.get(predicate, 0)

    def value(self, answer: Answer) -> tuple[Symbol, ...] | None:
        """The atoms of this decision in an answer, or None when the answer has none."""
        found: list[Symbol] = []
        for predicate, key, arity in self.atoms:
            for atom in answer.atoms:
                same = atom.name == predicate and len(atom.arguments) == arity
                at = self.place(predicate)
                if same and atom.arguments[at : at + len(key)] == list(key):
                    found.append(atom)
        return tuple(found) or None

    def words(self, atoms: tuple[Symbol, ...]) -> str:
        """A value as `--pin` takes it, without the name."""
        parts: list[str] = []
        for atom, (predicate, key, _) in zip(atoms, self.atoms, strict=True):
            at = self.place(predicate)
            rest = [
                argument for index, argument in enumerate(atom.arguments) if not at <= index < at + len(key)
            ]
            parts.extend(LAYOUT_WORDS.get(plain(argument), plain(argument)) for argument in rest)
        return "x".join(parts)


def subjects(problem: Problem, answer: Answer) -> Iterator[Subject]:
    """The decisions of an answer that a choice made, in the order in which a reader asks for them."""
    streams = stream_names(problem, answer)
    for atom in sorted(atom for atom in answer.atoms if atom.name == "layout"):
        buffer = atom.arguments[0]
        yield Subject(f"{buffer.string}.layout", (("layout", (buffer,), 2),))
    yield Subject("scheme", (("scheme", (), 1),))
    yield Subject("grid", (("grid", (), 2),))
    if Function("scheme", [Function("multicast_2d", [])]) in answer.atoms:
        yield Subject("orientation", (("orientation", (), 1),))
    sides = tuple(("out_block", (Function(axis, []),), 2) for axis in ("m", "n"))
    yield Subject("out_block", sides)
    yield Subject("k_block", (("k_block", (), 1),))
    yield Subject("subblock", (("subblock", (), 2),))
    for atom in sorted(atom for atom in answer.atoms if atom.name == "cb_depth"):
        name = streams.get(atom.arguments[0])
        if name is not None:
            yield Subject(f"{name}.depth", (("cb_depth", (atom.arguments[0],), 2),))
    moving = sorted(
        atom for atom in answer.atoms if atom.name == "movement" and plain(atom.arguments[1]) != "local"
    )
    order = {
        stream: rank for rank, stream in enumerate(sorted((atom.arguments[0] for atom in moving), key=_rank))
    }
    for atom in sorted(atom for atom in answer.atoms if atom.name == "carries"):
        name = streams.get(atom.arguments[1])
        if name is not None and order[atom.arguments[1]] > 0:
            stream = atom.arguments[1]
            yield Subject(f"{name}.processor", (("carries", (stream,), 2),), (Function("moves", [stream]),))


def followers(problem: Problem, answer: Answer) -> Iterator[Subject]:
    """The decisions of an answer that follow from its choices and that other choices would make otherwise: the mode,
    what a core has of the output and of shards, how many K blocks there are, and how operands get to the cores.
    """
    placed = sorted(atom.arguments[0].string for atom in answer.atoms if atom.name == "layout")
    yield Subject("mode", (("mode", (), 1),), follows=_causes("mode", placed))
    sides = tuple(("per_core", (Function(axis, []),), 2) for axis in ("m", "n"))
    yield Subject("per_core", sides, follows=_causes("per_core"))
    yield Subject("k_blocks", (("k_blocks", (), 1),), follows=_causes("k_blocks"))
    for atom in sorted(atom for atom in answer.atoms if atom.name == "shard"):
        buffer = atom.arguments[0]
        if Function("layout", [buffer, Function("dram_width", [])]) in answer.atoms:
            continue  # the columns of a bank, whatever is chosen
        follows = _causes("shard", [buffer.string])
        of = (Function("sharded", [buffer]),)
        yield Subject(f"{buffer.string}.shard", (("shard", (buffer,), 3),), of, follows)
    names, buffers = stream_names(problem, answer), _stream_buffers(problem)
    for atom in sorted(atom for atom in answer.atoms if atom.name == "movement"):
        stream = atom.arguments[0]
        if stream in names:
            follows = _causes("movement", [buffers[plain(stream)]])
            atoms = (("movement", (stream,), 2),)
            yield Subject(f"{names[stream]}.movement", atoms, follows=follows)


def _causes(decision: str, buffers: Sequence[str] = ()) -> tuple[str, ...]:
    """The decisions that one follows from. buffers: those whose layouts are meant where it follows from a layout."""
    kinds = FOLLOWS[decision]
    layouts = (f"{buffer}.layout" for buffer in buffers if "layout" in kinds)
    return (*layouts, *(kind for kind in kinds if kind != "layout"))


def _rank(stream: Symbol) -> tuple[bool, Symbol]:
    """in0 and in1 come first: the first stream that moves has its processor by symmetry, not by choice."""
    return stream.name not in ("in0", "in1"), stream


def stream_names(problem: Problem, answer: Answer) -> dict[Symbol, str]:
    """Stream term -> the buffer's name, or the stream's when a buffer feeds several."""
    from ttplan.rules.tables import plain as value
    from ttplan.rules.tables import term

    buffers = _stream_buffers(problem)
    names = list(buffers.values())
    found: dict[Symbol, str] = {}
    for atom in answer.atoms:
        if atom.name == "movement":
            stream = term(value(atom.arguments[0]))
            buffer = buffers.get(stream)
            if buffer is not None:
                found[atom.arguments[0]] = buffer if names.count(buffer) == 1 else stream
    return found


def _stream_buffers(problem: Problem) -> dict[str, str]:
    """Stream name -> buffer, from the ops: operands of the product by their dims, add operands in order,
    the output.
    """
    flow = problem.flow
    kernel = flow.kernel
    product = kernel.ops[flow.order[0]]
    row = flow.dims[product.out][-2]
    found: dict[str, str] = {}
    for name in product.inputs:
        found["in0" if row in flow.dims[name][-2:] else "in1"] = name
    carried, count = product.out, 0
    for index in flow.order[1:]:
        op = kernel.ops[index]
        for name in op.inputs:
            if name != carried:
                found[f"add{count}"] = name
                count += 1
        carried = op.out
    found["out"] = carried
    return found
