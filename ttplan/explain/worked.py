"""docs/explain.md, generated: questions from issues that users reported, with what ttplan answers.

`python -m ttplan.explain.worked docs/explain.md` writes the page. Ids are those of the issue trackers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ttplan.device import load_device
from ttplan.document import validate
from ttplan.explain.command import write_page
from ttplan.explain.diff import diff
from ttplan.explain.explanation import explain
from ttplan.explain.infeasible import infeasible
from ttplan.explain.variants import best_plan
from ttplan.explain.what_if import what_if
from ttplan.explain.why_not import why_not
from ttplan.explain.words import text
from ttplan.kernel import Kernel
from ttplan.rules.problem import Problem
from ttplan.solve import problem_of

Question = Literal["infeasible", "why-not", "what-if", "explain", "diff"]


@dataclass(frozen=True)
class Case:
    """One worked example. a, b, c: dims of the buffers; asked: the arguments of the question."""

    issue: str
    story: str
    question: Question
    dims: Mapping[str, int]
    a: str
    b: str
    c: str = "M N"
    device: str = "n150"
    dtype: str = "bfloat16"
    asked: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    reserve: int = 0
    place: Mapping[str, str] = field(default_factory=dict)

    def kernel(self) -> dict[str, Any]:
        """The kernel document."""
        places = {"A": self.a, "B": self.b, "C": self.c}
        buffers = [
            {"name": name, "dims": dims.split(), "dtype": self.dtype, "io": "out" if name == "C" else "in"}
            | ({"place": self.place[name]} if name in self.place else {})
            for name, dims in places.items()
        ]
        document: dict[str, Any] = {
            "name": "matmul",
            "dims": dict(self.dims),
            "buffers": buffers,
            "ops": [{"op": "matmul", "in": ["A", "B"], "out": "C"}],
        }
        if self.layout:
            document["layout"] = dict(self.layout)
        if self.reserve:
            document["reserve"] = {"l1_bytes": self.reserve}
        return document

    def problem(self) -> Problem:
        """The validated problem."""
        return problem_of(validate(Kernel, self.kernel()), load_device(self.device), self.pins)

    def command(self) -> str:
        """The question as a command line on `kernel.json`."""
        options = "".join(f" --pin '{pin}'" for pin in self.pins) + f" --device {self.device}"
        if self.question == "infeasible":
            return f"ttplan solve kernel.json{options}"
        if self.question == "what-if":
            return "ttplan whatif kernel.json" + "".join(f" --set {one}" for one in self.asked) + options
        asked = "".join(f" '{one}'" for one in self.asked)
        return f"ttplan {self.question} kernel.json{asked}{options}"

    def answer(self) -> str:
        """What ttplan says."""
        return ANSWERS[self.question](self)


def _explained(case: Case) -> str:
    problem = case.problem()
    plan = best_plan(problem)
    assert plan is not None
    return text(explain(problem, plan, case.asked[0] if case.asked else None))


def _compared(case: Case) -> str:
    before = best_plan(case.problem())
    after = best_plan(problem_of(validate(Kernel, case.kernel()), load_device(case.asked[0]), case.pins))
    assert before is not None and after is not None
    return text(diff(before, after))


ANSWERS: dict[str, Callable[[Case], str]] = {
    "infeasible": lambda case: text(infeasible(case.problem())),
    "why-not": lambda case: text(why_not(case.problem(), case.asked)),
    "what-if": lambda case: text(what_if(case.problem(), case.asked)),
    "explain": _explained,
    "diff": _compared,
}
BLOCK = {"memory": "L1", "layout": "block_sharded"}
HEIGHT = {"memory": "L1", "layout": "height_sharded"}
DRAM = {"memory": "DRAM", "layout": "interleaved"}
CASES = (
    Case(
        "tt-metal#36426",
        "A transposed left operand and a core grid given by the user: the stock planner forgot the extra circular buffer"
        " for transposed tiles and overflowed L1 (1721472 of 1499136 bytes). Its block sizes are asked for here; the"
        " buffer it forgot is in the list.",
        "why-not",
        {"M": 11008, "K": 8192, "N": 4096},
        "K M",
        "K N",
        asked=("grid=8x8", "out_block=43x16", "k_block=4"),
        layout={"C": DRAM},
    ),
    Case(
        "tt-metal#16348",
        "The same float32 matmul fits an 8x8 grid and not the 8x7 grid of an n300, where the stock choice lands on four"
        " cores. What would four cores cost?",
        "why-not",
        {"M": 2048, "K": 512, "N": 512},
        "M K",
        "K N",
        device="n300",
        dtype="float32",
        asked=("cores=4",),
        layout={"C": DRAM},
    ),
    Case(
        "tt-mlir#7939/matmul_0",
        "A compiler that keeps every operand in L1 finds no allocation for this matmul. Which buffer is too large, and"
        " what is the cheapest way out?",
        "infeasible",
        {"M": 128, "K": 2560, "N": 19456},
        "M K",
        "K N",
        layout={name: {"memory": "L1", "layout": "interleaved"} for name in "ABC"},
    ),
    Case(
        "tt-metal#32306",
        "A batched matmul with block-sharded output hangs on the device; the user expected it to run or to be refused.",
        "infeasible",
        {"Z": 5, "M": 400, "K": 32, "N": 400},
        "Z M K",
        "Z K N",
        "Z M N",
        device="n300",
        layout={"C": BLOCK},
    ),
    Case(
        "tt-metal#35078",
        "Height-sharded Q x K^T with a 1D program config gives wrong values (PCC 0.12) because the config does not"
        " support a batched right operand.",
        "infeasible",
        {"Z": 8, "M": 256, "K": 32, "N": 256},
        "Z M K",
        "Z K N",
        "Z M N",
        layout={"C": HEIGHT},
    ),
    Case(
        "tt-metal#8641",
        "A width-sharded input on 32 cores and an output of two tile columns: the default config hangs, N is too narrow"
        " for the grid.",
        "infeasible",
        {"M": 32, "K": 4096, "N": 64},
        "M K",
        "K N",
        dtype="bfloat8_b",
        layout={
            "A": {
                "memory": "L1",
                "layout": "width_sharded",
                "nd_shard": {"axes": ["M", "K"], "grid": [1, 32], "shard_shape_elems": [32, 128]},
            }
        },
    ),
    Case(
        "tt-metal#10936",
        "The stock planner insists on 16x16 tiles per core, which needs 13 columns of cores where there are 8, and then"
        " gives up multicast. What does a 16x16 block cost, and what is chosen instead?",
        "why-not",
        {"M": 512, "K": 4096, "N": 6656},
        "M K",
        "K N",
        asked=("out_block=16x16",),
        layout={"C": DRAM},
    ),
    Case(
        "tt-metal#35396/bwd",
        "The default grid of a backward matmul on a P150 was far slower than an explicit one. Why this grid, and what is"
        " next best?",
        "explain",
        {"M": 384, "K": 16384, "N": 1536},
        "K M",
        "K N",
        device="p150",
        asked=("grid",),
        layout={"C": DRAM},
    ),
    Case(
        "tt-metal#42593/N1024",
        "A decode matmul whose weights could be sharded over DRAM banks; the auto selector never does that. Would it pay,"
        " if the weights lay there?",
        "what-if",
        {"M": 32, "K": 8192, "N": 1536},
        "M K",
        "K N",
        dtype="bfloat8_b",
        asked=('layout.B={"memory": "DRAM", "layout": "width_sharded"}',),
    ),
    Case(
        "tt-metal#33245",
        "A prefetcher keeps a global circular buffer of 786624 bytes in every core's L1, and the next program collides"
        " with it. Reservations are part of the problem here: what does this one change?",
        "what-if",
        {"M": 1024, "K": 4608, "N": 18432},
        "M K",
        "K N",
        asked=("reserve.l1_bytes=786624",),
        layout={"C": DRAM},
    ),
    Case(
        "tt-metal#21904",
        'Weights in a wider format no longer fit ("a dtype change should trigger a re-plan"). The plan before and after:',
        "what-if",
        {"M": 1024, "K": 4096, "N": 4096},
        "M K",
        "K N",
        asked=("buffers.1.dtype=float32", "buffers.0.dtype=float32"),
        layout={"C": DRAM},
    ),
)
"""Worked examples, in the order of the page."""

HEAD = """# Explanations

