"""The device files: complete, consistent with each other, and with the figures their sources give."""

from __future__ import annotations

from importlib import resources

import pytest

from ttplan.device import Device, device_names, load_device
from ttplan.document import dumps

CORES = {  # tt_metal/core_descriptors: (columns, rows) with Tensix dispatch on the default axis
    "n150": (8, 8),
    "n300": (8, 7),
    "wh-galaxy": (8, 9),
    "p100": (11, 10),
    "p150": (11, 10),
    "p300": (11, 10),
    "bh-galaxy": (12, 10),
}
USABLE_L1 = {"wormhole_b0": 1395424, "blackhole": 1461760}
DEVICES = [load_device(name) for name in device_names()]


def test_all_boards_are_there() -> None:
    assert set(device_names()) == set(CORES)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_grid_is_what_dispatch_leaves(device: Device) -> None:
    assert (device.grid.columns, device.grid.rows) == CORES[device.name]
    assert len(device.cores) == device.grid.columns * device.grid.rows


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_usable_l1_starts_above_firmware_and_kernel_config(device: Device) -> None:
    assert device.l1_usable == USABLE_L1[device.arch]
    assert device.l1.base % device.l1.cb_alignment == 0


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_virtual_coordinates_are_distinct_and_avoid_other_nodes(device: Device) -> None:
    columns, rows = device.noc.translated_x, device.noc.translated_y
    assert (len(columns), len(rows)) == (device.grid.columns, device.grid.rows)
    assert sorted(set(columns)) == list(columns) and sorted(set(rows)) == list(rows)
    if device.arch == "blackhole":
        assert columns[0] == 1 and rows[0] == 2 and not {8, 9} & set(columns)
    else:
        assert columns[0] == 18 and rows[0] == 18


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_every_section_names_a_source(device: Device) -> None:
    chip = (device.l1, device.circular_buffers, device.dram, device.noc, device.dst)
    assert all("/" in section.source for section in (device.grid, *chip, device.limits))
    assert device.clock_source
    assert "Fitted by `ttplan calibrate`" in device.calibration.origin


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_file_is_in_canonical_form(device: Device) -> None:
    text = resources.files("ttplan.devices").joinpath(f"{device.name}.json").read_text(encoding="utf-8")
    assert text == dumps(device)


@pytest.mark.parametrize("arch", sorted(USABLE_L1))
def test_boards_of_one_architecture_agree_in_what_the_chip_fixes(arch: str) -> None:
    boards = [device for device in DEVICES if device.arch == arch]
    assert len(boards) >= 3
    first = boards[0]
    for other in boards[1:]:
        assert other.l1 == first.l1
        assert other.circular_buffers == first.circular_buffers
        assert other.dst == first.dst
        assert other.limits == first.limits
        assert other.calibration == first.calibration
        assert other.clock_mhz == first.clock_mhz
        board_only = {"translated_x", "translated_y"}
        assert other.noc.model_dump(exclude=board_only) == first.noc.model_dump(exclude=board_only)
        banks_only = {"banks", "bytes_per_cycle", "source"}
        assert other.dram.model_dump(exclude=banks_only) == first.dram.model_dump(exclude=banks_only)
        assert other.dram.bytes_per_cycle * first.dram.banks == pytest.approx(
            first.dram.bytes_per_cycle * other.dram.banks
        )


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_matmul_cycles_are_the_phases_of_the_fidelity(device: Device) -> None:
    # ISA MatrixUnit.md: a 32x32x32 product is 16 passes of an 8x16 by 16x16 MVMUL for each fidelity phase.
    assert device.calibration.matmul_tile == {"LoFi": 16, "HiFi2": 32, "HiFi3": 48, "HiFi4": 64}


@pytest.mark.parametrize(("fp32", "full_sync", "tiles"), [(0, 0, 8), (1, 0, 4), (0, 1, 16), (1, 1, 8)])
def test_destination_register_holds(fp32: int, full_sync: int, tiles: int) -> None:
    assert all(device.dst.capacity(bool(fp32), bool(full_sync)) == tiles for device in DEVICES)


def test_p100_has_one_dram_bank_less() -> None:
    assert load_device("p100").dram.banks == 7
    assert load_device("p150").dram.banks == 8
