"""Reads the body of a PrimFunc once, symbolically: buffers hold formulas, writes to parameters are kept.

Loops are executed for one symbolic iteration. A buffer that only grows by addends becomes a sum over the
loop; anything else carried from one iteration to the next is undefined after it, and refused where it is
used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from ttplan.extract.index import (
    Compare,
    Condition,
    Index,
    Variable,
    add,
    constant,
    negated,
    text,
    truth,
    variable,
    variables,
)
from ttplan.extract.scalar import buffer_of, check_race, condition_of, fixed, index_of, value_of
from ttplan.extract.state import (
    Local,
    Node,
    Parameter,
    State,
    Store,
    Tile,
    call_name,
    identity,
    kind,
    numbers,
    refusal,
    source_file,
)
from ttplan.extract.tile_ops import is_write, run
from ttplan.extract.value import (
    Apply,
    Carried,
    Cast,
    Const,
    Select,
    Sum,
    Undefined,
    Value,
    addends,
    substituted,
    value_variables,
    walk,
)

_SERIAL, _PARALLEL, _VECTORIZED, _UNROLLED, _THREADS = range(5)
"""tvm::tirx::ForKind."""
_LOOP_HINTS = (
    "num_stages",
    "tl_pipeline_order",
    "tl_pipeline_stage",
    "coalesced_width",
    "parallel_loop_layout",
)
_LOOP_HINT_PREFIXES = ("pragma_unroll", "tl_pipeline_")
_BLOCK_HINTS = ("tl.launch_threads", "layout_map", "l2_hit_ratio_map", "tl.non_restrict_params")
_MEANINGS = {
    "barrier_init": "manual barriers, the mark of a warp-specialised kernel",
    "warp_specialize": "a warp-specialised section",
    "reducer_info": "T.alloc_reducer",
    "safe_value_map": "T.annotate_safe_value, which changes what is read outside a tensor",
}
_ATTRIBUTE_HINTS = ("threadblock_swizzle_pattern", "tl.min_blocks_per_sm", "tl.assume")


def interpret(function: Node, name: str, sizes: Mapping[str, float]) -> State:
    """State after the whole body of a PrimFunc.

    sizes: values of dynamic dims and of runtime scalars, by their name in the source.
    Raises InputError for the first statement that is not understood.
    """
    state = State(name, file=source_file(function))
    for position, handle in enumerate(function.params):
        if handle in function.buffer_map:
            _parameter(state, position, function.buffer_map[handle], sizes)
        else:
            _scalar(state, handle, sizes)
    try:
        _statement(state, function.body, "body")
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        # A node of another TileLang version: its fields are not where this module expects them.
        what = f"{type(error).__name__}: {error}"
        raise refusal(state.kernel, state.place, f"a node has an unexpected form ({what})") from None
    return state


def _parameter(state: State, position: int, buffer: Node, sizes: Mapping[str, float]) -> None:
    for extent in buffer.shape:
        if kind(extent) == "Var" and identity(extent) not in state.bindings:
            size = sizes.get(str(extent.name))
            if size is None:
                state.refuse(
                    f"the dim {extent.name} of {buffer.name} is dynamic; give it a size",
                    None,
                    (f"-D {extent.name}=...",),
                )
            if not float(size).is_integer() or size < 1:
                state.refuse(
                    f"the dim {extent.name} of {buffer.name} has no such size", size, ("a whole number >= 1",)
                )
            state.bindings[identity(extent)] = constant(int(size))
    shape = tuple(fixed(state, extent) for extent in buffer.shape)
    if any(extent < 1 for extent in shape):
        state.refuse(f"a dim of {buffer.name} has no elements", numbers(shape), ("sizes >= 1",))
    expected = 1
    for extent, stride in zip(reversed(shape), reversed(list(buffer.strides or ())), strict=False):
        if fixed(state, stride) != expected and extent != 1:
            state.refuse(
                f"the parameter {buffer.name} is strided",
                [fixed(state, s) for s in buffer.strides],
                ("dense rows",),
            )
        expected *= extent
    state.parameters[identity(buffer.data)] = Parameter(position, str(buffer.name), shape, str(buffer.dtype))


def _scalar(state: State, handle: Node, sizes: Mapping[str, float]) -> None:
    name = str(handle.name)
    if name not in sizes:
        reason = f"the runtime scalar {name} has no value at planning time; pass -D {name}=..."
        state.bindings[identity(handle)] = Undefined(reason)
    elif str(handle.dtype).startswith(("int", "uint")):
        state.bindings[identity(handle)] = constant(int(sizes[name]))
    else:
        state.bindings[identity(handle)] = Const(float(sizes[name]))


def _statement(state: State, node: Node, path: str) -> None:
    """Execute one statement."""
    name = kind(node)
    if name == "SeqStmt":
        for place, child in enumerate(node.seq):
            _statement(state, child, f"{path}[{place}]")
        return
    if name == "SBlockRealize":
        _block(state, node.block, path)
        return
    with state.at(node, path):
        if name == "For":
            _for(state, node, f"{path}.{node.loop_var.name}")
        elif name == "Bind":
            _bind(state, node)
        elif name == "IfThenElse":
            _branch(state, node, path)
        elif name == "BufferStore":
            _store(state, node)
        elif name == "AttrStmt":
            if str(node.attr_key) not in _ATTRIBUTE_HINTS:
                _refuse_annotation(state, "attribute", str(node.attr_key), _ATTRIBUTE_HINTS)
            _statement(state, node.body, path)
        elif name == "Evaluate" and kind(node.value) == "Call":
            run(state, node.value)
        elif name != "Evaluate":
            state.refuse(f"the statement {name} is outside the families this version plans")


def _block(state: State, block: Node, path: str) -> None:
    for key in block.annotations:
        if str(key) not in _BLOCK_HINTS:
            _refuse_annotation(state, "block annotation", str(key), _BLOCK_HINTS)
    for buffer in block.alloc_buffers:
        key = identity(buffer.data)
        shape = tuple(fixed(state, extent) for extent in buffer.shape)
        state.locals[key] = Local(key, str(buffer.name), shape, str(buffer.dtype))
    _statement(state, block.body, path)


def _refuse_annotation(state: State, kind_: str, key: str, understood: tuple[str, ...]) -> NoReturn:
    meaning = f" ({_MEANINGS[key]})" if key in _MEANINGS else ""
    state.refuse(f"the {kind_} {key}{meaning} is outside the families this version plans", None, understood)


def _bind(state: State, node: Node) -> None:
    key = identity(node.var)
    if kind(node.value) == "Call" and call_name(node.value).endswith("launch_thread_idx"):
        state.bindings[key] = Undefined("the kernel uses the index of a thread inside its block")
    elif str(node.var.dtype) == "bool":
        condition = condition_of(state, node.value)
        state.bindings[key] = value_of(state, node.value) if condition is None else condition
    elif str(node.var.dtype).startswith(("int", "uint")) and kind(node.value) != "BufferLoad":
        state.bindings[key] = index_of(state, node.value)
    else:
        state.bindings[key] = value_of(state, node.value)


def _for(state: State, node: Node, path: str) -> None:
    for key in node.annotations:
        if str(key) not in _LOOP_HINTS and not str(key).startswith(_LOOP_HINT_PREFIXES):
            _refuse_annotation(state, "loop annotation", str(key), _LOOP_HINTS)
    if "num_stages" in node.annotations:
        stages = int(node.annotations["num_stages"])
        state.stages = max(state.stages or 0, stages)
    if node.thread_binding is not None:
        _grid(state, node, path)
        return
    extent = index_of(state, node.extent)
    if not extent.is_constant:
        state.refuse(f"the number of iterations of {node.loop_var.name} is not constant", text(extent))
    if int(node.kind) in (_PARALLEL, _VECTORIZED):
        _parallel(state, node, extent.constant, path)
    elif int(node.kind) in (_SERIAL, _UNROLLED):
        if state.nest:
            state.refuse("a sequential loop inside T.Parallel")
        _serial(state, node, extent.constant, path)
    else:
        state.refuse(f"the loop kind {int(node.kind)} is not understood")


def _grid(state: State, node: Node, path: str) -> None:
    tag = str(node.thread_binding.thread_tag)
    if not tag.startswith("blockIdx."):
        state.refuse(f"a loop bound to {tag}", None, ("blockIdx.x", "blockIdx.y", "blockIdx.z"))
    if any(known.name == tag for known in state.blocks):
        state.refuse("several T.Kernel scopes in one function need several programs")
    block = state.fresh(tag, fixed(state, node.extent))
    state.blocks.append(block)
    state.bindings[identity(node.loop_var)] = variable(block)
    _statement(state, node.body, path)


def _counter(state: State, node: Node, extent: int) -> Variable:
    """The variable that counts the iterations; the loop variable is bound to `start + step * iteration`.

    With one iteration the loop variable is just the start.
    """
    start = index_of(state, node.min)
    step = 1 if node.step is None else fixed(state, node.step)
    early = state.bindings.get(identity(node.loop_var))
    if isinstance(early, Index) and (start, step) == (constant(0), 1):
        for iteration in variables(early):
            if iteration not in state.extents:
                state.extents[iteration] = extent
                return iteration
    iteration = state.fresh(str(node.loop_var.name), extent)
    counter = start if extent == 1 else add(start, variable(iteration), step)
    state.bindings[identity(node.loop_var)] = counter
    return iteration


def _serial(state: State, node: Node, extent: int, path: str) -> None:
    iteration = _counter(state, node, extent)
    if extent == 1:
        state.loops.append(iteration)
        _statement(state, node.body, path)
        state.loops.pop()
        return
    before: dict[int, Tile] = {}
    written = tuple(local for local in _written(state, node.body) if isinstance(local, Local))
    for local in written:
        tile = before[local.key] = state.tile(local)
        carried = Carried(iteration, local.key, tuple(variable(axis) for axis in tile.axes))
        state.tiles[local.key] = Tile(tile.axes, carried)
    state.loops.append(iteration)
    first_store = len(state.stores)
    _statement(state, node.body, path)
    state.loops.pop()
    for store in state.stores[first_store:]:
        if _carries(store.value, iteration):
            state.refuse(
                f"{store.parameter.name} is stored inside the loop {iteration.name} that still accumulates it"
            )
    for local in written:
        state.tiles[local.key] = _after_loop(local, iteration, before[local.key], state.tile(local), extent)


def _written(state: State, node: Node) -> Iterator[Parameter | Local]:
    """Buffers a statement writes, each once, in source order."""
    seen: list[int] = []
    pending = [node]
    while pending:
        current = pending.pop(0)
        name = kind(current)
        buffers = []
        if name == "SeqStmt":
            pending = [*current.seq, *pending]
        elif name in ("For", "AttrStmt"):
            pending.insert(0, current.body)
        elif name == "SBlockRealize":
            pending.insert(0, current.block.body)
        elif name == "IfThenElse":
            pending = [part for part in (current.then_case, current.else_case) if part is not None] + pending
        elif name == "BufferStore":
            buffers = [current.buffer]
        elif name == "Evaluate" and kind(current.value) == "Call":
            buffers = [argument.args[0].buffer for argument in current.value.args if is_write(argument)]
        for buffer in buffers:
            if identity(buffer.data) not in seen:
                seen.append(identity(buffer.data))
                yield buffer_of(state, buffer)


def _carries(value: Value, loop: Variable) -> bool:
    return any(isinstance(node, Carried) and node.loop == loop for node in walk(value))


def _depends(value: Value, loop: Variable) -> bool:
    return _carries(value, loop) or any(used == loop for used in value_variables(value))


def _after_loop(local: Local, loop: Variable, before: Tile, after: Tile, extent: int) -> Tile:
    """Contents of a buffer after a loop, from its contents before it and after one symbolic iteration."""
    if extent < 1:
        return before
    if not _depends(after.value, loop):
        return after
    if not _carries(after.value, loop):
        return Tile(after.axes, Undefined(f"{local.name} holds a block of the last iteration of a loop"))
    unknown = Tile(
        after.axes, Undefined(f"{local.name} is updated in a loop in another way than by adding a gemm")
    )
    own = Carried(loop, local.key, tuple(variable(axis) for axis in after.axes))
    total = substituted(before.value, dict(zip(before.axes, own.index, strict=True)))
    parts = addends(after.value)
    heads = [part for part in parts if _carries(part, loop)]
    grown = [part for part in parts if not _carries(part, loop)]
    head = heads[0]
    if isinstance(head, Select) and _is_first(head.condition, loop):
        total, head = head.then, head.otherwise
    if len(heads) > 1 or head != own or _depends(total, loop):
        return unknown
    for part in grown:
        if not isinstance(part, Sum) or not _depends(part, loop):
            return unknown
        whole = Sum((loop, *part.over), part.value, part.dtype)
        total = whole if total == Const(0.0) else Apply("add", (total, whole))
    return Tile(after.axes, total)


def _is_first(condition: Condition, loop: Variable) -> bool:
    """True for `loop == its first value`."""
    if not isinstance(condition, Compare) or condition.operator != "eq":
        return False
    return add(condition.left, condition.right, -1) in (variable(loop), add(constant(0), variable(loop), -1))


def _parallel(state: State, node: Node, extent: int, path: str) -> None:
    if not state.nest:
        state.nest_reads, state.nest_writes = {}, {}
    state.nest.append(_counter(state, node, extent))
    _statement(state, node.body, path)
    state.nest.pop()


def _branch(state: State, node: Node, path: str) -> None:
    condition = condition_of(state, node.condition)
    if condition is None:
        state.refuse("the condition of an if depends on tensor elements", str(node.condition))
    guards = state.nest_guards if state.nest else state.guards
    for case, test in ((node.then_case, condition), (node.else_case, negated(condition))):
        if case is None or truth(test) is False:
            continue
        if truth(test):
            _statement(state, case, path)
            continue
        entry = dict(state.tiles)
        guards.append(test)
        _statement(state, case, path)
        guards.pop()
        if not state.nest:
            _merge(state, test, entry)


def _merge(state: State, condition: Condition, entry: Mapping[int, Tile]) -> None:
    """Buffers changed under a condition keep their old value where it does not hold."""
    for key, tile in list(state.tiles.items()):
        old = entry.get(key)
        if old is None:
            old = Tile(tile.axes, Undefined(f"{state.locals[key].name} is only written under a condition"))
        if old == tile:
            continue
        renamed = substituted(old.value, {a: variable(b) for a, b in zip(old.axes, tile.axes, strict=True)})
        state.tiles[key] = Tile(tile.axes, Select(condition, tile.value, renamed))


def _store(state: State, node: Node) -> None:
    target = buffer_of(state, node.buffer)
    index = tuple(index_of(state, position) for position in node.indices)
    value = value_of(state, node.value)
    if str(node.value.dtype) != target.dtype and not isinstance(value, Const):
        value = Cast(target.dtype, value, state.place)
    if isinstance(target, Parameter):
        loops = (*state.blocks, *state.loops)
        guards = (*state.guards, *state.nest_guards)
        state.stores.append(Store(target, index, value, tuple(state.nest), loops, guards, state.place))
        return
    axes = _whole_tile(state, target, index)
    check_race(state, target, index)
    tile = state.tile(target)
    for guard in state.nest_guards:
        value = Select(guard, value, substituted(tile.value, dict(zip(tile.axes, index, strict=True))))
    if state.nest:
        state.nest_writes[target.key] = index
    state.tiles[target.key] = Tile(axes, value)


def _whole_tile(state: State, target: Local, index: tuple[Index, ...]) -> tuple[Variable, ...]:
    """The variables of a tile written at `index`. Refuses stores that miss elements or meet one twice."""
    by_index = {variable(axis): axis for axis in state.nest}
    axes: list[Variable] = []
    for position, extent in zip(index, target.shape, strict=True):
        axis = by_index.pop(position, None)
        if axis is None and extent == 1 and position == constant(0):
            axis = state.fresh("i", 1)
        if axis is None or state.extents[axis] != extent:
            shown = ", ".join(text(part) for part in index)
            state.refuse(
                f"a part of {target.name} is written; only whole tiles are followed",
                f"{target.name}[{shown}]",
            )
        axes.append(axis)
    left = [axis.name for axis in by_index.values() if state.extents[axis] > 1]
    if left:
        state.refuse(
            f"several positions of T.Parallel write one element of {target.name}: a reduction over {left[0]}"
        )
    return tuple(axes)
