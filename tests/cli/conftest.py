"""A small kernel in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import small


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    path = tmp_path / "kernel.json"
    path.write_text(json.dumps(small()))
    return path
