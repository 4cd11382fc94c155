"""Packer, tilize and untilize: rounding of formats, ReLU, accumulation in L1, order of pages."""

from __future__ import annotations

import numpy as np
import pytest
from operations import Tensor, run_operations, tensor, tiles

from ttplan.simulate.formats import rounded

RANDOM = np.random.default_rng(11)
X = RANDOM.standard_normal((3, 32, 32)).astype(np.float32)


def test_packing_rounds_ties_away_from_zero_and_flushes_denormals() -> None:
    x = np.zeros((32, 32), np.float32)
    x[0, :4] = [1 + 2**-8, -1 - 2**-8, 1 + 2**-9, 1e-39]
    body = "copy_tile_init(X); one([] { copy_tile(0, 0, 0); });"
    got = tiles(run_operations(body, tensor(x), None, Tensor("bfloat16", (32, 32)), unpack_to_dest_fp32=[0]))[
        0
    ]
    assert got[0, :4].tolist() == [1 + 2**-7, -1 - 2**-7, 1.0, 0.0]


@pytest.mark.parametrize(
    ("dtype", "step"), [("bfloat8_b", 2.0**-6), ("bfloat4_b", 2.0**-2), ("float16", 2.0**-10)]
)
def test_packed_values_are_within_a_step(dtype: str, step: float) -> None:
    body = "copy_tile_init(X); for (uint32_t t = 0; t < 3; ++t) one([t] { copy_tile(0, t, 0); });"
    got = tiles(run_operations(body, tensor(X), None, Tensor(dtype, (96, 32)), unpack_to_dest_fp32=[0]))
    rows = X.reshape(3, 32, 2, 16)
    largest = np.exp2(np.floor(np.log2(np.abs(rows).max(axis=3, keepdims=True))))
    assert np.all(np.abs(got.reshape(rows.shape) - rows) <= step * largest)
    # What a block format can hold exactly is packed exactly.
    exact = rounded(X, dtype)
    again = tiles(run_operations(body, tensor(exact), None, Tensor(dtype, (96, 32)), unpack_to_dest_fp32=[0]))
    np.testing.assert_array_equal(again, exact)


def test_block_floats_go_through_the_unpacker_unchanged() -> None:
    exact = rounded(X, "bfloat8_b")
    body = "copy_tile_init(X); for (uint32_t t = 0; t < 3; ++t) one([t] { copy_tile(0, t, 0); });"
    got = tiles(run_operations(body, tensor(exact, "bfloat8_b"), None, Tensor("float32", (96, 32))))
    np.testing.assert_array_equal(got, exact)


def test_float32_source_is_truncated_on_its_way_through_a_source_register() -> None:
    body = "copy_tile_init(X); one([] { copy_tile(0, 0, 0); });"
    got = tiles(run_operations(body, tensor(X[0]), None, Tensor("float32", (32, 32))))[0]
    kept = (X[0].view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32)  # 10 mantissa bits
    np.testing.assert_array_equal(got, kept)


def test_dst_of_16_bits_holds_bfloat16() -> None:
    x = np.full((32, 32), 256.0, np.float32)
    y = np.full((32, 32), 1.0, np.float32)
    body = "add_tiles_init(X, Y, true); one([] { add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 0, 0, 0); });"
    out = Tensor("float32", (32, 32))
    for fp32, expected in ((False, 512.0), (True, 514.0)):
        got = tiles(
            run_operations(body, tensor(x, "bfloat16"), tensor(y, "bfloat16"), out, fp32_dest_acc_en=fp32)
        )[0]
        assert np.all(got == expected), fp32


def test_registers_are_zero_after_release() -> None:
    x = np.ones((32, 32), np.float32)
    body = "mul_tiles_init(X, X); for (int i = 0; i < 3; ++i) one([] { mul_tiles(0, 0, 0, 0, 0); });"
    got = tiles(run_operations(body, tensor(x, "bfloat16"), None, Tensor("bfloat16", (96, 32))))
    assert np.all(got == 1)


def test_packer_relu_thresholds() -> None:
    half = "0x3F00u << 16"
    configs = ("uint32_t(ReluType::ZERO_RELU)", f"2u | {half}", f"3u | {half}")
    body = "copy_tile_init(X);" + "".join(
        f"PACK((llk_pack_relu_config({config}))); one([] {{ copy_tile(0, 0, 0); }});" for config in configs
    )
    x = rounded(X[0], "bfloat16")
    got = tiles(run_operations(body, tensor(x, "bfloat16"), None, Tensor("float32", (96, 32))))
    np.testing.assert_array_equal(got[0], np.maximum(x, 0))
    np.testing.assert_array_equal(got[1], np.where(x > 0.5, x, 0))
    np.testing.assert_array_equal(got[2], np.clip(x, 0, 0.5))


def test_out_of_order_pack_and_accumulation_in_l1() -> None:
    body = """
    copy_tile_init(X);
    cb_reserve_back(16, 3);
    for (uint32_t lap = 0; lap < 2; ++lap) {
        pack_reconfig_l1_acc(lap);
        tile_regs_acquire();
        for (uint32_t t = 0; t < 3; ++t) copy_tile(0, t, t);
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t t = 0; t < 3; ++t) pack_tile<true>(t, 16, 2 - t);
        tile_regs_release();
    }
    cb_push_back(16, 3);
    """
    got = tiles(run_operations(body, tensor(X), None, Tensor("float32", (96, 32)), unpack_to_dest_fp32=[0]))
    np.testing.assert_array_equal(got, 2 * X[::-1])


def test_tilize_takes_rows_apart() -> None:
    x = RANDOM.standard_normal((32, 96)).astype(np.float32)
    body = """
    tilize_init(X, 3, OUT);
    cb_reserve_back(16, 3);
    tilize_block(X, 3, OUT);
    cb_push_back(16, 3);
    tilize_uninit(X, OUT);
    """
    result = run_operations(
        body, tensor(rounded(x, "bfloat16"), "bfloat16", "row_major"), None, Tensor("bfloat16", (32, 96))
    )
    assert result.ok, [one.text() for one in result.diagnostics]
    np.testing.assert_array_equal(result.outputs["out"], rounded(x, "bfloat16"))


UNTILIZE = {
    "untilize_block": "untilize_init(X); untilize_block(X, 3, OUT); untilize_uninit(X);",
    "pack_untilize_block": "pack_untilize_init<3>(X, OUT); pack_untilize_block<3>(X, 1, OUT); "
    "pack_untilize_uninit(OUT);",
    "pack_untilize_dest": """
        copy_tile_init(X);
        pack_untilize_dest_init<3>(OUT);
        tile_regs_acquire();
        for (uint32_t t = 0; t < 3; ++t) copy_tile(X, t, t);
        tile_regs_commit();
        tile_regs_wait();
        pack_untilize_dest<3>(OUT);
        tile_regs_release();
        pack_untilize_uninit(OUT);
    """,
}


@pytest.mark.parametrize("way", sorted(UNTILIZE))
def test_untilize_puts_rows_together(way: str) -> None:
    x = rounded(RANDOM.standard_normal((32, 96)).astype(np.float32), "bfloat16")
    body = f"cb_reserve_back(16, 32); {UNTILIZE[way]} cb_push_back(16, 32);"
    result = run_operations(body, tensor(x, "bfloat16"), None, Tensor("bfloat16", (32, 96), page="row_major"))
    assert result.ok, [one.text() for one in result.diagnostics]
    np.testing.assert_array_equal(result.outputs["out"], x)
