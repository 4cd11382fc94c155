"""The CSV file of measurements: what a row means, and what is said about a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured import row, write

from ttplan.calibrate.measurements import COLUMNS, Measurement, read_measurements
from ttplan.cost import Flow
from ttplan.errors import TtplanError

HEADER = (",".join(COLUMNS) + "\n").encode()


def read(tmp_path: Path, **changes: object) -> Measurement:
    (measurement,) = read_measurements(write(tmp_path / "one.csv", [row(**changes)]))
    return measurement


def refusal(path: Path) -> str:
    with pytest.raises(TtplanError) as caught:
        read_measurements(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_two_dimensional_row(tmp_path: Path) -> None:
    found = read(tmp_path, m=2048, per_core_M=8, n=1536, per_core_N=6, out_block_w=3, out_subblock_w=3)
    configuration = found.configuration
    assert (configuration.groups, configuration.cores, configuration.k_tiles) == ((8, 8), 64, 32)
    assert (configuration.rounds, configuration.chip_rounds) == (2 * 2, 64 * 4)
    assert configuration.flows == (
        Flow("in0", 2048, "multicast", "riscv_1", True),
        Flow("in1", 2048, "multicast", "riscv_0", True),
        Flow("out", 2048, "write", "riscv_0", True),
    )
    assert found.ideal_cycles({"HiFi2": 32}) == 64 * 32 * 48 * 32 / 64
    assert found.group == "n150 8x8 manual"


def test_sharded_row_rotates_in0_and_keeps_out(tmp_path: Path) -> None:
    in_l1 = {"in0_sharded": True, "out_sharded": True, "in0_storage": "L1", "out_storage": "L1"}
    found = read(tmp_path, dtype="BFLOAT8_B", **in_l1)
    assert found.configuration.flow("in0") == Flow("in0", 1088, "rotate", "riscv_1", False)
    assert found.configuration.flow("out") == Flow("out", 1088, "local", None, False)


@pytest.mark.parametrize(
    ("kind", "block", "groups", "movements"),
    [
        ("1d_mcast_in0", {"per_core_M": 32, "per_core_N": 1, "out_block_w": 1, "out_subblock_w": 1}, (1, 32),
         ("multicast", "read")),
        ("1d_mcast_in1", {"per_core_M": 1, "per_core_N": 32, "out_block_h": 1, "out_subblock_h": 1}, (32, 1),
         ("read", "multicast")),
    ],
)  # fmt: skip
def test_one_dimensional_rows_read_the_other_operand_themselves(
    tmp_path: Path, kind: str, block: dict[str, object], groups: tuple[int, int], movements: tuple[str, str]
) -> None:
    configuration = read(tmp_path, config_kind=kind, **block).configuration
    assert configuration.groups == groups
    assert (configuration.flow("in0").movement, configuration.flow("in1").movement) == movements


def test_ragged_edges_round_up(tmp_path: Path) -> None:
    found = read(tmp_path, m=1000, per_core_M=5, out_block_h=5, out_subblock_h=1)
    assert found.configuration.groups == (7, 8)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"per_core_M": "four"}, ("line 2, column per_core_M", "not a whole number", "'four'")),
        ({"k": "12.5"}, ("line 2, column k", "'12.5'")),
        ({"n": "0"}, ("line 2, column n", "above 0")),
        ({"m": "inf"}, ("line 2, column m", "'inf'")),
        ({"m": ""}, ("line 2, column m", "''")),
        ({"device_cycles": "fast"}, ("line 2, column device_cycles", "not a number above 0", "'fast'")),
        ({"device_cycles": "nan"}, ("line 2, column device_cycles", "'nan'")),
        ({"dtype": "BFLOAT8B"}, ("line 2, column dtype", "'BFLOAT8B'", "nearest: BFLOAT8_B")),
        ({"fidelity": "HiFi5"}, ("line 2, column fidelity", "allowed: LoFi, HiFi2, HiFi3, HiFi4")),
        ({"config_kind": "2D"}, ("line 2, column config_kind", "nearest: 2d")),
        ({"in0_sharded": "yes"}, ("line 2, column in0_sharded", "allowed: True, False")),
        ({"out_storage": "SRAM"}, ("line 2, column out_storage", "nearest: DRAM")),
        ({"out_subblock_w": 3}, ("column out_subblock_w", "does not divide out_block_w", "divisors of 4")),
    ],
)
def test_bad_value_is_named_with_its_line(
    tmp_path: Path, changes: dict[str, object], words: tuple[str, ...]
) -> None:
    text = refusal(write(tmp_path / "bad.csv", [row(**changes)]))
    assert all(word in text for word in words), text
    assert text.startswith(str(tmp_path / "bad.csv"))
    assert text.count("\n") == 0


def test_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    columns = tuple("per_core_m" if name == "per_core_M" else name for name in COLUMNS)
    text = refusal(write(tmp_path / "bad.csv", [row(per_core_m=4)], columns))
    assert "line 1: the column per_core_M is missing; nearest: per_core_m" in text


def test_all_missing_columns_are_reported_together(tmp_path: Path) -> None:
    columns = tuple(name for name in COLUMNS if name not in ("m", "dtype"))
    text = refusal(write(tmp_path / "bad.csv", [row()], columns))
    assert "column m is missing" in text and "column dtype is missing" in text


def test_many_bad_rows_are_cut_short(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "bad.csv", [row(m="x")] * 50)).count("\n") == 9


def test_line_numbers_count_lines_of_the_file(tmp_path: Path) -> None:
    assert "line 4, column k" in refusal(write(tmp_path / "bad.csv", [row(), row(), row(k=-1)]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "column arch is missing"),
        (HEADER, "no rows below its header"),
        (b"\xff\xfe\x00m,k", "not UTF-8"),
        (HEADER + b"1," * len(COLUMNS) + b"1\n", "line 2: more fields"),
        (HEADER + b"wormhole_b0,n150\n", "line 2, column m"),
    ],
)
def test_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert words in refusal(path)


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "absent.csv")
    assert "cannot be read" in refusal(tmp_path)
