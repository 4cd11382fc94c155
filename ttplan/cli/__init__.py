"""The command line: `ttplan solve kernel.json` and its companions, one module per area.

Imports of the other packages are local to the commands, so that a command loads what it uses.
"""

import gc

gc.set_threshold(100_000)
"""Imports make many objects and no garbage: looking for it at every 700th takes a tenth of a short command."""

from ttplan.cli.commands import app, main  # noqa: E402

__all__ = ["app", "main"]
