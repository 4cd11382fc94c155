"""Exhaustive search in plain Python, against which the solver is held."""
