"""docs/rules.md, generated: every named rule with its message, its source, and a small kernel that violates it.

`python -m ttplan.explain.handbook docs/rules.md` writes the page; a test holds the page against the encodings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.explain.command import write_page
from ttplan.explain.infeasible import member_of
from ttplan.explain.legality import Legality
from ttplan.explain.results import Member
from ttplan.explain.rulebook import Rule, derivations, rules, rules_in
from ttplan.kernel import Kernel
from ttplan.rules import encodings
from ttplan.rules.problem import Problem
from ttplan.solve import problem_of


@dataclass(frozen=True)
class Example:
    """A problem that violates a rule. dims: sizes of M, K, N; layout: of the kernel; changed: `path=value` of the device.

    batch: matrices of A, and of B too when `both`. with_rules: rules that are part of the conflict beside this one.
    """

    dims: tuple[int, int, int] = (64, 64, 64)
    pins: tuple[str, ...] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[tuple[str, int], ...] = ()
    transposed: bool = False
    batch: int = 0
    both: bool = False
    with_rules: tuple[str, ...] = ()

    def kernel(self) -> dict[str, Any]:
        """The kernel document."""
        rows = ["K", "M"] if self.transposed else ["M", "K"]
        many = ["Z"] if self.batch else []
        dims = dict(zip(("M", "K", "N"), self.dims, strict=True))
        return {
            "name": "example",
            "dims": {**dims, **({"Z": self.batch} if self.batch else {})},
            "buffers": [
                {"name": "A", "dims": many + rows, "dtype": "bfloat16", "io": "in"},
                {
                    "name": "B",
                    "dims": (many if self.both else []) + ["K", "N"],
                    "dtype": "bfloat16",
                    "io": "in",
                },
                {"name": "C", "dims": [*many, "M", "N"], "dtype": "bfloat16", "io": "out"},
            ],
            "ops": [{"op": "matmul", "in": ["A", "B"], "out": "C"}],
            "layout": dict(self.layout),
        }

    def problem(self) -> Problem:
        """The problem on an n150, changed as the example says."""
        device = load_device("n150").model_dump(by_alias=True)
        for path, value in self.changed:
            *parents, last = path.split(".")
            here = device
            for parent in parents:
                here = here[parent]
            here[last] = value
        return problem_of(validate(Kernel, self.kernel()), validate(Device, device), self.pins)

    def words(self) -> str:
        """The example as one line."""
        m, k, n = self.dims
        left = f"{self.batch} x " if self.batch else ""
        right = left if self.both else ""
        a = f"{k} x {m} (stored transposed)" if self.transposed else f"{m} x {k}"
        parts = [f"A {left}{a}, B {right}{k} x {n}"]
        parts += [f"{name} in {json.dumps(entry)}" for name, entry in self.layout.items()]
        parts += [f"`--pin {pin}`" for pin in self.pins]
        parts += [f"a device with {path} = {value}" for path, value in self.changed]
        return "; ".join(parts)


def _l1(layout: str, **shard: Any) -> dict[str, Any]:
    return {"memory": "L1", "layout": layout, **({"nd_shard": shard} if shard else {})}


SHARD = {"axes": ["M", "K"], "grid": [1, 2], "shard_shape_elems": [64, 96]}
EXAMPLES: dict[str, Example] = {
    "subblock_divides": Example(dims=(96, 64, 96), pins=("out_block=3x3", "subblock=2x1")),
    "dst_capacity": Example(dims=(128, 64, 128), pins=("subblock=4x4",)),
    "l1_capacity": Example(dims=(512, 512, 512), pins=("out_block=16x16", "k_block=16")),
    "cb_count": Example(changed=(("circular_buffers.count", 2),)),
    "cb_pages": Example(pins=("out_block=2x2", "k_block=2"), changed=(("circular_buffers.max_pages", 3),)),
    "shard_scheme": Example(layout={"A": _l1("height_sharded"), "C": _l1("block_sharded")}),
    "shard_one_matrix": Example(layout={"A": _l1("height_sharded")}, batch=2, both=True),
    "shard_not_transposed": Example(layout={"A": _l1("height_sharded")}, transposed=True),
    "shard_shape": Example(
        dims=(128, 64, 128),
        pins=("grid=4x4",),
        layout={"C": _l1("block_sharded", axes=["M", "N"], grid=[2, 2], shard_shape_elems=[64, 64])},
    ),
    "shard_grid": Example(
        pins=("per_core_M=2",),
        layout={"C": _l1("height_sharded", axes=["M", "N"], grid=[2, 1], shard_shape_elems=[32, 64])},
    ),
    "dram_capacity": Example(dims=(256, 256, 256), changed=(("dram.bank_bytes", 4096),)),
    "k_shard_block": Example(
        dims=(64, 192, 128), pins=("k_block=2",), layout={"A": _l1("width_sharded", **SHARD)}
    ),
    "k_shard_owners": Example(
        dims=(64, 192, 128),
        layout={"A": _l1("width_sharded", **{**SHARD, "grid": [1, 6], "shard_shape_elems": [64, 32]})},
    ),
    "runtime_args": Example(
        dims=(64, 192, 128),
        layout={"A": _l1("width_sharded", **SHARD)},
        changed=(("limits.runtime_args", 4),),
    ),
    "local_whole_rows": Example(dims=(64, 64, 160), pins=("C.layout=L1/height_sharded", "out_block_w=2")),
    "dram_sharded": Example(layout={"B": {"memory": "DRAM", "layout": "width_sharded"}}),
    "given_layout": Example(pins=("A.layout=L1/interleaved",)),
}
"""For every named rule a problem whose minimal conflict has it."""


def conflict_of(example: Example) -> tuple[Member, ...]:
    """The minimal conflict of an example."""
    problem = example.problem()
    found = Legality(problem).conflict() or ()
    return tuple(member_of(problem, item) for item in found)


HEAD = """# Rules

