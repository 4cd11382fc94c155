"""docs/rules.md, generated: every named rule with its message, its source, and a small kernel that violates it.

`python -m ttplan.explain.handbook docs/rules.md` writes the page; a test holds the page against the encodings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from ttplan.ttnn import for_ttnn


@dataclass(frozen=True)
class Example:
    """A problem that violates a rule. dims: sizes of M, K, N; layout: of the kernel; changed: `path=value` of the device.

    batch: matrices of the output and of the inputs named by `batched`. epilogue: unary ops. ttnn: with the rules of
    `--for ttnn`. with_rules: rules that are part of the conflict beside this one.
    """

    dims: tuple[int, int, int] = (64, 64, 64)
    pins: tuple[str, ...] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[tuple[str, Any], ...] = ()
    transposed: bool = False
    batch: int = 0
    batched: tuple[str, ...] = ("A",)
    dtype: str = "bfloat16"
    epilogue: tuple[str, ...] = ()
    ttnn: bool = False
    with_rules: tuple[str, ...] = ()

    def kernel(self) -> dict[str, Any]:
        """The kernel document."""
        stored = {"A": ["K", "M"] if self.transposed else ["M", "K"], "B": ["K", "N"], "C": ["M", "N"]}
        many = ("C", *self.batched) if self.batch else ()
        values = [*(f"t{place}" for place in range(len(self.epilogue))), "C"]
        steps = zip(self.epilogue, values, values[1:], strict=False)
        dims = dict(zip(("M", "K", "N"), self.dims, strict=True))
        return {
            "name": "example",
            "dims": {**dims, **({"Z": self.batch} if self.batch else {})},
            "buffers": [
                {
                    "name": name,
                    "dims": ["Z"] * (name in many) + dims_of,
                    "dtype": self.dtype,
                    "io": "out" if name == "C" else "in",
                }
                for name, dims_of in stored.items()
            ],
            "ops": [
                {"op": "matmul", "in": ["A", "B"], "out": values[0]},
                *({"op": op, "in": [before], "out": after} for op, before, after in steps),
            ],
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
        problem = problem_of(validate(Kernel, self.kernel()), validate(Device, device), self.pins)
        return for_ttnn(problem) if self.ttnn else problem

    def words(self) -> str:
        """The example as one line."""
        m, k, n = self.dims
        left, right = (f"{self.batch} x " if self.batch and name in self.batched else "" for name in "AB")
        a = f"{k} x {m} (stored transposed)" if self.transposed else f"{m} x {k}"
        parts = [f"A {left}{a}, B {right}{k} x {n}" + (f", {self.dtype}" if self.dtype != "bfloat16" else "")]
        parts += [" then ".join(self.epilogue)] if self.epilogue else []
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
    "shard_one_matrix": Example(layout={"A": _l1("height_sharded")}, batch=2, batched=("A", "B")),
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
WIDTH, BANKS = _l1("width_sharded"), {"memory": "DRAM", "layout": "width_sharded"}
NO_CORNER = (("grid.missing", [[0, 0]]),)
TTNN_EXAMPLES: dict[str, Example] = {
    name: replace(one, ttnn=True)
    for name, one in {
        "ttnn_dtype": Example(dtype="float16"),
        "ttnn_epilogue": Example(epilogue=("relu", "gelu")),
        "ttnn_anchor": Example(pins=("scheme=multicast_in0",), changed=NO_CORNER),
        "ttnn_k_blocks": Example(dims=(64, 160, 64), pins=("k_block=2",)),
        "ttnn_per_core": Example(dims=(96, 64, 64), pins=("per_core_M=4",)),
        "ttnn_dst": Example(dims=(128, 64, 128), pins=("subblock=4x4",)),
        "ttnn_movers": Example(pins=("carries(riscv_1,out)",)),
        "ttnn_depth": Example(pins=("A.depth=3",)),
        "ttnn_reuse": Example(pins=("grid=1x1",), changed=NO_CORNER),
        "ttnn_batch": Example(batch=2, batched=("B",)),
        "ttnn_sharded_out": Example(
            dims=(128, 128, 128),
            pins=("subblock=2x1",),
            layout={"C": _l1("height_sharded")},
            with_rules=("shard_scheme",),
        ),
        "ttnn_local_in1": Example(
            dims=(64, 64, 256),
            pins=("out_block_w=1", "cores=4"),
            layout={"B": WIDTH},
            with_rules=("shard_scheme",),
        ),
        "ttnn_dram_sharded": Example(dims=(32, 64, 384), layout={"B": BANKS}),
        "ttnn_dram_subblock": Example(
            dims=(32, 384, 768),
            pins=("subblock=1x1",),
            layout={"A": WIDTH, "B": BANKS, "C": WIDTH},
            with_rules=("ttnn_dram_sharded", "dram_sharded"),
        ),
    }.items()
}
"""The same for the rules of `--for ttnn`; but for `ttnn_dst`, ttplan's own rules allow these problems."""


def conflict_of(example: Example) -> tuple[Member, ...]:
    """The minimal conflict of an example."""
    problem = example.problem()
    found = Legality(problem, problem.obeyed()).conflict() or ()
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
    yield from _with_examples(rules(), EXAMPLES)
    yield "# What follows\n"
    yield "Decisions without a choice of their own. Explanations name these where no other choice makes another value.\n"
    for name, rule in derivations().items():
        yield from _rule(name, rule)
        yield f"- source: {rule.source}\n"
    yield "# Rules of `--for ttnn`\n"
    yield "Plans for TTNN obey these beside the others (docs/ttnn.md).\n"
    yield from _with_examples(rules_in(encodings.text("ttnn"), "encodings/ttnn.lp"), TTNN_EXAMPLES)


def _rule(name: str, rule: Rule) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{rule.message}\n"
    yield f"- encoding: `{rule.file}`"


def _with_examples(found: Mapping[str, Rule], examples: Mapping[str, Example]) -> Iterator[str]:
    for name, rule in found.items():
        yield from _rule(name, rule)
        yield f"- source: {rule.source}"
        yield f"- violated by: {examples[name].words()}\n"
        yield "```"
        for index, member in enumerate(conflict_of(examples[name]), 1):
            label = {"rule": f"rule {member.name}: ", "layout": "layout: ", "pin": "pin: "}[member.kind]
            text = member.name.removeprefix("--pin ") if member.kind == "pin" else member.message
            yield f"{index}. {label}{text}"
        yield "```\n"


if __name__ == "__main__":
    write_page(page, __doc__)
