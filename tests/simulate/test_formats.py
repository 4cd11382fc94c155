"""Number formats against values worked out by hand, and round trips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttplan.simulate.formats import (
    TILE_BYTES,
    array_to_tiles,
    bytes_to_tiles,
    encode_block_rows,
    rounded,
    tiles_to_array,
    tiles_to_bytes,
    to_bfloat16_bits,
)


def test_bfloat16_rounds_to_nearest_even() -> None:
    # 1 + 2**-8 lies between 1 (even) and 1 + 2**-7; 1 + 3 * 2**-8 between 1 + 2**-7 (odd) and 1 + 2**-6.
    values = np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8 - 2**-20, 3.0e38], np.float32)
    assert to_bfloat16_bits(values).tolist() == [0x3F80, 0x3F80, 0x3F82, 0xBF81, 0x7F62]


def test_bfp8_row_worked_out_by_hand() -> None:
    # Largest value 3.5 = 1.75 * 2**1: exponent 128; one step is 2**(1 - 6) = 1/32.
    row = np.zeros((1, 16), np.float32)
    row[0, :6] = [3.5, -1.0, 0.5, 1 / 32, 1 / 64, 3 / 64]
    exponents, codes = encode_block_rows(row, 8)
    assert exponents.tolist() == [128]
    # 3.5 * 32 = 112; 32 with sign; 16; 1; 0.5 ties to even 0; 1.5 ties to even 2.
    assert codes[0, :6].tolist() == [112, 0x80 | 32, 16, 1, 0, 2]


def test_bfp4_row_worked_out_by_hand() -> None:
    # Largest value 6 = 1.5 * 2**2: exponent 129; one step is 2**(2 - 2) = 1; 7.9 would round to 8 and
    # saturates at 7.
    row = np.zeros((1, 16), np.float32)
    row[0, :5] = [6.0, 1.0, -2.6, 0.4, 7.9]
    exponents, codes = encode_block_rows(row, 4)
    assert exponents.tolist() == [129]
    assert codes[0, :5].tolist() == [6, 1, 8 | 3, 0, 7]


def test_bfp8_tile_has_exponents_first_and_faces_in_order() -> None:
    tile = np.zeros((1, 32, 32), np.float32)
    tile[0, 0, 0] = 1.0  # face 0, row 0
    tile[0, 0, 16] = 2.0  # face 1, row 0
    tile[0, 31, 31] = -4.0  # face 3, row 15, last element
    raw = tiles_to_bytes(tile, "bfloat8_b")[0]
    assert raw[0] == 127 and raw[16] == 128 and raw[63] == 129
    assert raw[64] == 64 and raw[64 + 256] == 64 and raw[-1] == 0x80 | 64


def test_bfp4_stores_the_first_element_in_the_low_half() -> None:
    tile = np.zeros((1, 32, 32), np.float32)
    tile[0, 0, 0], tile[0, 0, 1] = 1.0, -1.0
    assert tiles_to_bytes(tile, "bfloat4_b")[0, 64] == 4 | (8 | 4) << 4


def test_element_place_in_a_tile() -> None:
    values = np.arange(1024, dtype=np.float32).reshape(1, 32, 32)
    stored = tiles_to_bytes(values, "float32")[0].view(np.float32)
    assert stored[2 * 256 + 3 * 16 + 5] == (16 + 3) * 32 + 5  # face 2 is bottom left
    assert stored[1 * 256 + 3 * 16 + 5] == 3 * 32 + 16 + 5  # face 1 is top right


@pytest.mark.parametrize("dtype", sorted(TILE_BYTES))
def test_tile_sizes_and_round_trip_of_small_integers(dtype: str) -> None:
    values = (np.arange(3 * 1024) % 2).reshape(3, 32, 32)
    raw = tiles_to_bytes(values.astype(np.float32), dtype)
    assert raw.shape == (3, TILE_BYTES[dtype])
    np.testing.assert_array_equal(bytes_to_tiles(raw, dtype), values)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 3))
def test_padding_comes_off_again(rows: int, columns: int, batch: int) -> None:
    values = np.arange(batch * rows * columns, dtype=np.float32).reshape(batch, rows, columns)
    np.testing.assert_array_equal(tiles_to_array(array_to_tiles(values), values.shape), values)


@given(
    st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=16, max_size=16), st.sampled_from([2, 4, 8])
)
def test_block_floats_err_by_at_most_half_a_step_or_saturate(row: list[float], bits: int) -> None:
    dtype = {2: "bfloat2_b", 4: "bfloat4_b", 8: "bfloat8_b"}[bits]
    values = np.array([row], np.float32)
    back = rounded(values, dtype)
    largest = np.abs(values).max()
    if largest < 2**-100:
        return
    step = 2.0 ** (np.floor(np.log2(float(largest))) - (bits - 2))
    saturated = np.abs(values) > step * (2 ** (bits - 1) - 1)
    assert np.all((np.abs(back - values) <= step / 2) | (saturated & (np.abs(back - values) <= step)))


def test_rounding_twice_changes_nothing() -> None:
    values = np.random.default_rng(0).standard_normal((40, 50)).astype(np.float32)
    for dtype in ("bfloat16", "float16", "bfloat8_b", "bfloat4_b"):
        once = rounded(values, dtype)
        np.testing.assert_array_equal(rounded(once, dtype), once)
