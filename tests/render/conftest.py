"""Options and shared fixtures of the render tests."""

from __future__ import annotations

import shutil

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden files of tests/render anew")


@pytest.fixture(scope="session")
def compiler() -> str:
    """The system's C++ compiler."""
    found = shutil.which("g++")
    if found is None:
        pytest.skip("no g++ on this machine")
    return found
