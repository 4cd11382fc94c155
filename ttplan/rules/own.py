"""Rules of the user's own (--rules): each constraint gets a name, so that it can be left out and blamed like any other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from clingo import Control, Function, Number, String, Symbol, SymbolType, parse_term
from clingo.ast import AST, ASTType, Transformer, parse_string

from ttplan.errors import InputError, nearest
from ttplan.rules import encodings

NAME = "own"
"""Requirement of an unnamed constraint: own("FILE", Line)."""
SHAPES = frozenset(
    "scheme grid orientation work_cores rounds out_block out_blocks all_blocks per_core k_block k_blocks subblock"
    " extent batch cores rectangle core_line requirement hold rule".split()
)
"""Predicates of partition and blocking: what they say of a plan is the same wherever its buffers lie."""
CRITERIA = 4
"""Levels of the objective that are ttplan's own: 1 to 4."""
UNREAD = re.compile(
    r'"(?:[^"\\]|\\.)*"|%\*.*?\*%|%[^\n]*|(#include\b|#script\b|@[a-z]\w*\()|\b(\d+)\b', re.DOTALL
)
"""Statements and functions that would read or run something else, and numbers; and what may hold their words."""
LARGEST = 2**31 - 1
LONGEST = 2**20
"""Values of an interval, or of a fact's intervals together: as many are grounded in about a second."""
OTHERS = ("#program", "#external", "#const", "#heuristic", "#edge", "#theory", "#project", "&")
"""Statements that a search would not obey, or not as a rule."""
PREFERRED = "preferred_"
"""Predicate of what a preference adds up, with its level: preferred_5(Weight, Terms)."""
DERIVED = "--rules"
"""File of the requirements that preferences become (preferences.py)."""
OPEN = ("requirement", "rule")
"""Predicates of the encodings that rules may add to."""

Signature = tuple[str, int]


@dataclass(frozen=True)
class Statement:
    """A statement of a program: text, where it stands (line, column), what it defines and reads, its name if it got one.

    source: as clingo writes it. level: of a preference, None where it is no number.
    """

    text: str
    begin: tuple[int, int]
    end: tuple[int, int]
    defines: frozenset[Signature] = frozenset()
    reads: frozenset[Signature] = frozenset()
    name: Symbol | None = None
    source: str = ""
    level: int | None = 0


class _Atoms(Transformer):
    """Collects the predicates of a head or a body; conditions of a head are read, not defined."""

    def __init__(self) -> None:
        self.found: set[Signature] = set()
        self.conditions: set[Signature] = set()

    def visit_SymbolicAtom(self, atom: AST) -> AST:
        term = atom.symbol
        while term.ast_type in (ASTType.Pool, ASTType.UnaryOperation):
            term = term.arguments[0] if term.ast_type is ASTType.Pool else term.argument
        self.found.add((str(term.name), len(term.arguments)))
        return atom

    def visit_ConditionalLiteral(self, literal: AST) -> AST:
        self.visit(literal.literal)
        inner = _Atoms()
        for condition in literal.condition:
            inner.visit(condition)
        self.conditions |= inner.found
        return literal


def _read(statement: AST, file: str) -> Statement:
    text, place = str(statement), statement.location
    begin, end = (place.begin.line, place.begin.column), (place.end.line, place.end.column)
    if statement.ast_type is ASTType.Minimize:
        return _preference(statement, begin, end)
    if statement.ast_type is not ASTType.Rule:
        return Statement(text, begin, end)
    head, body = _Atoms(), _Atoms()
    head.visit(statement.head)
    for literal in statement.body:
        body.visit(literal)
    defines, reads = frozenset(head.found), frozenset(body.found | body.conditions | head.conditions)
    if text.startswith("#false") and ("hold", 1) not in reads:
        name = Function(NAME, [String(file), Number(begin[0])])
        guarded = f"{text.removesuffix('.')}{'; ' if statement.body else ' :- '}hold({name})."
        return Statement(f"requirement({name}).\n{guarded}", begin, end, defines, reads, name)
    return Statement(text, begin, end, defines, reads)