Every hard rule of the encodings has a name. A plan obeys all of them; an explanation that there is no plan, or that a
decision is impossible, names the ones that matter. This page is generated from the encodings by
`python -m ttplan.explain.handbook docs/rules.md`; the conflicts below are what the solver finds for the examples.

A pin, a layout given by the kernel, and a shard given by the kernel are requirements too, and appear in conflicts beside
the rules. What a decision can be at all (which cuts of an axis leave no core idle, which grids fit on the device, at most
four blocks in a circular buffer) is a domain, not a rule: an impossible value is answered with the possible ones.
"""


def page() -> str:
    """Text of docs/rules.md."""
    return "\n".join([HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    for name, rule in rules().items():
        yield f"## {name}\n"
        yield f"{rule.message}\n"
        yield f"- encoding: `{rule.file}`"
        yield f"- source: {rule.source}"
        yield f"- violated by: {EXAMPLES[name].words()}\n"
        yield "```"
        for index, member in enumerate(conflict_of(EXAMPLES[name]), 1):
            label = {"rule": f"rule {member.name}: ", "layout": "layout: ", "pin": "pin: "}[member.kind]
            text = member.name.removeprefix("--pin ") if member.kind == "pin" else member.message
            yield f"{index}. {label}{text}"
        yield "```\n"
    yield "# What follows\n"
    yield "Decisions without a choice of their own. Explanations name these where no other choice makes another value.\n"
    yield from _listed(derivations())
    yield "# Rules of `--for ttnn`\n"
    yield "Plans for TTNN obey these beside the others (docs/ttnn.md).\n"
    yield from _listed(rules_in(encodings.text("ttnn"), "encodings/ttnn.lp"))


def _listed(found: Mapping[str, Rule]) -> Iterator[str]:
    for name, rule in found.items():
        yield f"## {name}\n"
        yield f"{rule.message}\n"
        yield f"- encoding: `{rule.file}`"
        yield f"- source: {rule.source}\n"


if __name__ == "__main__":
    write_page(page, __doc__)
