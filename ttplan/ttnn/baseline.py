"""What TTNN would do by itself with a kernel, beside what ttplan plans: config, L1, modelled time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ttplan.device import Device
from ttplan.facts.pins import pins_of
from ttplan.formats import TILE
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible, Problem
from ttplan.solve import solve_problem
from ttplan.ttnn.auto_config import AutoConfig, auto_config
from ttplan.ttnn.buffers import L1Need, l1_need
from ttplan.ttnn.call import MatmulCall, MemoryConfig, Sizes, Tensor
from ttplan.ttnn.configs import MultiCore
from ttplan.ttnn.export import Refusal, operands_of, tensor_of
from ttplan.ttnn.judge import judge
from ttplan.ttnn.rulebook import Finding
from ttplan.ttnn.timing import modelled_cycles


@dataclass(frozen=True)
class StockPlan:
    """TTNN's own choice for a call. cycles: modelled time, None when the config is not legal. separate: ops that the
    chosen config cannot fuse, which TTNN runs in calls of their own; separate_cycles: the least these take.
    """

    call: MatmulCall
    auto: AutoConfig
    need: L1Need | None
    findings: tuple[Finding, ...]
    cycles: int | None
    separate: tuple[str, ...] = ()
    separate_cycles: int = 0

    @property
    def legal(self) -> bool:
        """Whether TTNN runs it."""
        return self.cycles is not None


@dataclass(frozen=True)
class Baseline:
    """stock: TTNN's choice, or why one TTNN call does not compute the kernel. plan: ttplan's best plan. same: its
    best plan with the buffers where the stock call has them (the plan itself when it agrees), None when the
    user's pins exclude one.
    """

    stock: StockPlan | Refusal
    plan: Plan
    same: Plan | None

    @property
    def speedup(self) -> float | None:
        """Modelled time of the stock config over the plan with the same storage."""
        if isinstance(self.stock, Refusal) or self.stock.cycles is None or self.same is None:
            return None
        return self.stock.cycles / self.same.cost.cycles


def stock_plan(call: MatmulCall, device: Device) -> StockPlan:
    """Auto-config's choice for a call, judged and priced, with the calls for what the chosen config cannot fuse."""
    auto = auto_config(call, device)
    if auto.config is None:
        return StockPlan(call, auto, None, (), None)
    bias = None if isinstance(auto.config, MultiCore) else call.bias
    activation = getattr(auto.config, "fused_activation", None)
    update = {"program_config": auto.config, "bias": bias, "activation": activation}
    chosen = call.model_copy(update=update)
    separate = tuple(
        op
        for op, before, after in (
            ("add_row", call.bias, bias),
            (call.activation, call.activation, activation),
        )
        if op is not None and before is not None and after is None
    )
    findings, need = judge(chosen, device), l1_need(chosen, device)
    if findings:
        return StockPlan(chosen, auto, need, findings, None, separate)
    rest = sum(_separate_cycles(op, chosen, device) for op in separate)
    return StockPlan(chosen, auto, need, (), modelled_cycles(chosen, device) + rest, separate, rest)


def _separate_cycles(op: str, call: MatmulCall, device: Device) -> int:
    """The least an elementwise call takes: its start and the arithmetic on all cores, no data movement."""
    size, calibration = Sizes.of(call), device.calibration
    tiles = -(-size.batch * size.m * size.n // len(device.cores))
    return calibration.startup + tiles * calibration.epilogue_tile[op]


def stock_call(plan: Plan) -> MatmulCall | Refusal:
    """The call a user would write for the plan's kernel: buffers where the kernel has them, the rest in DRAM."""
    operands = operands_of(plan)
    if isinstance(operands, Refusal):
        return operands
    tensors = [_tensor(plan, name) for name in operands.names]
    return MatmulCall(
        device=plan.device.name,
        a=tensors[0],
        b=tensors[1],
        bias=tensors[2] if len(tensors) > 2 else None,
        out=_tensor(plan, operands.outcome),
        transpose_a=operands.transpose_a,
        transpose_b=operands.transpose_b,
        activation=operands.activation,
        compute=plan.kernel.compute,
        reserved_l1=plan.kernel.reserve.l1_bytes,
    )


def _pinned(plan: Plan, name: str) -> bool:
    layout = plan.kernel.layout.get(name)
    return layout is not None and (layout.memory, layout.layout, layout.nd_shard) != (None, None, None)


def _tensor(plan: Plan, name: str) -> Tensor:
    tensor = tensor_of(plan.buffer(name))
    if not _pinned(plan, name):
        return tensor.model_copy(update={"memory": MemoryConfig()})
    return tensor if plan.kernel.layout[name].nd_shard is not None else _unpadded(tensor)


def _unpadded(tensor: Tensor) -> Tensor:
    """As many shards, none larger than it must be: a plan pads shards to whole subblocks, a user would not."""
    spec = tensor.memory.shard_spec
    if spec is None:
        return tensor
    sizes = (tensor.matrices * tensor.tiles[0], tensor.tiles[1])
    counts = [-(-size // side) for size, side in zip(sizes, spec.tiles, strict=True)]
    sides = [-(-size // count) for size, count in zip(sizes, counts, strict=True)]
    if [-(-size // side) for size, side in zip(sizes, sides, strict=True)] != counts:
        return tensor
    shape = (sides[0] * TILE, sides[1] * TILE)
    memory = tensor.memory.model_copy(update={"shard_spec": spec.model_copy(update={"shape": shape})})
    return tensor.model_copy(update={"memory": memory})


def baseline(plan: Plan, problem: Problem, pins: tuple[str, ...] = ()) -> Baseline:
    """TTNN's choice beside a solved problem's plan. pins: the texts of the problem's pins.

    Raises TimeLimit.
    """
    call = stock_call(plan)
    if isinstance(call, Refusal):
        return Baseline(call, plan, plan)
    moved = tuple(
        f"{buffer.name}.layout=DRAM/interleaved"
        for buffer in plan.buffers
        if not _pinned(plan, buffer.name) and (buffer.memory, buffer.layout) != ("DRAM", "interleaved")
    )
    stock = stock_plan(call, plan.device)
    if not moved:
        return Baseline(stock, plan, plan)
    pinned = replace(problem, pins=pins_of(problem.flow, problem.device, (*pins, *moved)))
    try:
        return Baseline(stock, plan, solve_problem(pinned, (*pins, *moved)).plan)
    except Infeasible:
        return Baseline(stock, plan, None)
