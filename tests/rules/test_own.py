"""Rules of the user's own: named by their place, shared as far as they are understood, dropped one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from strategies import Case, device_of, kernel_of

from ttplan.errors import InputError
from ttplan.explain import infeasible
from ttplan.rules import own
from ttplan.rules.problem import Infeasible, Options, read_rules
from ttplan.rules.search import narrowed, search
from ttplan.solve import problem_of

FILE = "mine.lp"
RULES = """% two words about it
:- work_cores(N),
   N > 2.  many :- grid(A, B), A * B > 4.
:- many, not layout("C", l1_block).
{ pick(X) : k_block(X) } = 1.
dear :- resource(V), V > 1000.
:- dear.
rule(mine, "message", "source"). requirement(mine).
:- hold(mine), scheme(split).
"""


def named(text: str) -> dict[str, str]:
    """The names of a file's constraints, and the constraints."""
    rules = ((FILE, text),)
    return {own.place(one.name): own.words(rules, one.name) for one in own.statements(text, FILE) if one.name}


def test_constraints_are_named_by_file_and_line() -> None:
    assert named(RULES) == {
        "mine.lp:2": ":- work_cores(N); N > 2.",
        "mine.lp:4": ':- many; not layout("C",l1_block).',
        "mine.lp:7": ":- dear.",
    }


def test_constraints_of_one_line_share_its_name() -> None:
    assert named(":- k_block(B), B < 3. :- k_block(B), B > 4.\n") == {
        "mine.lp:1": ":- k_block(B); B < 3. :- k_block(B); B > 4."
    }


def test_one_constraint_is_left_out_and_nothing_moves() -> None:
    every = named(RULES)
    for one in own.statements(RULES, FILE):
        if one.name is not None:
            ((_, text),) = own.without(((FILE, RULES),), one.name)
            rest = dict(every)
            del rest[own.place(one.name)]
            assert named(text) == rest
            assert "many :- grid(A, B), A * B > 4." in text


def test_heads_are_defined_and_conditions_are_read() -> None:
    choice = next(one for one in own.statements(RULES, FILE) if "pick" in one.text)
    assert (choice.defines, choice.reads) == ({("pick", 1)}, {("k_block", 1)})


def test_another_program_obeys_what_it_has_words_for() -> None:
    base = (
        'work_cores(1). grid(1, 1). layout("C", dram_interleaved). k_block(1). scheme(split). { hold(mine) }.'
    )
    told = own.shared(((FILE, RULES),), base)
    assert "work_cores" in told and "pick" in told and "hold(mine)" in told
    assert "dear" not in told and "resource" not in told


def test_unknown_predicates_and_syntax_errors_say_where() -> None:
    kernel, device = kernel_of(Case(64, 64, 64)), device_of()
    for text, words in (
        (
            "% one\n:- worker_cores(N), N > 1.\n",
            "line 2: the encodings have no such predicate; found 'worker_cores/1'",
        ),
        ("% one\n:- work_cores(N) N > 1.\n", "2:18"),
    ):
        with pytest.raises(InputError) as raised:
            search(problem_of(kernel, device, (), Options(rules=((FILE, text),))))
        assert words in str(raised.value) and FILE in str(raised.value)
    assert "nearest: work_cores/1" in str(own_error(":- worker_cores(N), N > 1.\n"))


def own_error(text: str) -> InputError:
    with pytest.raises(InputError) as raised:
        search(problem_of(kernel_of(Case(64, 64, 64)), device_of(), (), Options(rules=((FILE, text),))))
    return raised.value


def test_only_values_that_no_plan_has_are_barred() -> None:
    rules = ((FILE, ":- work_cores(N), N > 2.\n:- k_block(B), B > 2.\n:- subblock(H, W), H < W.\n"),)
    kernel, device = kernel_of(Case(96, 128, 128)), device_of(columns=2, rows=2)
    narrow = narrowed(problem_of(kernel, device, (), Options(rules=rules)))
    barred = [str(value) for value in narrow.narrow or ()]
    assert "grid(2,2)" in barred and "grid(2,1)" not in barred
    assert {value.partition("(")[0] for value in barred} >= {"grid", "k_block", "subblock"}
    for value in barred:
        with pytest.raises(Infeasible):
            search(problem_of(kernel, device, (value,), Options(rules=rules)))


