"""The jinja2 environment of the templates: strict, without escaping, with the one function they may call."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from ttplan.render.declarations import declared
from ttplan.render.layout import indented


@cache
def environment() -> jinja2.Environment:
    """The environment over `ttplan/render/templates`; an undefined name in a template is an error."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("ttplan.render", "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.globals["declared"] = declared
    return env


def rendered(template: str, **context: Any) -> str:
    """The text of a template that is not C++."""
    return environment().get_template(template).render(**context)


def rendered_cpp(template: str, **context: Any) -> str:
    """The text of a C++ template, indented by its braces."""
    return indented(rendered(template, **context))
