"""The command line: `ttplan solve kernel.json` and its companions, one module per area.

Imports of the other packages are local to the commands, so that a command loads what it uses.
"""

from ttplan.cli.commands import app, main

__all__ = ["app", "main"]
