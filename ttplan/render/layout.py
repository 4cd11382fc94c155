"""Layout of generated C++: indentation follows the braces, so that templates need not count spaces."""

from __future__ import annotations

import re

MAX_WIDTH = 120
"""Columns of a line before its comment moves above it."""

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"//.*$", re.MULTILINE)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def code_of(line: str) -> str:
    """The line without string literals and comments."""
    return _COMMENT.sub("", _LITERAL.sub('""', line))


def identifiers(text: str) -> frozenset[str]:
    """Every identifier of a piece of C++; comments and string literals do not count."""
    return frozenset(_IDENTIFIER.findall(code_of(text)))


def indented(text: str) -> str:
    """The text with four spaces per open brace or parenthesis and one final newline.

    Blank lines of the text are dropped (macros leave many); a line with nothing but `//` becomes one, unless
    it would stand beside a brace or another blank line. A comment that would make its line too wide moves
    above it.
    """
    depth = 0
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw.strip()
        code = code_of(line)
        closing = len(code) - len(code.lstrip("})"))
        if line == "//":
            if lines and lines[-1] and not lines[-1].endswith("{"):
                lines.append("")
            continue
        if not line:
            continue
        if closing and lines and not lines[-1]:
            lines.pop()
        pad = "" if line.startswith("#") else "    " * max(depth - closing, 0)
        if line.startswith(".") and lines and not lines[-1].endswith(("{", ",")):
            pad += "    "  # a call chained to the line above, not a designated initializer
        statement, mark, comment = line.partition("  // ")
        if mark and len(pad) + len(line) > MAX_WIDTH:
            lines.append(f"{pad}// {comment}")
            line = statement
        lines.append(pad + line)
        depth += sum(code.count(mark) for mark in "{(") - sum(code.count(mark) for mark in "})")
    return "\n".join(lines).rstrip("\n") + "\n"
