"""What would change: the best plan before and after some numbers of kernel or device are different."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.errors import BadInputs, InputError, found_in
from ttplan.explain.decisions import compare, short
from ttplan.explain.infeasible import infeasible
from ttplan.explain.results import Relaxation, WhatIf
from ttplan.explain.variants import plan_or_refusal, rebuilt, totals
from ttplan.kernel import Kernel
from ttplan.rules.problem import Infeasible, Problem


def what_if(problem: Problem, changes: tuple[str, ...]) -> WhatIf:
    """Solve again after changes such as `dims.M=2048`, `device.l1.bytes=1048576`,
    `compute.math_fidelity=LoFi`.

    `device=NAME` takes another device, `device.l1=BYTES` is short for `device.l1.bytes=BYTES`. A path begins with
    `device.` for the device document, anything else is a path of the kernel document; items of a list are numbers or,
    where they have one, names (`buffers.A.dtype=bfloat8_b`).
    Raises InputError or BadInputs for a path or value the documents do not have, and for a path that is set twice.
    """
    kernel: dict[str, Any] = problem.flow.kernel.model_dump(by_alias=True, mode="json")
    device: dict[str, Any] = problem.device.model_dump(by_alias=True, mode="json")
    seen: list[list[str]] = []
    for text in changes:
        path, equals, value = text.partition("=")
        if not equals:
            raise InputError("--set", "a change is PATH=VALUE", text)
        parts = path.strip().split(".")
        if parts == ["device", "l1"] and value.strip().isdigit():
            parts.append("bytes")
        if any(parts == other for other in seen):
            raise InputError("--set", "a path is set twice", path)
        seen.append(parts)
        if parts == ["device"]:
            device = load_device(value.strip(), "--set device").model_dump(by_alias=True, mode="json")
            continue
        document = device if parts[0] == "device" else kernel
        _set(document, parts[1:] if parts[0] == "device" else parts, _value(value.strip()), text)
    with found_in("--set"):
        changed = rebuilt(problem, validate(Kernel, kernel), _device(device))
    before, after = plan_or_refusal(problem), plan_or_refusal(changed)
    if isinstance(after, Infeasible):
        return WhatIf(changes=changes, story=infeasible(changed, after))
    if isinstance(before, Infeasible):
        first = Relaxation(changes=changes, totals=totals(after), decisions=short(after))
        return WhatIf(changes=changes, first=first)
    return WhatIf(changes=changes, comparison=compare(before, after))


def _device(document: dict[str, Any]) -> Device:
    """The changed device; what is wrong with it is named by the paths that `--set` takes."""
    try:
        return validate(Device, document)
    except BadInputs as error:
        problems = tuple(replace(one, path=f"device.{one.path}") for one in error.problems)
        raise BadInputs(problems) from None


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _set(document: dict[str, Any], parts: list[str], value: object, text: str) -> None:
    here: Any = document
    closed = (document, document.get("dims"))  # a dim that no buffer has would change nothing
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if isinstance(here, list):
            names = [one.get("name") if isinstance(one, dict) else None for one in here]
            places = {str(place): place for place in range(len(here))}
            places |= {name: place for place, name in enumerate(names) if name is not None}
            if part not in places:
                raise InputError("--set", f"{text}: no such item", part, places)
            key: Any = places[part]
        elif isinstance(here, dict) and (part in here or (last and here not in closed)):
            key = part
        else:
            allowed = tuple(here) if isinstance(here, dict) else ()
            raise InputError("--set", f"{text}: no such key", part, allowed)
        if last:
            here[key] = value
            return
        here = here[key]
