"""Why a customer is on the list: up to three sentences with the customer's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn
from retain.lists.sentences import Sentence, check_templates, fields, filled
from retain.lists.speakers import SLOTS, fitness, strongest
from retain.progress import Progress, Silent

__all__ = ["Explainer", "Reasons", "Sentence", "check_templates", "explained", "strongest"]

REASONS = tuple(f"reason_{n + 1}" for n in range(SLOTS))
CHUNK = 250
FACTS = ("days_since_last", "usual_gap", "subscribed_for")


class Spoken(NamedTuple):
    """How the facts speak, and what that is about, for the playbook."""

    says: tuple[str, ...]
    family: str
    feature: str


ORDERED = Spoken(
    (
        "No order for {days_since_last:n day}; usually orders {usual_gap:every day}",
        "No order for {days_since_last:n day}",
    ),
    "recency",
    "days_since_last_order",
)
SEEN = Spoken(
    (
        "Not seen for {days_since_last:n day}; usually here {usual_gap:every day}",
        "Not seen for {days_since_last:n day}",
    ),
    "engagement",
    "days_since_last_activity",
)


SUBSCRIBED = Spoken(("Subscribed for {subscribed_for:n day}",), "subscription", "tenure")


def from_facts(counted: str) -> Spoken:
    """For a business whose customers are kept active by that table."""
    return {"activity": SEEN, "subscriptions": SUBSCRIBED}.get(counted, ORDERED)


Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


class Explainer(Protocol):
    """A scorer that may be able to say what each of its columns adds to a row's log-odds."""

    @property
    def explains(self) -> bool: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    def contributions(self, X: pd.DataFrame, /) -> NDArray[np.float64]: ...


@dataclass(frozen=True, eq=False)
class Reasons:
    """The listed customers' reasons, three slots each, the strongest first.

    said: sentences, "" where there are no more. family, feature: what each is about, "" likewise.
    actionable: whether somebody can act on it; the others are context. Of every customer whose last order
    is known, one reason at least is actionable.
    """

    said: NDArray[np.object_]
    family: NDArray[np.object_]
    feature: NDArray[np.object_]
    actionable: Mask

    @property
    def frame(self) -> pd.DataFrame:
        """The columns reason_1 to reason_3 of the list."""
        return pd.DataFrame({name: pd.Series(self.said[:, n], dtype="str") for n, name in enumerate(REASONS)})

    @property
    def act_on(self) -> pd.Series[str]:
        """The numbers of the reasons that can be acted on, such as `1, 3`; the others are context."""
        numbers = np.where(self.actionable, [f"{n + 1}, " for n in range(SLOTS)], "").astype(object)
        return pd.Series(numbers.sum(axis=1), dtype="str").str.removesuffix(", ")

    @property
    def to_act_on(self) -> NDArray[np.intp]:
        """(rows,) the slot of the first actionable reason; -1 where there is none."""
        first = self.actionable.argmax(axis=1)
        return np.where(self.actionable.any(axis=1), first, -1)


def explained(
    X: pd.DataFrame,
    columns: Sequence[FeatureColumn],
    *,
    scorer: Explainer,
    facts: pd.DataFrame,
    counted: str = "orders",
    currency: str | None = None,
    progress: Progress | None = None,
) -> Reasons:
    """The reasons of the listed customers, a row for each row of `X` and of `facts`.

    Families of features are ranked by the sum of their contributions, which seeds and correlated columns
    move little; each speaks through one column that adds to the risk and has a sentence. For a scorer that
    cannot explain itself (a rule), and where nothing that adds to the risk can be acted on, the reason is
    what the facts say (days_since_last, usual_gap) of the counted table. currency: of the money in sentences.
    """
    otherwise = from_facts(counted)
    if not scorer.explains:
        return _from_facts_alone(facts, otherwise)
    given = _contributions(X, scorer, progress=progress or Silent())
    named = {column.name: column for column in columns}
    columns = [named[name] for name in scorer.columns]
    spoken = [_spoken(X, column) for column in columns]
    sayable = np.column_stack([choice >= 0 for choice in spoken])
    worse = np.column_stack(
        [_is_worse(column)[choice] for column, choice in zip(columns, spoken, strict=True)]
    )
    actionable = np.array([column.actionable for column in columns], dtype=bool)
    chosen = strongest(
        given,
        sayable,
        families=[column.family for column in columns],
        fitness=fitness(given, sayable, columns=columns, worse=worse),
        actionable=actionable,
    )
    found = Reasons(
        _sentences(X, columns, chosen=chosen, spoken=spoken, currency=currency),
        _looked_up([column.family for column in columns], chosen),
        _looked_up([column.feature for column in columns], chosen),
        np.where(chosen >= 0, actionable[chosen], False),
    )
    return _with_an_actionable_one(found, facts, otherwise)


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
    known: Mask


