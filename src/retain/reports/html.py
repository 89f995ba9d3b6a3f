"""Pages that need nothing but themselves: styles and pictures are in the file, no script, no network."""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, **values: Any) -> str:
    """The page that a template in templates/ makes of the values; what is not marked safe is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("retain.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "share": share, "brief": brief}
    return environment


def number(value: float | None, form: str = ",.0f") -> str:
    """A number in one of Python's formats; a dash where there is none."""
    return "–" if value is None or not isfinite(value) else f"{value:{form}}"


def share(value: float | None) -> str:
    """A share in percent, with one decimal."""
    return "–" if value is None or not isfinite(value) else f"{value:.1%}"


def brief(value: float | None) -> str:
    """A number of any size in few signs: whole from ten on, else two digits that count."""
    if value is None or not isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
