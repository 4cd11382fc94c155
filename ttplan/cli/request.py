"""What to plan, as the commands are asked for it: a kernel on a device, with decisions that are kept.

A command takes the whole request as one parameter; `takes_request` shows it to typer as one option per field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from ttplan.cli.options import DefineOption, DeviceOption, KernelArgument, PinOption, RulesOption
from ttplan.cli.reading import read_kernel, search_options
from ttplan.errors import found_in

if TYPE_CHECKING:
    from ttplan.rules.problem import Options, Problem


@dataclass(frozen=True)
class Request:
    """A kernel on a device under ttplan's own rules."""

    kernel: KernelArgument
    device: DeviceOption = "n150"
    pin: PinOption = None
    define: DefineOption = None

    @property
    def pins(self) -> tuple[str, ...]:
        """The decisions that are kept."""
        return tuple(self.pin or ())

    def problem(self, options: Options | None = None) -> Problem:
        """The problem to solve. Raises InputError for a kernel, device, pin or rule that cannot be read."""
        from ttplan.device import load_device
        from ttplan.solve import problem_of

        options = options or search_options()
        kernel, device = read_kernel(self.kernel, self.define), load_device(self.device)
        with found_in(self.kernel):
            return problem_of(kernel, device, self.pins, options)


@dataclass(frozen=True)
class RequestWithRules(Request):
    """A kernel on a device under more rules than ttplan's own."""

    rules: RulesOption = None

    def problem(self, options: Options | None = None) -> Problem:
        """The problem to solve, with the options of the search or else only the user's rules."""
        return super().problem(options or search_options(self.rules))


def takes_request(function: Callable[..., None]) -> Callable[..., None]:
    """The function as typer reads it: in place of its request, one parameter per field of the request."""
    hints = get_type_hints(function, include_extras=True)
    (name,) = (name for name, hint in hints.items() if is_dataclass(hint))
    request: Any = hints[name]
    own = _parameters_of(request)
    parameters: list[Parameter] = []
    for other in signature(function).parameters.values():
        changed = other.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[other.name])
        parameters += own if other.name == name else [changed]

    def command(**values: Any) -> None:
        asked = request(**{parameter.name: values.pop(parameter.name) for parameter in own})
        function(**{name: asked}, **values)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return command


@cache
def _parameters_of(request: type[Request]) -> tuple[Parameter, ...]:
    hints = get_type_hints(request, include_extras=True)
    return tuple(
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(request)
    )
