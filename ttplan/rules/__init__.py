"""Assemble the logic program, solve it, read the answer set."""
