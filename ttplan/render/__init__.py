"""Plan -> artifacts: kernels, host program, build file, Python driver and pictures.

Nothing is decided here.
"""

from ttplan.render.program import render_program, stale_files, write_program

__all__ = ["render_program", "stale_files", "write_program"]
