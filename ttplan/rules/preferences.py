"""Preferences of the user's own (--rules): `#minimize { N@5 : work_cores(N) }` and its like.

A preference of level 0 orders plans that are equal on every criterion. One above the criteria (5 and more) comes before
them: the best value that the rules leave, whatever it costs, becomes a requirement, the highest level first.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from clingo import Function, Number, String, SymbolType

from ttplan.errors import InputError
from ttplan.rules import encodings, own

if TYPE_CHECKING:
    from ttplan.rules.problem import Problem

SELECTORS = {("hold", 1), ("requirement", 1)}
BOUND = """rule(preference, "{{0}} adds up to {{1}} at best, and is kept there", "--rules: before the criteria").
requirement({name}).
:- hold({name}), #sum {{ W, T : {values}(W, T) }} > {least}.
"""


def settled(problem: Problem) -> Problem:
    """The problem with every preference above the criteria as a requirement; as it is where no plan obeys the rules.

    Raises InputError for one that speaks of what only the search knows, such as costs, and TimeLimit.
    """
    rules = tuple((file, text) for file, text in problem.options.rules if file != own.DERIVED)
    levels = sorted({level for level in own.levels(rules) if level > 0}, reverse=True)
    if not levels:
        return problem
    from ttplan.explain.legality import Legality

    problem = replace(problem, options=replace(problem.options, rules=rules))
    limit = problem.options.time_limit
    deadline = None if limit is None else time.monotonic() + limit
    for level in levels:
        legality = Legality(problem)
        stated = own.preferences(rules, level)
        for file, one in stated:
            if one.reads & SELECTORS:
                words = "a preference speaks of decisions, not of requirements"
                raise InputError(f"line {one.begin[0]}", words, one.source, file=file)
            if not legality.knows(one.reads):
                own.refuse_unknown(rules, "".join(map(encodings.text, encodings.DECIDE)))
                words = "a preference above the criteria speaks of decisions, not of what they cost"
                raise InputError(f"line {one.begin[0]}", words, one.source, file=file)
        weights = [atom.arguments[0] for atom in legality.domain(f"{own.PREFERRED}{level}", 2)]
        if sum(abs(one.number) for one in weights if one.type is SymbolType.Number) > own.LARGEST:
            file, one = stated[0]
            words = "the weights of a preference add up to more than 32 bits hold"
            raise InputError(f"line {one.begin[0]}", words, one.source, (f"at most {own.LARGEST}",), file)
        least = legality.least(level, deadline, problem.options.conflicts)
        if least is None:
            return problem
        words = " ".join(one.source for _, one in stated)
        name = Function("preference", [String(words), Number(least)])
        rules = (
            *rules,
            (own.DERIVED, BOUND.format(name=name, values=f"{own.PREFERRED}{level}", least=least)),
        )
        problem = replace(problem, options=replace(problem.options, rules=rules))
    return problem
