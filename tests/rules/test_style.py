"""What every encoding keeps to: named rules, no aggregates over choices, documented words, nothing undefined."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from clingo import ast
from strategies import Case, Operand, device_of, kernel_of

from ttplan.explain.meanings import MEANINGS
from ttplan.facts.dataflow import analyse
from ttplan.facts.pin_words import PINNABLE, WORDS
from ttplan.facts.pins import pins_of
from ttplan.rules import encodings
from ttplan.rules.problem import Options, Problem
from ttplan.rules.programs import Stage
from ttplan.rules.search import search

FILES = (*encodings.files(), "legality", "limits", "shadow", "guide", "ttnn")
WORDS_OF_DECISIONS = {word for words in WORDS.values() for word in words}
VOCABULARY = (encodings.folder() / "vocabulary.md").read_text(encoding="utf-8")


def statements(name: str) -> list[ast.AST]:
    found: list[ast.AST] = []
    ast.parse_string(encodings.text(name), found.append)
    return found


def symbols(node: object) -> Iterator[tuple[str, int]]:
    """Predicates of the atoms below a node of the syntax tree."""
    if isinstance(node, ast.AST):
        if node.ast_type == ast.ASTType.SymbolicAtom and node.symbol.ast_type == ast.ASTType.Function:
            yield node.symbol.name, len(node.symbol.arguments)
        for key in node.child_keys:
            yield from symbols(getattr(node, key))
    elif isinstance(node, ast.ASTSequence | list | tuple):
        for item in node:
            yield from symbols(item)


def rules_of(names: tuple[str, ...]) -> list[ast.AST]:
    return [s for name in names for s in statements(name) if s.ast_type == ast.ASTType.Rule]


def heads(rule: ast.AST) -> set[tuple[str, int]]:
    """Predicates a rule derives; of a choice its elements, not their conditions."""
    head = rule.head
    if head.ast_type == ast.ASTType.Aggregate:
        return {s for element in head.elements for s in symbols(element.literal)}
    if head.ast_type == ast.ASTType.Literal:
        return set(symbols(head.atom))
    return set(symbols(head))


def decided(names: tuple[str, ...]) -> set[tuple[str, int]]:
    """Predicates that differ between answer sets: chosen, or derived from what is chosen."""
    rules = rules_of(names)
    found = {("hold", 1)}
    for rule in rules:
        if rule.head.ast_type == ast.ASTType.Aggregate:
            found |= heads(rule)
    while True:
        more = {s for rule in rules if found & set(symbols(rule.body)) for s in heads(rule)}
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("name", FILES)
def test_lines_are_short_and_files_say_what_they_are(name: str) -> None:
    text = encodings.text(name)
    assert max(map(len, text.splitlines())) <= 110
    assert text.startswith(f"%%% {name.split('/')[-1]}.lp: ")
    assert text.endswith("\n") and "\t" not in text and " \n" not in text


def test_no_aggregate_over_choices_is_assigned() -> None:
    """`X = #sum { .. }` over what is still open would ground every sum; only bounds may be asked of it."""
    chosen = decided(encodings.DECIDE)
    assert ("out_block", 2) in chosen and ("cb_units", 2) in chosen and ("extent", 2) not in chosen
    offending = []
    for rule in rules_of(encodings.DECIDE):
        for literal in rule.body:
            if literal.ast_type != ast.ASTType.Literal or literal.atom.ast_type != ast.ASTType.BodyAggregate:
                continue
            guards = [
                guard for guard in (literal.atom.left_guard, literal.atom.right_guard) if guard is not None
            ]
            assigns = any(
                guard.comparison == int(ast.ComparisonOperator.Equal)
                and guard.term.ast_type == ast.ASTType.Variable
                for guard in guards
            )
            if assigns and set(symbols(literal.atom.elements)) & chosen:
                offending.append(str(rule))
    assert offending == []


def test_the_lint_on_aggregates_can_say_no() -> None:
    """The same check finds the mistake in a program that makes it."""
    found: list[ast.AST] = []
    ast.parse_string("{ pick(1..3) }. total(X) :- X = #sum { V : pick(V) }.", found.append)
    rule = found[2]
    (literal,) = rule.body
    assert literal.atom.left_guard.comparison == int(ast.ComparisonOperator.Equal)
    assert set(symbols(literal.atom.elements)) == {("pick", 1)}


COMMON = ("layouts", "partition", "circular_buffers", "objective")
COMMON_TABLES = ("places", "work", "kernels", "arguments", "memory")
PRODUCT = {
    "in0",
    "in1",
    "in0_transposed",
    "partials",
    "matmul",
    "k",
    "k_block",
    "k_blocks",
    "contraction",
    "Kt",
}
"""What only a contraction has."""


def words(name: str) -> set[str]:
    """Predicates, constants and strings of a file, messages and sources aside."""
    kept = (one for one in map(str, statements(name)) if not one.startswith(("rule(", "derived(", "%")))
    return {word for one in kept for word in re.findall(r"\w+", one)}


@pytest.mark.parametrize("name", [*COMMON, *(f"tables/{name}" for name in COMMON_TABLES)])
def test_common_encodings_know_nothing_of_a_contraction(name: str) -> None:
    assert not words(name) & PRODUCT


def test_the_lint_on_common_encodings_can_say_no() -> None:
    assert {"in0", "Kt", "k_block"} <= words("tables/product")


def test_every_requirement_is_a_named_rule_with_message_and_source() -> None:
    rules: dict[str, list[str]] = defaultdict(list)
    required, held = set(), set()
    for name in FILES:
        text = encodings.text(name)
        for found in re.finditer(r'rule\((\w+),\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', text):
            rules[found[1]].append(name)
            assert len(found[2]) > 15 and len(found[3]) > 10, f"{found[1]}: a message and a source"
        required |= set(re.findall(r"requirement\((\w+)", text))
        held |= set(re.findall(r"hold\((\w+)", text))
    assert required - {"given_layout"} <= set(rules), "a requirement without a rule cannot be explained"
    assert set(rules) <= required | {"given_layout"} | held, "a rule that nothing requires"
    assert required == held, "a requirement that no constraint reads, or one that is never required"
    assert {rule for rule, places in rules.items() if len(places) > 1} == set(), "one table per fact"


def test_the_vocabulary_names_what_there_is() -> None:
    defined: set[tuple[str, int]] = set()
    for name in FILES:
        for statement in statements(name):
            defined |= set(symbols(statement))
            if statement.ast_type == ast.ASTType.ShowSignature:
                defined.add((statement.name, statement.arity))
    rows = [line.split(" | ")[0] for line in VOCABULARY.splitlines() if line.startswith("| `")]
    terms = [term for row in rows for term in re.findall(r"`([a-z_0-9]+)(?:\((.*?)\))?`", row)]
    assert len(terms) > 40
    missing = [
        (name, arity)
        for name, arguments in terms
        if (name, arity := arguments.count(",") + 1 if arguments else 0) not in defined
    ]
    assert missing == [], "in the vocabulary, and in no encoding"


def test_the_decisions_of_the_vocabulary_are_what_may_be_pinned() -> None:
    table = VOCABULARY.partition("## Decisions")[2].partition("## Derived")[0]
    names = {match[1] for match in re.finditer(r"`([a-z_0-9]+)[(`]", table)} - {"split", *WORDS_OF_DECISIONS}
    assert names == set(PINNABLE) == set(MEANINGS)


def test_every_shown_decision_is_in_the_vocabulary() -> None:
    for statement in statements("show"):
        if statement.ast_type == ast.ASTType.ShowSignature and statement.name != "shape":
            assert f"`{statement.name}" in VOCABULARY, f"{statement.name} is shown, and nothing explains it"


def test_facts_declared_as_optional_are_read_somewhere() -> None:
    used = {
        s for name in FILES if name != "inputs" for statement in statements(name) for s in symbols(statement)
    }
    for statement in statements("inputs"):
        if statement.ast_type == ast.ASTType.Defined:
            assert (statement.name, statement.arity) in used, f"{statement.name}/{statement.arity}"


SIZES = {
    "one tile": (Case(32, 32, 32), 1900, 5200),
    "a cube": (Case(256, 256, 256), 1900, 8000),
    "bias and relu": (Case(160, 96, 224, ops=(Operand("bfloat16", row=True), "relu")), 2050, 10000),
    "batches": (Case(64, 96, 64, batch=3, in1_batched=True), 2650, 12700),
    "a large cube": (Case(16384, 16384, 16384), 17000, 91000),
    "large batches": (Case(4096, 4096, 4096, batch=32, in1_batched=True), 10100, 55500),
}
"""Problem, how many ground rules its optimum's window may have on 4 x 4 cores, and how many atoms the whole search."""


@pytest.mark.parametrize("name", SIZES)
def test_the_grounding_stays_small(name: str) -> None:
    case, most_rules, most_atoms = SIZES[name]
    device = device_of(columns=4, rows=4)
    flow = analyse(kernel_of(case))
    problem = Problem(flow, device, pins_of(flow, device, ()), Options(counters=True))
    answer = search(problem)
    _, finished, effort = Stage(problem, "window", answer.time_units).solve(None)
    assert finished
    atoms = sum(stage.atoms for stage in answer.efforts)
    print(name, effort.rules, atoms)
    assert effort.rules <= most_rules and atoms <= most_atoms
