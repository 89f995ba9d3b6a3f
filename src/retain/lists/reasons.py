"""Why a customer is on the list: up to three sentences with the customer's own numbers."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.errors import ConfigError
from retain.learning.feature import FeatureColumn
from retain.progress import Progress, Silent

REASONS = ("reason_1", "reason_2", "reason_3")
# A contribution in log-odds; less moves the odds by under one percent and is no reason.
LEAST = 0.01
CHUNK = 250
OWN_FIELDS = ("value", "window", "kind")
FACTS = ("days_since_last", "usual_gap")
FROM_FACTS = (
    "No order for {days_since_last:n day}; usually orders {usual_gap:every day}",
    "No order for {days_since_last:n day}",
)

Floats = NDArray[np.floating[Any]]


class Explainer(Protocol):
    """A scorer that may be able to say what each of its columns adds to a row's log-odds."""

    @property
    def explains(self) -> bool: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    def contributions(self, X: pd.DataFrame, /) -> NDArray[np.float64]: ...


class Sentence(string.Formatter):
    """Formats templates with the words of retain's sentences besides Python's own format specs.

    n: a whole number (1,234); "n day": 1 day, 74 days; "every day": every day, every 12 days;
    share: 38 %; money: 1,234.50; date: an ISO date, also of a day number since 1970-01-01.
    """

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
        plain = {"share": _share, "money": _money, "date": _iso}.get(format_spec)
        return plain(value) if plain else str(super().format_field(value, format_spec))


def reasons(
    X: pd.DataFrame,
    columns: Sequence[FeatureColumn],
    *,
    scorer: Explainer,
    facts: pd.DataFrame,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The three reason columns for the listed customers, a row for each row of `X` and of `facts`.

    Families of features are ranked by the sum of their contributions; each speaks through the column that
    adds most and has a sentence. Fewer reasons leave empty strings. For a scorer that cannot explain
    itself (a rule) the reason is what the facts say (days_since_last, usual_gap).
    """
    if not scorer.explains:
        return _frame(np.column_stack([_from_facts(facts), *[np.full(len(X), "", dtype=object)] * 2]))
    given = _contributions(X, scorer, progress=progress or Silent())
    named = {column.name: column for column in columns}
    columns = [named[name] for name in scorer.columns]
    spoken = [_spoken(X, column) for column in columns]
    sayable = np.column_stack([choice >= 0 for choice in spoken])
    chosen = strongest(given, sayable, families=[column.family for column in columns])
    return _frame(_sentences(X, columns, chosen=chosen, spoken=spoken))


def strongest(given: Floats, sayable: NDArray[np.bool_], *, families: Sequence[str]) -> NDArray[np.intp]:
    """The columns that speak, (rows, 3), the strongest family first; -1 where there are no more."""
    names, family = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    raising = np.where(sayable & (given > LEAST), given, -np.inf)
    best = np.full((len(given), max(len(names), len(REASONS))), -1, dtype=np.intp)
    total = np.full(best.shape, -np.inf)
    for number in range(len(names)):
        members = np.flatnonzero(family == number)
        best[:, number] = members[raising[:, members].argmax(axis=1)]
        speaks = np.isfinite(raising[:, members].max(axis=1))
        total[speaks, number] = given[np.ix_(speaks, members)].sum(axis=1)
    order = np.argsort(-total, axis=1, kind="stable")[:, : len(REASONS)]
    silent = np.isneginf(np.take_along_axis(total, order, axis=1))
    return np.where(silent, -1, np.take_along_axis(best, order, axis=1))


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


def _contributions(X: pd.DataFrame, scorer: Explainer, *, progress: Progress) -> Floats:
    given = np.empty((len(X), len(scorer.columns)))
    with progress.step("Finding reasons", total=len(X)) as step:
        for start in range(0, len(X), CHUNK):
            rows = slice(start, start + CHUNK)
            given[rows] = scorer.contributions(X.iloc[rows])
            step.advance(len(given[rows]))
    return given


@dataclass(frozen=True)
class _Field:
    """The values of one field over the listed rows, and where they are known."""

    values: NDArray[Any]
    known: NDArray[np.bool_]


def _spoken(X: pd.DataFrame, column: FeatureColumn) -> NDArray[np.intp]:
    """For each row the number of the column's first template whose fields are all known, else -1."""
    choice = np.full(len(X), -1, dtype=np.intp)
    for number, template in reversed(list(enumerate(column.says))):
        known = [_field(X, column, name).known for name in fields(template)]
        choice[np.logical_and.reduce(known) if known else slice(None)] = number
    return choice


def _field(X: pd.DataFrame, column: FeatureColumn, name: str) -> _Field:
    if name in ("window", "kind"):
        value = column.window if name == "window" else column.kind
        return _Field(np.full(len(X), value, dtype=object), np.full(len(X), value is not None))
    source = column.name if name == "value" else name
    if source not in X:
        return _Field(np.full(len(X), None, dtype=object), np.zeros(len(X), dtype=bool))
    return _column(X[source], coded=name == "value" and column.categorical)


def _column(values: pd.Series[Any], *, coded: bool) -> _Field:
    """A column's values; the code of a category means nothing to a reader and counts as unknown."""
    if not pd.api.types.is_numeric_dtype(values):
        return _Field(values.astype(object).to_numpy(), values.notna().to_numpy())
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return _Field(numbers, np.isfinite(numbers) & (not coded))


def _sentences(
    X: pd.DataFrame,
    columns: Sequence[FeatureColumn],
    *,
    chosen: NDArray[np.intp],
    spoken: Sequence[NDArray[np.intp]],
) -> NDArray[np.object_]:
    said = np.full(chosen.shape, "", dtype=object)
    for number in np.unique(chosen[chosen >= 0]):
        rows, slots = np.nonzero(chosen == number)
        for choice in np.unique(spoken[number][rows]):
            here = spoken[number][rows] == choice
            said[rows[here], slots[here]] = _written(X.iloc[rows[here]], columns[number], int(choice))
    return said


def _written(X: pd.DataFrame, column: FeatureColumn, choice: int) -> list[str]:
    template = column.says[choice]
    names = fields(template)
    if not names:
        return [Sentence().vformat(template, (), {})] * len(X)
    return _filled(template, {name: _field(X, column, name).values for name in names})


def _filled(template: str, values: Mapping[str, Iterable[Any]]) -> list[str]:
    """The template once a row; `values` holds one sequence a field."""
    sentence = Sentence()
    rows = zip(*values.values(), strict=True)
    return [sentence.vformat(template, (), dict(zip(values, row, strict=True))) for row in rows]


def _from_facts(facts: pd.DataFrame) -> NDArray[np.object_]:
    values = {name: facts[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in FACTS}
    said = np.full(len(facts), "", dtype=object)
    for template in reversed(FROM_FACTS):
        names = fields(template)
        rows = np.flatnonzero(np.logical_and.reduce([np.isfinite(values[name]) for name in names]))
        said[rows] = _filled(template, {name: values[name][rows] for name in names})
    return said


def _frame(said: NDArray[np.object_]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(said[:, n], dtype="str") for n, name in enumerate(REASONS)})


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


def _share(value: float) -> str:
    return "less than 1 %" if 0 < value < 0.005 else f"{_whole(100 * value):,} %"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _iso(value: date | float) -> str:
    day = value if isinstance(value, date) else date(1970, 1, 1) + timedelta(days=_whole(value))
    return day.isoformat()
