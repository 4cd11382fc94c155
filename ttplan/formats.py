"""Number formats of a Tensix tile: one table for page size, exponent family and names.

Source: tt_metal/api/tt-metalium/tt_backend_api_types.hpp (tile sizes), tt_metal/jit_build/data_format.cpp
(exponent families; formats without a family may be mixed with either).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ttplan.errors import InputError

TILE = 32
"""Rows and columns of a tile."""


@dataclass(frozen=True)
class Format:
    """One storage format. tile_bytes: bytes of a 32x32 tile; datum_bytes: bytes per element, None for block
    floats.
    """

    name: str
    data_format: str
    tile_bytes: int
    datum_bytes: int | None
    family: Literal["A", "B"] | None
    kind: Literal["float", "block_float", "integer"]
    ttnn: str | None


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("float32", "Float32", 4096, 4, None, "float", "float32"),
        Format("bfloat16", "Float16_b", 2048, 2, "B", "float", "bfloat16"),
        Format("float16", "Float16", 2048, 2, "A", "float", None),
        Format("bfloat8_b", "Bfp8_b", 1088, None, "B", "block_float", "bfloat8_b"),
        Format("bfloat4_b", "Bfp4_b", 576, None, "B", "block_float", "bfloat4_b"),
        Format("int32", "Int32", 4096, 4, None, "integer", "int32"),
        Format("uint32", "UInt32", 4096, 4, None, "integer", "uint32"),
        Format("uint16", "UInt16", 2048, 2, None, "integer", "uint16"),
        Format("uint8", "UInt8", 1024, 1, None, "integer", "uint8"),
    )
}


def format_of(dtype: str, path: str = "dtype", file: str | None = None) -> Format:
    """The format called `dtype`. Raises InputError naming the formats that exist."""
    if dtype not in FORMATS:
        raise InputError(path, "no Tensix tile format has this name", dtype, tuple(FORMATS), file)
    return FORMATS[dtype]
