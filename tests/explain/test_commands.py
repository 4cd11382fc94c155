"""The commands of explanations: text for people, documents for tools, exit codes, pictures, and the page of examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from small import small
from strategies import DEEP
from typer.testing import CliRunner, Result

from ttplan.cli import app
from ttplan.errors import InputError
from ttplan.explain.command import SCHEMAS
from ttplan.explain.worked import CASES, Case, section

SLOW = ("tt-metal#36426",)
"""Worked examples that take more than a few seconds."""


@pytest.fixture
def kernel(tmp_path: Path) -> str:
    path = tmp_path / "kernel.json"
    path.write_text(json.dumps(small()))
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def document(kind: str, *arguments: str, code: int = 0) -> Any:
    """The JSON a command prints, held against the published schema by reading it with the model behind it."""
    result = run(*arguments, "--format", "json")
    assert result.exit_code == code, result.output
    SCHEMAS[kind].model_validate_json(result.stdout)
    found = json.loads(result.stdout)
    assert found["schema"] == f"ttplan.{kind}/1"
    return found


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_every_answer_has_a_published_schema(kind: str) -> None:
    result = run("schema", kind)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["properties"]["schema"]["const"] == f"ttplan.{kind}/1"


def test_an_infeasible_solve_tells_its_story(kernel: str) -> None:
    result = run("solve", kernel, "--pin", "subblock=4x4")
    assert result.exit_code == 1 and result.stdout == ""
    assert "rule dst_capacity: a subblock must fit into the 8 tiles" in result.stderr
    assert "drop --pin subblock=4x4" in result.stderr
    story = document("story", "solve", kernel, "--pin", "subblock=4x4", code=1)
    assert [member["name"] for member in story["conflict"]] == ["dst_capacity", "--pin subblock=4x4"]


def test_solve_explains_in_place_of_the_plan_when_it_prints_json(kernel: str) -> None:
    found = document("explanation", "solve", kernel, "--explain")
    assert {"grid", "subblock", "A.depth", "C.layout", "cb in0"} <= {
        one["name"] for one in found["decisions"]
    }
    text = run("solve", kernel, "--explain").stdout
    assert "proven optimal" in text and "what holds the plan back" in text


def test_explain_answers_for_one_decision_or_all(kernel: str) -> None:
    one = document("explanation", "explain", kernel, "grid")
    assert [decision["name"] for decision in one["decisions"]] == ["grid"]
    follows = document("explanation", "explain", kernel, "cores")
    assert follows["decisions"][0]["status"] == "follows"
    assert (
        document("story", "explain", kernel, "--pin", "A.depth=7", code=1)["domain"]["nearest"][0]
        == "A.depth=4"
    )


def test_why_not_whatif_and_diff_print_documents(kernel: str, tmp_path: Path) -> None:
    assert document("why_not", "why-not", kernel, "cores=1", "k_block=1")["verdict"] == "worse"
    assert document("why_not", "why-not", kernel, "k_block=9", code=1)["story"]["domain"]
    assert document("what_if", "whatif", kernel, "--set", "dims.M=128")["comparison"]["terms"]
    plans = [str(tmp_path / name) for name in ("a.json", "b.json")]
    assert run("solve", kernel, "--plan", plans[0]).exit_code == 0
    assert run("solve", kernel, "--plan", plans[1], "--pin", "cores=1").exit_code == 0
    changed = {one["decision"] for one in document("comparison", "diff", *plans)["decisions"]}
    assert "cores" in changed


def test_pictures_are_written_as_svg_and_html(kernel: str, tmp_path: Path) -> None:
    for ending in (".svg", ".html"):
        path = tmp_path / f"small{ending}"
        assert run("explain", kernel, "grid", "-o", str(path)).exit_code == 0
        written = path.read_text()
        assert "L1 of the fullest core" in written and "cores" in written
        if ending == ".svg":
            assert len(ElementTree.fromstring(written)) == 2
        else:
            assert "<pre>small on n150" in written


def test_bad_questions_are_refused_before_anything_is_solved(kernel: str, tmp_path: Path) -> None:
    for arguments in (
        ("explain", kernel, "-o", str(tmp_path / "small.png")),
        ("why-not", kernel, "A.dept=4"),
        ("whatif", kernel, "--set", "dims.Q"),
        ("explain", kernel, "A.dept"),
    ):
        result = run(*arguments)
        assert isinstance(result.exception, InputError)
        assert result.exception.exit_code == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.issue)
def test_the_page_of_worked_examples_is_what_ttplan_says(case: Case) -> None:
    written = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
    if case.issue in SLOW and not DEEP:
        assert case.command() in written
        return
    assert section(case) in written, "run: python -m ttplan.explain.worked docs/explain.md"