def _preference(statement: AST, begin: tuple[int, int], end: tuple[int, int]) -> Statement:
    """A preference as the values that it adds up."""
    found = _Atoms()
    for literal in statement.body:
        found.visit(literal)
    terms = "".join(f"{term}," for term in statement.terms)
    body = "; ".join(map(str, statement.body))
    priority = str(statement.priority)
    level = int(priority) if priority.lstrip("-").isdigit() else None
    name = f"{PREFERRED}{priority}"
    text = f"{name}({statement.weight},({terms})){' :- ' if body else ''}{body}."
    reads = frozenset(found.found | found.conditions)
    return Statement(text, begin, end, frozenset({(name, 2)}), reads, source=str(statement), level=level)


@lru_cache(maxsize=16)
def statements(text: str, file: str) -> tuple[Statement, ...]:
    """The statements of a file of rules, its constraints named. Raises InputError where it cannot be read."""
    found: list[Statement] = []
    complaints: list[str] = []
    try:
        parse_string(
            text,
            lambda one: found.append(_read(one, file)),
            logger=lambda _, message: complaints.append(message),
        )
    except RuntimeError:
        place = complaints[0].strip().removeprefix("<string>:") if complaints else "syntax error"
        raise InputError("--rules", place, file=file) from None
    return tuple(found)


def program(rules: Sequence[tuple[str, str]]) -> str:
    """Files of rules, (file, text), as one program with its constraints named; preferences of level 0 order equal plans."""
    text = "".join(f"{one.text}\n" for file, text in rules for one in statements(text, file))
    return text + (f"#minimize {{ W@0, T : {PREFERRED}0(W, T) }}.\n" if 0 in levels(rules) else "")


def preferences(
    rules: Sequence[tuple[str, str]], level: int | None = None
) -> tuple[tuple[str, Statement], ...]:
    """The preferences of the files, or those of one level, each with its file."""
    every = ((file, one) for file, text in rules for one in statements(text, file))
    return tuple((file, one) for file, one in every if one.source and level in (None, one.level))


def levels(rules: Sequence[tuple[str, str]]) -> frozenset[int]:
    """The levels of the files' preferences."""
    return frozenset(one.level for _, one in preferences(rules) if one.level is not None)


def defined(text: str) -> set[Signature]:
    """What the rules of a program define."""
    return {signature for one in statements(text, "") for signature in one.defines}


def shared(rules: Sequence[tuple[str, str]], base: str) -> str:
    """What of the files another program can obey: the rules all of whose predicates they or that program define.

    A program without some rules has more plans, so its conflicts hold.
    """
    known = defined(base)
    kept = [one for file, text in rules for one in statements(text, file) if not one.text.startswith("#show")]
    while True:
        reach = known.union(*(one.defines for one in kept))
        left = [one for one in kept if one.reads <= reach]
        if len(left) == len(kept):
            return "".join(f"{one.text}\n" for one in left)
        kept = left


def refuse_unknown(rules: Sequence[tuple[str, str]], base: str) -> None:
    """Raises InputError for a predicate that neither the files nor the deciding program define."""
    every = [(file, one) for file, text in rules for one in statements(text, file)]
    known = defined(base).union(*(one.defines for _, one in every))
    for file, one in every:
        for name, arity in sorted(one.reads - known):
            found = f"{name}/{arity}"
            close = nearest(found, sorted(f"{other}/{count}" for other, count in known))
            allowed = (*filter(None, [close]), "what encodings/vocabulary.md lists")
            raise InputError(
                f"line {one.begin[0]}", "the encodings have no such predicate", found, allowed, file=file
            )