Four questions, each answered by solving:

- `ttplan solve kernel.json` when nothing fits: a minimal conflict, the memory it needs, and changes that help
  (`ttplan.explain.infeasible`)
- `ttplan explain kernel.json [DECISION]`: for each decision what it buys, the best alternatives, what binds, and what
  holds the plan back (`ttplan.explain.explain`); `-o FILE.svg` or `.html` draws L1 and cores. `ttplan solve --explain`
  says the same beside the plan
- `ttplan why-not kernel.json 'A.depth=4'`: the best plan with it, or why there is none (`ttplan.explain.why_not`)
- `ttplan whatif kernel.json --set dims.M=2048`, `--set device=p150` and `ttplan diff a.json b.json`: what changes
  (`ttplan.explain.what_if`, `ttplan.explain.diff`)

All of them return documents (`ttplan/explain/results.py`); the text below is made from those. `--format json` prints
them, `ttplan schema story`, `explanation`, `why_not`, `what_if` and `comparison` print their JSON Schemas. The exit code
is 1 when the answer is that nothing satisfies the requirements.

Decisions have the names that explanations print: `grid=8x4`, `A.depth=3`, `C.layout=L1/block_sharded`, `C.shard=2x8`,
`B.processor=riscv_0`, `l1_accumulation=no`; TTNN's (`in0_block_w=4`, `per_core_M=2`); or atoms of
[the vocabulary](../encodings/vocabulary.md), such as `block_pages(in1,8)`. `--pin` and `why-not` take them all.