def _spoken(X: pd.DataFrame, column: FeatureColumn) -> NDArray[np.intp]:
    """For each row the number of the column's first template whose fields are all known, else -1."""
    choice = np.full(len(X), -1, dtype=np.intp)
    for number, template in reversed(list(enumerate(column.says))):
        known = [_field(X, column, name).known for name in fields(template)]
        choice[np.logical_and.reduce(known) if known else slice(None)] = number
    return choice


def _is_worse(column: FeatureColumn) -> Mask:
    """For each template (and none, the last) whether it is only said of a value worse than normal."""
    return np.array([bool({"fall", "rise"} & set(fields(one))) for one in column.says] + [False])


def _field(X: pd.DataFrame, column: FeatureColumn, name: str) -> _Field:
    if name in ("window", "kind"):
        value = column.window if name == "window" else column.kind
        return _Field(np.full(len(X), value, dtype=object), np.full(len(X), value is not None))
    if name in ("normal", "fall", "rise"):
        return _normal(X, column, name)
    source = column.name if name == "value" else name
    if source not in X:
        return _unknown(len(X))
    return _column(X[source], coded=name == "value" and column.categorical)


def _normal(X: pd.DataFrame, column: FeatureColumn, name: str) -> _Field:
    normal = normal_values(X, column)
    if normal is None:
        return _unknown(len(X))
    value = X[column.name].to_numpy(np.float64)
    known = {"normal": np.isfinite(normal), "fall": value < normal, "rise": value > normal}
    return _Field(normal, known[name])


def normal_values(X: pd.DataFrame, column: FeatureColumn) -> NDArray[np.float64] | None:
    """(rows,) what the column would be if all were well; None where nobody can tell."""
    if isinstance(column.normal, str):
        return X[column.normal].to_numpy(np.float64) if column.normal in X else None
    return None if column.normal is None else np.full(len(X), float(column.normal))


def _unknown(rows: int) -> _Field:
    return _Field(np.full(rows, None, dtype=object), np.zeros(rows, dtype=bool))


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
    currency: str | None,
) -> NDArray[np.object_]:
    said = np.full(chosen.shape, "", dtype=object)
    for number in np.unique(chosen[chosen >= 0]):
        rows, slots = np.nonzero(chosen == number)
        for choice in np.unique(spoken[number][rows]):
            here = spoken[number][rows] == choice
            said[rows[here], slots[here]] = _written(
                X.iloc[rows[here]], columns[number], int(choice), currency=currency
            )
    return said


def _written(X: pd.DataFrame, column: FeatureColumn, choice: int, *, currency: str | None) -> list[str]:
    template = column.says[choice]
    names = fields(template)
    if not names:
        return [Sentence().vformat(template, (), {})] * len(X)
    values = {name: _field(X, column, name).values for name in names}
    return filled(template, values, currency=currency)


def _looked_up(texts: Sequence[str], chosen: NDArray[np.intp]) -> NDArray[np.object_]:
    found: NDArray[np.object_] = np.array([*texts, ""], dtype=object)[chosen]
    return found


def _with_an_actionable_one(found: Reasons, facts: pd.DataFrame, otherwise: Spoken) -> Reasons:
    """Where there is none, the facts speak: for their family if it is there, else in the first free slot."""
    said = _said_of_facts(facts, otherwise.says)
    rows = np.flatnonzero((found.to_act_on < 0) & (said != ""))
    own, free = found.family[rows] == otherwise.family, found.said[rows] == ""
    free[:, -1] = True
    slot = np.where(own.any(axis=1), own.argmax(axis=1), free.argmax(axis=1))

    def put(part: NDArray[Any], value: Any) -> NDArray[Any]:
        part = part.copy()
        part[rows, slot] = value
        return part

    return Reasons(
        put(found.said, said[rows]),
        put(found.family, otherwise.family),
        put(found.feature, otherwise.feature),
        put(found.actionable, True),
    )


def _from_facts_alone(facts: pd.DataFrame, otherwise: Spoken) -> Reasons:
    nothing = np.full((len(facts), len(REASONS)), "", dtype=object)
    return _with_an_actionable_one(Reasons(nothing, nothing, nothing, nothing == 1), facts, otherwise)


def _said_of_facts(facts: pd.DataFrame, says: Sequence[str]) -> NDArray[np.object_]:
    values = {
        name: facts[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in FACTS if name in facts
    }
    said = np.full(len(facts), "", dtype=object)
    for template in reversed(says):
        names = fields(template)
        rows = np.flatnonzero(np.logical_and.reduce([np.isfinite(values[name]) for name in names]))
        said[rows] = filled(template, {name: values[name][rows] for name in names})
    return said