def _refuse_words(file: str, text: str) -> None:
    """Raises InputError for words that clingo would read as something else: statements that load or run something,
    functions of the encodings, and numbers that do not fit into 32 bits.
    """
    for found in UNREAD.finditer(text):
        words, number = found[1], found[2]
        path = f"line {1 + text.count(chr(10), 0, found.start())}"
        if words is not None:
            raise InputError(path, "a file of rules has no such statement", words, file=file)
        if number is not None and int(number) > LARGEST:
            raise InputError(
                path, "numbers of rules have 32 bits", int(number), (f"at most {LARGEST}",), file
            )


class _Intervals(Transformer):
    """Collects the intervals between two numbers: how many values each has, as it is written, and its line."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str, int]] = []

    def visit_Interval(self, interval: AST) -> AST:
        self.visit_children(interval)
        first, last = _number(interval.left), _number(interval.right)
        if first is not None and last is not None:
            text = str(interval).removeprefix("(").removesuffix(")")
            self.found.append((max(last - first + 1, 0), text, interval.location.begin.line))
        return interval


def _number(term: AST) -> int | None:
    """The value of a term without variables, as clingo counts; None for any other."""
    try:
        value = parse_term(str(term), logger=lambda *_: None)
    except RuntimeError:
        return None
    return value.number if value.type is SymbolType.Number else None


def _refuse_intervals(file: str, text: str) -> None:
    """Raises InputError for an interval of more values than are worth grounding, or a fact that has more by its
    intervals.
    """
    for count, written, line in _intervals(text):
        if count > LONGEST:
            words = "an interval has more values than can be grounded"
            raise InputError(f"line {line}", words, written, (f"at most {LONGEST} values",), file)


def _intervals(text: str) -> list[tuple[int, str, int]]:
    """What `_Intervals` collects in a file, and for each fact all of its intervals together."""
    every: list[tuple[int, str, int]] = []

    def collect(statement: AST) -> None:
        seen = _Intervals()
        seen.visit(statement)
        every.extend(seen.found)
        fact = statement.ast_type is ASTType.Rule and not statement.body
        if fact and statement.head.ast_type is ASTType.Literal and len(seen.found) > 1:
            counts, texts, lines = zip(*seen.found, strict=True)
            every.append((prod(counts), ", ".join(texts), lines[0]))

    parse_string(text, collect)
    return every


def refuse_foreign(file: str, text: str) -> None:
    """Raises InputError for what a file of rules may not say: an objective, or more of the encodings' own predicates."""
    _refuse_words(file, text)
    statements(text, file)  # errors of syntax come first
    _refuse_intervals(file, text)
    base = "".join(map(encodings.text, encodings.DECIDE))
    taken = {signature for one in statements(base, "") for signature in one.defines | one.reads}
    for one in statements(text, file):
        place = f"line {one.begin[0]}"
        if one.text.startswith(OTHERS) and one.text != "#program base.":
            raise InputError(place, "a file of rules has rules and constraints only", one.text, file=file)
        if one.source and (one.level is None or not (one.level == 0 or one.level > CRITERIA)):
            words = "a preference comes after the criteria of encodings/objective.lp, or before them"
            raise InputError(place, words, one.source, ("level 0", f"level {CRITERIA + 1} or more"), file)
        if complaint := _unsafe(one.text):
            raise InputError(place, "clingo cannot ground this rule", complaint, file=file)
        for name, arity in sorted(one.defines):
            if not one.source and name not in OPEN and ((name, arity) in taken or name.startswith(PREFERRED)):
                words = (
                    "the encodings use this predicate; a rule may read it, or forbid values by a constraint"
                )
                raise InputError(place, words, f"{name}/{arity}", file=file)


def _unsafe(text: str) -> str | None:
    """What clingo says of a rule whose variables it cannot bind."""
    complaints: list[str] = []
    control = Control(["--warn=none"], logger=lambda _, message: complaints.append(message))
    try:
        control.add("base", [], text)
        control.ground([("base", [])])
    except RuntimeError:
        said = " ".join(complaints)
        unsafe = sorted(set(re.findall(r"'(\w+)' is unsafe", said)))
        error = said.partition("error: ")[2].strip()
        return f"unsafe variables: {', '.join(unsafe)}" if unsafe else error or text
    return None


