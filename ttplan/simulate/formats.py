"""Tensix number formats in NumPy: tiles of four 16x16 faces, bfloat16, block floats with shared exponents.

Sources: tt_metal/api/tt-metalium/tt_backend_api_types.hpp (sizes), impl/data_format/blockfloat_common.cpp
(block floats: exponent bytes first), tilize_utils.hpp (faces). Host conversion rounds to nearest even, as the
host library does.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

DType = Literal[
    "float32",
    "bfloat16",
    "float16",
    "bfloat8_b",
    "bfloat4_b",
    "bfloat2_b",
    "int32",
    "uint32",
    "uint16",
    "uint8",
]
Array = npt.NDArray[Any]

TILE_BYTES: dict[str, int] = {
    "float32": 4096,
    "int32": 4096,
    "uint32": 4096,
    "bfloat16": 2048,
    "float16": 2048,
    "uint16": 2048,
    "uint8": 1024,
    "bfloat8_b": 1088,
    "bfloat4_b": 576,
    "bfloat2_b": 320,
}
DATA_FORMAT: dict[str, int] = {
    "float32": 0,
    "float16": 1,
    "bfloat16": 5,
    "bfloat8_b": 6,
    "bfloat4_b": 7,
    "int32": 8,
    "uint16": 9,
    "bfloat2_b": 15,
    "uint32": 24,
    "uint8": 30,
}
"""Values of enum DataFormat."""

BLOCK_BITS: dict[str, int] = {"bfloat8_b": 8, "bfloat4_b": 4, "bfloat2_b": 2}
_INTEGERS: dict[str, Any] = {"int32": np.int32, "uint32": np.uint32, "uint16": np.uint16, "uint8": np.uint8}


def is_integer(dtype: str) -> bool:
    """Whether values of this format are integers."""
    return dtype in _INTEGERS


def datum_bytes(dtype: str) -> int:
    """Bytes of one element; 0 for block floats, which have no single elements."""
    return 0 if dtype in BLOCK_BITS else TILE_BYTES[dtype] // 1024


def to_bfloat16_bits(values: Array) -> npt.NDArray[np.uint16]:
    """float32 values -> bfloat16 bit patterns, rounded to nearest even; NaN stays NaN."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    nan = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
    return np.where(nan, (bits >> np.uint32(16)) | np.uint32(0x40), rounded).astype(np.uint16)


def from_bfloat16_bits(bits: Array) -> npt.NDArray[np.float32]:
    """bfloat16 bit patterns -> float32 values."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def encode_block_rows(rows: Array, bits: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Block floats of rows that share an exponent.

    rows: (n, 16) float32. bits: 8, 4 or 2 per element, sign included.
    Returns exponents (n,) and codes (n, 16), one code per byte: sign in bit `bits - 1`, magnitude without a
    hidden one below. Magnitudes round to nearest even and saturate; denormals are zero.
    """
    words = np.ascontiguousarray(rows, dtype=np.float32).view(np.uint32).astype(np.int64)
    own = (words >> 23) & 0xFF
    shared = own.max(axis=1)
    mantissa = np.where(own == 0, 0, (words & 0x7FFFFF) | 0x800000)
    shift = np.minimum(24 - (bits - 1) + shared[:, None] - own, 30)
    half = np.int64(1) << (shift - 1)
    magnitude = (mantissa + half - 1 + ((mantissa >> shift) & 1)) >> shift
    largest = (1 << (bits - 1)) - 1
    magnitude = np.minimum(magnitude, largest)
    sign = np.where(magnitude == 0, 0, words >> 31 & 1)
    return shared.astype(np.uint8), (sign << (bits - 1) | magnitude).astype(np.uint8)


def decode_block_rows(exponents: Array, codes: Array, bits: int) -> npt.NDArray[np.float32]:
    """Values of block floats: exponents (n,), codes (n, 16) -> (n, 16) float32.

    A magnitude m stands for m / 2**(bits - 2) times 2**(exponent - 127).
    """
    magnitude = (codes & ((1 << (bits - 1)) - 1)).astype(np.float64)
    scale = np.exp2(exponents.astype(np.float64) - 127 - (bits - 2))[:, None]
    sign = np.where(codes >> (bits - 1) & 1, -1.0, 1.0)
    return (sign * magnitude * scale).astype(np.float32)


