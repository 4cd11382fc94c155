"""Preferences of the user's own (--rules): `#minimize { N@5 : work_cores(N) }` and its like.

A preference of level 0 orders plans that are equal on every criterion. One above the criteria (5 and more) comes before
them: the best value that the rules leave, whatever it costs, becomes a requirement, the highest level first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clingo import Function, Number, String

from ttplan.errors import InputError
from ttplan.rules import encodings, own

if TYPE_CHECKING:
    from ttplan.rules.problem import Problem

FILE = "--rules"
"""Where the requirements stand that preferences become."""
BOUND = """rule(preference, "{{0}} adds up to {{1}} at best, and is kept there", "--rules: before the criteria").
requirement({name}).
:- hold({name}), #sum {{ W, T : {values}(W, T) }} > {least}.
"""


def settled(problem: Problem) -> Problem:
    """The problem with every preference above the criteria as a requirement; as it is where no plan obeys the rules.

    Raises InputError for one that speaks of what only the search knows, such as costs.
    """
    rules = tuple((file, text) for file, text in problem.options.rules if file != FILE)
    levels = sorted({level for level in own.levels(rules) if level > 0}, reverse=True)
    if not levels:
        return problem
    from ttplan.explain.legality import Legality

    problem = replace(problem, options=replace(problem.options, rules=rules))
    for level in levels:
        legality = Legality(problem)
        stated = own.preferences(rules, level)
        for file, one in stated:
            if not legality.knows(one.reads):
                own.refuse_unknown(rules, "".join(map(encodings.text, encodings.DECIDE)))
                words = "a preference above the criteria speaks of decisions, not of what they cost"
                raise InputError(f"line {one.begin[0]}", words, one.source, file=file)
        least = legality.least(level)
        if least is None:
            return problem
        words = " ".join(one.source for _, one in stated)
        name = Function("preference", [String(words), Number(least)])
        rules = (*rules, (FILE, BOUND.format(name=name, values=f"{own.PREFERRED}{level}", least=least)))
        problem = replace(problem, options=replace(problem.options, rules=rules))
    return problem