How the answers are found:

- **Conflicts** come from `encodings/legality.lp`: the rules without costs, every requirement guarded, so that it can be
  left out. The conflict is minimal: without any member the others have a plan. Requirements of the hardware are dropped
  first while it shrinks, so what the user's own pins explain is explained by them.
- **Relaxations** are solved one by one; the cycles beside each are those of its best plan. Tried are: each pin of the
  conflict dropped or moved to a value nearby, other layouts, smaller formats, reserved L1 given back (as much as the
  least plan lacks, and all), other uses of the destination register; when none of them helps, two or three of them
  together; and then all that the user fixed and that nothing can obey beside the rest of it. What `why-not` asks for is
  never dropped, and several formats are changed together only if no single one helps. What the rules exclude whatever
  it costs is not searched for.
- **Alternatives** are the best plans without the chosen value, from grounded windows of the deciding program asked under
  assumptions; what is in none of them is searched for, with the values that were tried barred from the domains.
- **What follows** from choices (multicast, mode, shards, what a core has, the number of K blocks) is asked the same way.
  An alternative of a choice is the answer where it is the best of all plans that qualify. Ids, pages and arguments name
  the rule that makes them ([rules.md](rules.md), What follows).
- **What holds the plan back**: the requirements that together exclude a cheaper plan, and what each alone costs.
  A limit that is lifted is a larger one: twice the L1, 16 tiles of DST. Where plans are dense, each is looked at on a
  device of its own. Pins that cost much come first, each found by a search: without them everything is cheaper.
- Symmetry and the order of equal plans are never reasons: such decisions are called ties.

The examples below are problems from public issue trackers. The page is generated by
`python -m ttplan.explain.worked docs/explain.md`.
"""


def section(case: Case) -> str:
    """The part of docs/explain.md about one example."""
    kernel = json.dumps(case.kernel())
    head = f"## {case.issue}\n\n{case.story}\n\n`kernel.json`: `{kernel}`\n"
    return f"{head}\n```\n$ {case.command()}\n{case.answer().rstrip()}\n```\n"


def page() -> str:
    """Text of docs/explain.md."""
    return "\n".join([HEAD, *map(section, CASES)])


if __name__ == "__main__":
    write_page(page, __doc__)
