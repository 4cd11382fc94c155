"""Where encodings come from: text at first, syntax trees in a process that reads them again and again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from small import small

from ttplan.device import load_device
from ttplan.kernel import Kernel
from ttplan.rules import encodings
from ttplan.rules.arithmetic import CAP
from ttplan.rules.programs import Draft, Program, Sketch, Stage
from ttplan.rules.search import search
from ttplan.rules.tables import spell_out
from ttplan.solve import problem_of, solve_problem

PROBLEM = problem_of(Kernel.model_validate(small()), load_device("n150"), ())


PROGRAMS: dict[tuple[str, ...], Callable[[], Program]] = {
    encodings.SKETCH: lambda: Sketch(PROBLEM, 150),
    (*encodings.DRAFT, "guide"): lambda: Draft(PROBLEM, 150),
    encodings.DECIDE: lambda: Stage(PROBLEM, "open", CAP),
}


@pytest.mark.parametrize("files", PROGRAMS)
def test_an_encoding_that_is_kept_parsed_is_the_program_that_its_text_is(files: tuple[str, ...]) -> None:
    def ground() -> list[tuple[str, bool]]:
        program = PROGRAMS[files]()  # atoms live no longer than their program
        return [(str(atom.symbol), atom.is_fact) for atom in program.control.symbolic_atoms]

    with patch.object(encodings, "_reads", Counter()) as reads:
        text = ground()
        assert list(reads) == [files]
        reads[files] = encodings.TEXT_READS
        assert ground() == text and len(text) > 1000


def test_tables_are_the_same_from_text_and_from_trees() -> None:
    solution = solve_problem(PROBLEM)
    with patch.object(encodings, "_reads", Counter()) as reads:
        text = spell_out(PROBLEM.flow, PROBLEM.device, solution.answer)
        reads[encodings.TABLES] = encodings.TEXT_READS
        assert spell_out(PROBLEM.flow, PROBLEM.device, solution.answer) == text


def test_a_process_that_keeps_encodings_ends_in_silence() -> None:
    reads = f"for _ in range({encodings.TEXT_READS + 1}): encodings.load(clingo.Control(), encodings.TABLES)"
    program = (
        f"import clingo\nfrom ttplan.rules import encodings\n{reads}\nprint(encodings._parsed.cache_info())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "currsize=1" in done.stdout and not done.stderr


def test_threads_share_what_is_kept_parsed() -> None:
    alone = search(PROBLEM)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(search, [PROBLEM] * 12))
    assert encodings._parsed.cache_info().currsize >= 2
    assert all((answer.atoms, answer.costs) == (alone.atoms, alone.costs) for answer in answers)
