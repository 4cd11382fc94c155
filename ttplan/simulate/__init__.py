"""Execute TT-Metalium kernels on the host: numbers, circular-buffer depths, deadlocks and memory errors."""

from __future__ import annotations

from ttplan.simulate.device import Device
from ttplan.simulate.program import Program
from ttplan.simulate.result import Diagnostic, Result, Statistics
from ttplan.simulate.run import STEP_LIMIT, run_program

__all__ = ["STEP_LIMIT", "Device", "Diagnostic", "Program", "Result", "Statistics", "run_program"]
