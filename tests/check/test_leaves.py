"""Every decision of a plan is checked: changing any value is noticed, and nothing makes the checker fail."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from ttplan.check import check_plan
from ttplan.plan import Plan

from .variants import VARIANTS, plan_of

Path = tuple[str | int, ...]

FREE = re.compile(r"^(version|status|kernels\.\d+\.name|.*\.note)$")
"""Values that may change in a good plan: the ttplan that made it, names and notes, a bounded status."""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of all numbers, texts and flags of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif value is not None:
        yield path, value


def is_free(document: Any, path: Path) -> bool:
    """Whether a good plan may have another value here.

    A rectangle may include its sender or not, a core that owns no shard has any turn after the last.
    """
    if FREE.match(".".join(map(str, path))):
        return True
    if path[0] != "kernels" or "values" not in str(path[2]):
        return False
    listed = document["kernels"][path[1]]["common_args" if path[2] == "common_values" else "runtime_args"]
    name = listed[path[-1]]["name"] if path[2] == "common_values" or "values" in path[3:] else ""
    return "_dest" in name or name.endswith("_owner")


def other_values(value: Any, rng: random.Random) -> list[Any]:
    """A few values of the same type that are different."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return sorted({value + 1, max(0, value - 1), value * 2 + 1, rng.randrange(2**31)} - {value})
    if isinstance(value, float):
        return [value * 2 + 1]
    words = [
        "in0",
        "in1",
        "out",
        "read",
        "receive",
        "local",
        "A",
        "B",
        "C",
        "value",
        "noc_x",
        "bfloat16",
        "float32",
        "L1",
    ]
    words += [
        "interleaved",
        "width_sharded",
        "compute",
        "riscv_0",
        "riscv_1",
        "split",
        "multicast_in1",
        "local_shard",
    ]
    return [word for word in words if word != value]


def replaced(document: Any, path: Path, value: Any) -> Any:
    """A copy of a document with one value changed; only the containers on the path are copied."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = replaced(document[path[0]], path[1:], value)
    return copy


def valid_changes(name: str, limit: int) -> Iterator[tuple[str, Any, Plan]]:
    """Well-formed plans that differ in one value from the plan of a variant."""
    rng = random.Random(name)
    document = plan_of(name).model_dump(mode="json", by_alias=True)
    decided = [leaf for leaf in leaves(document) if leaf[0][0] not in ("kernel", "device", "schema")]
    decided = [leaf for leaf in decided if not is_free(document, leaf[0])]
    for path, value in rng.sample(decided, min(limit, len(decided))):
        for other in rng.sample(choices := other_values(value, rng), len(choices)):
            try:
                plan = Plan.model_validate(replaced(document, path, other))
            except ValidationError:
                continue
            yield ".".join(map(str, path)), other, plan
            break


@pytest.mark.parametrize("name", VARIANTS)
def test_changing_any_value_of_a_plan_is_noticed(name: str) -> None:
    changes = valid_changes(name, 60)
    assert [f"{path} = {value}" for path, value, plan in changes if not check_plan(plan)] == []


@pytest.mark.parametrize("name", ["grid", "grid_rotation", "split_batches", "tall_local_rows"])
def test_changing_the_kernel_or_the_device_never_makes_the_checker_fail(name: str) -> None:
    rng = random.Random(name)
    document = plan_of(name).model_dump(mode="json", by_alias=True)
    for path, value in leaves(document):
        if path[0] in ("kernel", "device"):
            for other in other_values(value, rng)[:3]:
                try:
                    plan = Plan.model_validate(replaced(document, path, other))
                except ValidationError:
                    continue
                assert isinstance(check_plan(plan), tuple)
