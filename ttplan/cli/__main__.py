"""`python -m ttplan.cli`."""

from ttplan.cli import main

main()