def test_rules_about_shapes_bar_values_beside_rules_about_places() -> None:
    shapes, places = (
        ":- work_cores(N), N > 1.\n",
        ':- layout("C", l1_block).\n:- foo.\nfoo :- layout("C", l1_width).\n',
    )
    alone, beside = (
        narrowed(problem_of(kernel_of(Case(96, 128, 128)), device_of(), (), Options(rules=rules)))
        for rules in (((FILE, shapes),), ((FILE, shapes + places),))
    )
    assert alone.narrow == beside.narrow and "grid(2,2)" in map(str, beside.narrow or ())


def test_a_conflict_of_shapes_keeps_its_names_beside_rules_about_places() -> None:
    rules = ((FILE, ':- layout("C", l1_block).\n:- work_cores(N), N > 1.\n'),)
    problem = problem_of(kernel_of(Case(96, 128, 128)), device_of(), ("grid=2x2",), Options(rules=rules))
    assert [one.name for one in infeasible(problem).conflict] == [f"{FILE}:2", "--pin grid=2x2"]


def test_rules_about_places_bar_nothing() -> None:
    rules = ((FILE, ':- layout("C", l1_block).\n'),)
    problem = problem_of(kernel_of(Case(96, 128, 128)), device_of(), (), Options(rules=rules))
    assert narrowed(problem) == problem


@pytest.mark.parametrize(
    "text, words",
    [
        ("% why\n:~ work_cores(N). [N@4]", "line 2: a preference comes after the criteria"),
        ("#minimize { N@N : work_cores(N) }.", "a preference comes after the criteria"),
        ("#minimize { N@-1 : work_cores(N) }.", "allowed: level 0, level 5 or more"),
        (":- work_cores(N), N > @cost(3).", "no such statement; found '@cost('"),
        (":- work_cores(N), N > 4294967296.", "numbers of rules have 32 bits"),
        ("preferred_5(1, ()).", "found 'preferred_5/2'"),
        ('layout("C", l1_block) :- scheme(multicast_2d).', "found 'layout/2'"),
        ("l1_capacity(5).", "found 'l1_capacity/1'"),
        ("barred(k_block(2)).", "forbid values by a constraint"),
    ],
)
def test_rules_restrict_plans_and_change_nothing_else(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_rules([path])
    assert words in str(raised.value)


def test_rules_may_name_requirements_and_define_words_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(RULES)
    assert read_rules([path]) == ((str(path), RULES),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#program foo.\n:- work_cores(N), N > 3.", "rules and constraints only"),
        ("#external hold(foo).", "rules and constraints only"),
        ("#const n=3.", "rules and constraints only"),
        ("#script(python)\n#end.", "no such statement"),
        ('#include "other.lp".', "no such statement"),
        ('a. #include "other.lp".', "no such statement"),
        ('a("%"). b. #script(python)\n#end.', "no such statement"),
        ('%* two\nlines *% #include "other.lp".', "no such statement"),
        (":- work_cores(X), Y > 3.", "unsafe variables: Y"),
        (":- &sum{x} <= 3.", "no definition found for theory atom"),
    ],
)
def test_statements_that_no_search_obeys_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError) as refusal:
        own.refuse_foreign("own.lp", text)
    assert words in str(refusal.value) and refusal.value.problems[0].path.startswith("line "), refusal.value


def test_words_in_comments_and_texts_are_no_statements() -> None:
    own.refuse_foreign("own.lp", '% #include "other.lp".\n%* #script *%\nmine("#include").')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "% far\nx(1..1000000000).",
            "line 2: an interval has more values than can be grounded; found '1..1000000000'",
        ),
        (":- work_cores(N),\n not N = -2..2**20.", "line 2: an interval"),
        ("x(X) :- X = (1..10)..10**9.\ny(0..2**20-1). z(1;0..2**20).", "line 2: an interval"),
        ("#minimize { X@5 : X = 1..9999999 }.", "line 1: an interval"),
        ("x(1..2000, 1..2000).", "found '1..2000, 1..2000'; allowed: at most 1048576 values"),
    ],
)
def test_intervals_that_no_search_can_ground_are_refused_where_they_stand(text: str, words: str) -> None:
    with pytest.raises(InputError) as refusal:
        own.refuse_foreign("own.lp", text)
    assert words in str(refusal.value)


def test_intervals_are_limits_of_numbers_as_well() -> None:
    own.refuse_foreign(
        "own.lp", "x(5..1). y(1..2**20). :- work_cores(N), N = 1..2000, grid(A, _), A = 1..2000."
    )


def test_terms_without_a_value_are_refused_where_they_stand() -> None:
    rules = (("own.lp", "\n:- work_cores(N), N / 0 > 3."),)
    with pytest.raises(InputError, match=r"line 2.*no value"):
        search(replace(problem_of(kernel_of(Case(64, 64, 64)), device_of()), options=Options(rules=rules)))
