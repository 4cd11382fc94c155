"""Errors of the command line itself, in the form of all others: place, value found, what is allowed."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

from ttplan.errors import InputError

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What click raises for a command line it cannot read; typer has moved click's modules between its versions."""


class Commands(TyperGroup):
    """The commands of ttplan; an unknown one is answered with the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called. Raises InputError."""
        if args and self.get_command(ctx, args[0]) is None:
            raise InputError(ctx.command_path, "no such command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)


def input_error(error: Any) -> InputError:
    """A UsageError of click as ttplan's own error."""
    kind, command = type(error).__name__, "" if error.ctx is None else error.ctx.command_path
    if kind == "NoSuchOption":
        known = error.ctx.command.get_params(error.ctx)
        options = [name for one in known if one.param_type_name == "option" for name in one.opts]
        return InputError(command, "no such option", error.option_name, options)
    if kind == "BadOptionUsage":
        told = error.message.removeprefix(f"Option {error.option_name!r} ").rstrip(".")
        return InputError(error.option_name, f"the option {told}")
    if kind == "MissingParameter":
        return InputError(command, f"{_name(error.param)} is missing", None, _allowed(error.param, error))
    if kind == "BadParameter" and error.param is not None:
        return InputError(
            _name(error.param), "it takes no such value", _found(error), _allowed(error.param, error)
        )
    surplus = re.fullmatch(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", error.message)
    if surplus is not None:
        return InputError(command, "more arguments than the command takes", surplus[1])
    return InputError(command, error.format_message())


def _name(parameter: Any) -> str:
    """The longest form of an option, or an argument as `--help` names it."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name)


def _found(error: Any) -> object:
    """The value that click refuses: it stands in pydantic's error, or else quoted in the message."""
    if hasattr(error.__cause__, "errors"):
        return error.__cause__.errors()[0]["input"]
    quoted = re.match(r"'(.*?)' is not", error.message)
    return quoted and quoted[1]


def _allowed(parameter: Any, error: Any) -> tuple[str, ...]:
    """The choices of a parameter, the kind of number it takes, or what its help says."""
    form = getattr(parameter, "type_descriptor", None) or parameter.type
    choices = getattr(form, "choices", None)
    if choices:
        return tuple(str(getattr(one, "value", one)) for one in choices)
    for word, kind in (("integer", "a whole number"), ("number", "a number"), ("float", "a number")):
        if word in error.message:
            return (kind,)
    return (parameter.help.rstrip("."),) if parameter.help else ()
