"""Dates written as 24/12/2023 or 12/24/2023: which number is the day is told from the whole column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_WRITTEN = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
_CLEARLY = 0.99
"""The share of the dates with a number above twelve that must have it in the same place."""

Query = Callable[[str], list[tuple[Any, ...]]]


def day_first(relation: str, columns: Iterable[str], *, query: Query) -> dict[str, bool]:
    """For each column (quoted) of such dates whether the day comes first.

    Columns that do not tell are left out: 03/04/2023 alone is not read rather than misread.
    """
    found = {}
    for column in columns:
        day, month = query(_evidence(relation, column))[0]
        if max(day, month) > _CLEARLY * (day + month):
            found[column] = day > month
    return found


def iso(expression: str, *, day_first: bool | None) -> str:
    """The text with such a date turned round to year-month-day; None: left as it is."""
    if day_first is None:
        return expression
    turned = r"\3-\2-\1" if day_first else r"\3-\1-\2"
    return f"regexp_replace({expression}, '{_WRITTEN}', '{turned}')"


def _evidence(relation: str, column: str) -> str:
    """How many dates have a number above twelve in the first place, and how many in the second."""
    first, second = (f"regexp_extract({column}, '{_WRITTEN}', {place})::INTEGER" for place in (1, 2))
    return f"""SELECT count(*) FILTER (one BETWEEN 13 AND 31 AND two <= 12),
            count(*) FILTER (two BETWEEN 13 AND 31 AND one <= 12)
        FROM (SELECT {first} AS one, {second} AS two FROM {relation}
              WHERE regexp_matches({column}, '{_WRITTEN}'))"""
