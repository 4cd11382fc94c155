"""`python -m ttplan`."""

from ttplan.cli import main

main()