def _encode_rows(rows: Array, dtype: str) -> npt.NDArray[np.uint8]:
    """(tiles, 64, 16) values in face order -> (tiles, tile bytes)."""
    tiles = rows.shape[0]
    if dtype in BLOCK_BITS:
        bits = BLOCK_BITS[dtype]
        exponents, codes = encode_block_rows(rows.reshape(-1, 16), bits)
        per_byte = 8 // bits
        grouped = codes.reshape(tiles, 1024 // per_byte, per_byte).astype(np.uint16)
        weights = (np.uint16(1) << (np.arange(per_byte, dtype=np.uint16) * np.uint16(bits))).astype(np.uint16)
        packed = (grouped * weights).sum(axis=2).astype(np.uint8)
        return np.concatenate([exponents.reshape(tiles, 64), packed], axis=1)
    return encode_elements(rows, dtype).reshape(tiles, -1)


def encode_elements(values: Array, dtype: str) -> npt.NDArray[np.uint8]:
    """Values of a format without shared exponents -> bytes, in C order."""
    if dtype in _INTEGERS:
        raw: Array = np.ascontiguousarray(values).astype(_INTEGERS[dtype])
    elif dtype == "bfloat16":
        raw = to_bfloat16_bits(values)
    elif dtype == "float16":
        with np.errstate(over="ignore"):
            raw = np.ascontiguousarray(values, dtype=np.float32).astype(np.float16)
    else:
        raw = np.ascontiguousarray(values, dtype=np.float32)
    return np.frombuffer(raw.tobytes(), dtype=np.uint8)


def decode_elements(raw: Array, dtype: str) -> Array:
    """Bytes -> flat values, float32 or the integer type."""
    flat = np.ascontiguousarray(raw, dtype=np.uint8).reshape(-1)
    if dtype in _INTEGERS:
        return flat.view(_INTEGERS[dtype])
    if dtype == "bfloat16":
        return from_bfloat16_bits(flat.view(np.uint16))
    if dtype == "float16":
        return flat.view(np.float16).astype(np.float32)
    return flat.view(np.float32)


def tiles_to_bytes(tiles: Array, dtype: str) -> npt.NDArray[np.uint8]:
    """(n, 32, 32) values -> (n, tile bytes)."""
    faces = tiles.reshape(-1, 2, 16, 2, 16).transpose(0, 1, 3, 2, 4)
    return _encode_rows(np.ascontiguousarray(faces).reshape(-1, 64, 16), dtype)


def bytes_to_tiles(raw: Array, dtype: str) -> Array:
    """(n, tile bytes) -> (n, 32, 32) values, float32 or the integer type."""
    count = raw.shape[0]
    if dtype in BLOCK_BITS:
        bits = BLOCK_BITS[dtype]
        per_byte = 8 // bits
        shifts = np.arange(per_byte, dtype=np.uint8) * np.uint8(bits)
        codes = (raw[:, 64:, None] >> shifts) & np.uint8((1 << bits) - 1)
        rows: Array = decode_block_rows(raw[:, :64].reshape(-1), codes.reshape(-1, 16), bits)
    else:
        rows = decode_elements(raw, dtype)
    return rows.reshape(count, 2, 2, 16, 16).transpose(0, 1, 3, 2, 4).reshape(count, 32, 32)


def rounded(values: Array, dtype: str) -> Array:
    """The values of `dtype` nearest to `values`; shared exponents are formed along the tiles' face rows.

    values: (.., rows, columns); any size, padded with zeros to tiles and cut again.
    """
    array = np.atleast_2d(values)
    pages = array_to_tiles(array)
    back = tiles_to_array(bytes_to_tiles(tiles_to_bytes(pages, dtype), dtype), array.shape)
    return back.reshape(np.shape(values))


def array_to_tiles(values: Array) -> Array:
    """(.., rows, columns) -> (tiles, 32, 32) in row-major tile order, padded with zeros."""
    rows, columns = values.shape[-2:]
    flat = values.reshape(-1, rows, columns)
    padded = np.pad(flat, ((0, 0), (0, -rows % 32), (0, -columns % 32)))
    batch, height, width = padded.shape
    return np.ascontiguousarray(
        padded.reshape(batch, height // 32, 32, width // 32, 32).transpose(0, 1, 3, 2, 4)
    ).reshape(-1, 32, 32)


def tiles_to_array(tiles: Array, shape: tuple[int, ...]) -> Array:
    """(tiles, 32, 32) -> an array of `shape` (.., rows, columns), without the padding."""
    rows, columns = shape[-2:]
    height, width = -(-rows // 32), -(-columns // 32)
    grid = (
        tiles.reshape(-1, height, width, 32, 32).transpose(0, 1, 3, 2, 4).reshape(-1, height * 32, width * 32)
    )
    return np.ascontiguousarray(grid[:, :rows, :columns]).reshape(shape)