def refuse_undefined(rules: Sequence[tuple[str, str]], complaint: str) -> None:
    """Raises InputError for a term of the files' own that has no value, such as N/0."""
    term = complaint.rpartition("\n")[2].strip()
    for file, text in rules:
        for one in statements(text, file):
            if term and term.strip("()") in one.text:
                raise InputError(f"line {one.begin[0]}", "this has no value", term, file=file)


def only_shapes(rules: Sequence[tuple[str, str]]) -> bool:
    """Whether the files speak of partition and blocking alone."""
    return _of_shapes(rules) == [one for file, text in rules for one in statements(text, file)]


def of_shapes(rules: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What of the files speaks of partition and blocking alone, as one file; none where that forbids nothing."""
    found = _of_shapes(rules)
    if not any(one.text.startswith(("#false", "requirement(")) for one in found):
        return ()
    return (("", "".join(f"{one.text}\n" for one in found if not one.text.startswith("#program"))),)


def _of_shapes(rules: Sequence[tuple[str, str]]) -> list[Statement]:
    """The statements that read predicates of partition and blocking, or of each other."""
    kept = [one for file, text in rules for one in statements(text, file)]
    while True:
        names = {name for one in kept for name, _ in one.defines}
        left = [one for one in kept if {name for name, _ in one.reads} <= SHAPES | names]
        if left == kept:
            return kept
        kept = left


def place(name: Symbol) -> str:
    """What people call a requirement of the files: where its constraint stands, FILE:LINE, or its own name."""
    if name.name != NAME:
        return name.name
    return f"{name.arguments[0].string}:{name.arguments[1].number}"


def words(rules: Sequence[tuple[str, str]], name: Symbol) -> str:
    """The constraint that got this name, or those of one line that share it, as clingo writes them."""
    texts = (one.text.partition("\n")[2] for one in _named(rules, name))
    return " ".join(text.replace(f"; hold({name})", "").replace("#false ", "") for text in texts)


def spoken(rules: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What the files say, statement by statement, as clingo writes it; what preferences became is left out."""
    found = []
    for file, text in rules:
        for one in statements(text, file):
            if one.name is not None:
                found.append(words(((file, text),), one.name))
            elif file != DERIVED and one.text != "#program base." and not one.text.startswith("%"):
                found.append(one.source or one.text)
    return tuple(found)


def without(rules: Sequence[tuple[str, str]], name: Symbol) -> tuple[tuple[str, str], ...]:
    """The files without what makes a requirement; the rest keeps its lines, and so its names."""
    return tuple((file, _blanked(text, _named([(file, text)], name))) for file, text in rules)


def _blanked(text: str, found: Iterable[Statement]) -> str:
    """A text with these statements overwritten by spaces; columns count bytes."""
    lines = [line.encode() for line in text.split("\n")]
    for one in found:
        for number in range(one.begin[0], one.end[0] + 1):
            line = lines[number - 1]
            start = one.begin[1] - 1 if number == one.begin[0] else 0
            stop = one.end[1] - 1 if number == one.end[0] else len(line)
            lines[number - 1] = line[:start] + b" " * (stop - start) + line[stop:]
    return b"\n".join(lines).decode()


def _named(rules: Sequence[tuple[str, str]], name: Symbol) -> list[Statement]:
    """What makes a requirement of the files: the constraint that got its name, or the rules that state it."""
    every = [one for file, text in rules for one in statements(text, file)]
    if name.name == NAME:
        return [one for one in every if one.name == name]
    heads = (f"requirement({name.name}(", f"requirement({name.name})")
    exactly = [one for one in every if one.text == f"requirement({name})."]
    return exactly or [one for one in every if one.text.startswith(heads)]


def required(rules: Sequence[tuple[str, str]], requirements: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """Those requirements that the files make."""
    return tuple(one for one in requirements if _named(rules, one))
