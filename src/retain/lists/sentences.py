"""The sentences that people read: templates with the customer's own numbers filled in."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

import numpy as np

from retain.errors import ConfigError
from retain.learning.feature import FeatureColumn

OWN_FIELDS = ("value", "window", "kind", "normal", "fall", "rise")
"""What a template may name besides feature columns. normal: the column's normal; fall and rise: the same,
known only where the value is below or above it."""


class Sentence(string.Formatter):
    """Formats templates with the words of retain's sentences besides Python's own format specs.

    n: a whole number (1,234); "n day": 1 day, 74 days; "every day": every day, every 12 days;
    share: 38 %; money: GBP 1,234.50, in the currency if there is one; date: an ISO date, also of a day number
    since 1970-01-01; if: nothing, the field must only be known.
    """

    def __init__(self, currency: str | None = None) -> None:
        self.currency = currency

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Fields are plain names, so that a column may have a dot in its name."""
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        """One field, in retain's words or Python's."""
        word, _, noun = format_spec.partition(" ")
        if word == "every" and noun:
            return f"every {noun}" if _whole(value) <= 1 else f"every {_counted(value, noun)}"
        if word == "n":
            return _counted(value, noun) if noun else f"{_whole(value):,}"
        plain = {"share": _share, "money": self._money, "date": _iso, "if": _nothing}.get(format_spec)
        return plain(value) if plain else str(super().format_field(value, format_spec))

    def _money(self, value: float) -> str:
        return f"{self.currency} {value:,.2f}" if self.currency else f"{value:,.2f}"


def filled(template: str, values: Mapping[str, Iterable[Any]], *, currency: str | None = None) -> list[str]:
    """The template once a row; `values` holds one sequence a field."""
    sentence = Sentence(currency)
    rows = zip(*values.values(), strict=True)
    return [sentence.vformat(template, (), dict(zip(values, row, strict=True))) for row in rows]


def check_templates(columns: Iterable[FeatureColumn], *, others: Iterable[str] = ()) -> None:
    """Raise ConfigError for every sentence that could never be said.

    `others` are feature columns that exist in the project but not for these tables: a sentence may name
    them, and is passed over for the next.
    """
    columns = tuple(columns)
    known = {*OWN_FIELDS, *(column.name for column in columns), *others}
    sentences = {(c.family, c.feature, template): None for c in columns for template in c.says}
    problems = [
        f"features/{family}.py: {feature} says {template!r}: {problem}"
        for family, feature, template in sentences
        for problem in _problems(template, known)
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def fields(template: str) -> tuple[str, ...]:
    """The names a template uses."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def _problems(template: str, known: set[str]) -> Iterator[str]:
    try:
        unknown = [name for name in fields(template) if name not in known]
    except ValueError as error:
        yield f"{error}."
        return
    for name in unknown:
        near = get_close_matches(name, sorted(known), n=1)
        yield f"{{{name}}} is no feature column" + (f"; did you mean {{{near[0]}}}?" if near else ".")
    if unknown:
        return
    try:
        sample = {name: "login" if name == "kind" else 2.0 for name in fields(template)}
        Sentence().vformat(template, (), sample)
    except (ValueError, TypeError) as error:
        yield f"it cannot be formatted ({error})."


def _whole(value: float) -> int:
    """The nearest whole number, halves upwards."""
    return int(np.floor(value + 0.5))


def _counted(value: float, noun: str) -> str:
    if 0 < value < 0.5:
        return f"less than 1 {noun}"
    whole = _whole(value)
    return f"{whole:,} {noun if whole == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _nothing(value: object) -> str:
    return ""


def _share(value: float) -> str:
    return "less than 1 %" if 0 < value < 0.005 else f"{_whole(100 * value):,} %"


def _iso(value: date | float) -> str:
    day = value if isinstance(value, date) else date(1970, 1, 1) + timedelta(days=_whole(value))
    return day.isoformat()
