"""What the command line says about TTNN: a plan as a call (`render --target ttnn`), a judged config
(`check --ttnn`), and the baseline, as text and as JSON.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ttplan.device import load_device
from ttplan.document import load, write_files
from ttplan.errors import InputError
from ttplan.plan import Plan
from ttplan.ttnn.baseline import Baseline, StockPlan
from ttplan.ttnn.buffers import L1Need, l1_need
from ttplan.ttnn.call import MatmulCall
from ttplan.ttnn.code import to_json, to_python
from ttplan.ttnn.configs import ProgramConfig
from ttplan.ttnn.export import Refusal, export
from ttplan.ttnn.judge import judge
from ttplan.ttnn.nearest import nearest_legal
from ttplan.ttnn.timing import modelled_cycles


def exported(plan: Plan) -> dict[str, str]:
    """File name -> text of the TTNN call that runs a plan. Raises InputError naming the rule that forbids it."""
    program = export(plan)
    if isinstance(program, Refusal):
        hint = "ttplan solve --for ttnn leaves only plans that TTNN runs"
        raise InputError(
            program.rule, f"no TTNN call runs this plan: {program.text} ({program.source}); {hint}"
        )
    return {"ttnn_call.py": to_python(program), "ttnn_call.json": to_json(program)}


def write_exported(files: dict[str, str], folder: Path) -> None:
    """Write the files of a call into the folder of `--out`. Raises InputError."""
    write_files({folder / name: text for name, text in files.items()}, "--out")


def check_call(path: Path, device_name: str | None = None) -> tuple[dict[str, Any], str]:
    """(document, text) of the verdict on a `ttplan.ttnn/1` file; `legal` in the document is the verdict.

    device_name: judged on this device instead of the one in the file. Raises InputError or BadInputs.
    """
    call = load(MatmulCall, path)
    if call.program_config is None:
        raise InputError("program_config", "required key is missing", file=str(path))
    device = load_device(device_name or call.device)
    findings, need = judge(call, device), l1_need(call, device)
    nearest = nearest_legal(call, device) if findings else None
    cycles = None if findings else modelled_cycles(call, device)
    document = {
        "legal": not findings,
        "device": device.name,
        "findings": [{**asdict(finding), "numbers": dict(finding.numbers)} for finding in findings],
        "l1": _need(need),
        "nearest": None if nearest is None else plain(nearest),
        "cycles": cycles,
    }
    lines = [
        f"{call.program_config.kind} on {device.name}: {'TTNN refuses or breaks it' if findings else 'legal'}"
    ]
    lines += [f"  - {item.text}  [{item.rule}, {item.effect}: {item.source}]" for item in findings]
    lines += _need_lines(need)
    if cycles is not None:
        lines.append(f"modelled time: {cycles} cycles")
    if findings:
        lines.append("nearest legal config:" if nearest else "no legal config of this class was found nearby")
    if nearest is not None:
        lines += [f"  {line}" for line in _changes(call.program_config, nearest)]
    return document, "\n".join(lines) + "\n"


def plain(config: ProgramConfig) -> dict[str, Any]:
    """A config as JSON values."""
    return config.model_dump(mode="json", by_alias=True, exclude_none=True)


def _changes(before: ProgramConfig, after: ProgramConfig) -> list[str]:
    old, new = plain(before), plain(after)
    return [
        f"{key}={value}" + ("" if old.get(key) == value else f"  (was {old.get(key)})")
        for key, value in new.items()
    ]


def _need(need: L1Need) -> dict[str, Any]:
    return {
        "circular_buffers": [asdict(cb) for cb in need.circular_buffers],
        "circular_buffer_bytes": need.end,
        "tensor_bytes": need.tensors,
        "space": need.space,
    }


def _need_lines(need: L1Need) -> list[str]:
    lines = [f"L1 of a core: circular buffers {need.end} B, tensors {need.tensors} B, of {need.space} B"]
    for cb in need.circular_buffers:
        lines.append(
            f"  c_{cb.index:<3}{cb.name:<15}{cb.bytes:>9} B{'  on the shard' if cb.on_tensor else ''}"
        )
    return lines


def baseline_document(result: Baseline) -> dict[str, Any]:
    """The comparison as JSON values."""
    stock: dict[str, Any]
    if isinstance(result.stock, Refusal):
        stock = asdict(result.stock)
    else:
        config, need = result.stock.auto.config, result.stock.need
        stock = {
            "path": result.stock.auto.path,
            "program_config": None if config is None else plain(config),
            "findings": [finding.text for finding in result.stock.findings],
            "l1": None if need is None else _need(need),
            "cycles": result.stock.cycles,
            "separate": list(result.stock.separate),
            "separate_cycles": result.stock.separate_cycles,
        }
    return {
        "stock": stock,
        "plan": _plan(result.plan),
        "same_storage": None if result.same is None else _plan(result.same),
        "speedup": result.speedup,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "scheme": plan.partition.scheme,
        "grid": list(plan.partition.grid),
        "out_block": list(plan.blocking.out_block),
        "k_block": plan.blocking.k_block,
        "subblock": list(plan.blocking.subblock),
        "buffers": {buffer.name: f"{buffer.memory}/{buffer.layout}" for buffer in plan.buffers},
        "l1_bytes": plan.cost.l1_bytes,
        "cycles": plan.cost.cycles,
        "status": plan.status,
    }


def baseline_text(result: Baseline) -> str:
    """The comparison for people."""
    lines = _stock_lines(result.stock)
    if result.same is None:
        lines.append("ttplan, same storage: the pins exclude a plan")
    else:
        lines += _plan_lines("ttplan, same storage", result.same)
    if result.plan is not result.same:
        lines += _plan_lines("ttplan, free storage", result.plan)
    if result.speedup is not None:
        lines.append(f"modelled speed-up with the same storage: {result.speedup:.2f}")
    return "\n".join(lines) + "\n"


def _stock_lines(stock: StockPlan | Refusal) -> list[str]:
    if isinstance(stock, Refusal):
        return [f"TTNN: no single call computes this kernel: {stock.text}  [{stock.rule}: {stock.source}]"]
    if stock.auto.config is None:
        return [f"TTNN auto-config: refused ({stock.auto.path})"]
    verdict = f"{stock.cycles} cycles modelled" if stock.legal else "not legal"
    lines = [f"TTNN auto-config: {stock.auto.config.kind} ({stock.auto.path}), {verdict}"]
    fields = {key: value for key, value in plain(stock.auto.config).items() if key != "class"}
    lines.append("  " + ", ".join(f"{key}={value}" for key, value in fields.items()))
    lines += [f"  - {item.text}  [{item.rule}, {item.effect}: {item.source}]" for item in stock.findings]
    if stock.separate:
        ops, cycles = ", ".join(stock.separate), stock.separate_cycles
        lines.append(f"  not fused, in calls of their own: {ops} (at least {cycles} of the cycles)")
    if stock.need is not None:
        lines.append(f"  L1 {stock.need.total} of {stock.need.space} B")
    return lines


def _plan_lines(title: str, plan: Plan) -> list[str]:
    found = _plan(plan)
    block, grid = "x".join(map(str, found["out_block"])), "x".join(map(str, found["grid"]))
    return [
        f"{title}: {found['scheme']}, {found['cycles']} cycles modelled ({found['status']})",
        f"  grid {grid}, out block {block}, K block {found['k_block']}, subblock {'x'.join(map(str, found['subblock']))}",
        "  " + ", ".join(f"{name} {where}" for name, where in found["buffers"].items()),
        f"  L1 {found['l1_bytes']} of {plan.device.l1_usable} B",
    ]
