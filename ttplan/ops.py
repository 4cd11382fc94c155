"""The operations a kernel may contain: arity, attributes and what they do to dims. One table, used by every
part.

kind: `contract` sums over dims its output does not have; `unary` and `binary` work element by element on the
output tile. Source of the SFPU and FPU functions behind each op: tt_metal/hw/inc/api/compute
(eltwise_unary/*.h, eltwise_binary.h, bcast.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args


@dataclass(frozen=True)
class OpKind:
    """One row of the op table. dtypes: kinds of formats the op supports."""

    name: str
    kind: Literal["contract", "unary", "binary"]
    inputs: int
    has_value: bool = False
    formats: tuple[str, ...] = ("float", "block_float")


Fidelity = Literal["LoFi", "HiFi2", "HiFi3", "HiFi4"]
"""How many bits of a product's operands the FPU multiplies (tt_metal/api/tt-metalium/base_types.hpp, MathFidelity)."""
FIDELITIES: tuple[Fidelity, ...] = get_args(Fidelity)

OPS: dict[str, OpKind] = {
    op.name: op
    for op in (
        OpKind("matmul", "contract", 2),
        OpKind("add", "binary", 2),
        OpKind("scale", "unary", 1, has_value=True),
        OpKind("relu", "unary", 1),
        OpKind("gelu", "unary", 1),
        OpKind("silu", "unary", 1),
        OpKind("sigmoid", "unary", 1),
        OpKind("cast", "unary", 1),
    )
}
