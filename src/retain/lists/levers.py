"""What would lower a customer's risk most: the score again, with a family of features back to normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn
from retain.lists.reasons import normal_values
from retain.lists.sentences import Sentence, fields

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST = 0.005
"""Less of a probability is no change worth naming."""

LEVERS = {
    "days_since_last_order": "Ordering again, {normal:every day} as usual",
    "gap_share": "Ordering again at their usual gap",
    "orders": "Ordering {normal:n time} in {window:n day} as before, not {value:n}",
    "order_days": "Ordering on {normal:n day} of {window} as before, not on {value:n}",
    "last_gap": "Ordering {normal:every day} as usual",
    "spend": "Spending {normal:money} in {window:n day} as before, not {value:money}",
    "last_order_amount": "Orders of {normal:money} as usual, not {value:money}",
    "events": "'{kind}' {normal:n time} in {window:n day} as before, not {value:n}",
    "last_value": "'{kind}' at {normal:.2f} as usual, not {value:.2f}",
    "active_users": "{normal:n user} active in {window:n day} as before, not {value:n}",
    "days_since_top_user": "With their most active user back",
    "contract_amount": "Paying {normal:money} a month as at first, not {value:money}",
    "days_to_renewal": "With the contract renewed",
    "notice_given": "Without the notice",
    "in_trial": "On a contract rather than a trial",
    "mean_value": "'{kind}' averaging {normal:.2f} as usual, not {value:.2f}",
}
"""What it means for a feature to be back to normal, with the customer's own numbers."""

PHRASES = {
    "recency": "Ordering again",
    "frequency": "Ordering as often as before",
    "monetary": "Spending as much as before",
    "engagement": "As active as before",
    "assortment": "Buying their favourites again",
    "users": "With as many of their people active as before",
    "subscription": "With the contract renewed",
}
OTHERWISE = "With {family} as usual for them"
EFFECT = "{lever}: {left:share} risk instead of {risk:share}"


class Scorer(Protocol):
    """What turns feature rows into calibrated churn probabilities."""

    def predict(self, X: pd.DataFrame, /) -> NDArray[np.float64]: ...


def levers(
    X: pd.DataFrame, columns: Sequence[FeatureColumn], *, scorer: Scorer, currency: str | None = None
) -> pd.DataFrame:
    """For each listed customer the family that lowers the risk most when its features are back to normal.

    Columns: lever, a sentence; lever_family; lever_risk, the probability that would be left. Empty where no
    family lowers it by half a percentage point. It says what the model would answer, not what a call would
    cause. Costs one scoring of the list a family.
    """
    risk = np.asarray(scorer.predict(X), float)
    families = list(dict.fromkeys(column.family for column in columns if column.actionable))
    left = np.column_stack(
        [risk, *(_risk_at_normal(X, columns, family, scorer=scorer) for family in families)]
    )
    best = left.argmin(axis=1)
    best[risk - left.min(axis=1) < LEAST] = 0
    after = left[np.arange(len(left)), best]
    said = np.full(len(X), "", dtype=object)
    for number, family in enumerate(families, start=1):
        rows = np.flatnonzero(best == number)
        said[rows] = _phrases(X.iloc[rows], columns, family, currency=currency)
    return pd.DataFrame(
        {
            "lever": pd.Series(_with_effect(said, risk, after), dtype="str"),
            "lever_family": pd.Series(np.array(["", *families], dtype=object)[best], dtype="str"),
            "lever_risk": np.where(best > 0, after, np.nan),
        }
    )


def _risk_at_normal(
    X: pd.DataFrame, columns: Sequence[FeatureColumn], family: str, *, scorer: Scorer
) -> Vector:
    normal = {column.name: _back(X, column) for column in columns if column.family == family}
    changed = {name: values for name, values in normal.items() if values is not None}
    return np.asarray(scorer.predict(X.assign(**changed)), float) if changed else np.full(len(X), np.inf)


def _back(X: pd.DataFrame, column: FeatureColumn) -> NDArray[np.float32] | None:
    """The column at its normal; None where there is no normal.

    As it is where either is not known, and where it is a number of days that is below a fixed normal already.
    """
    normal = normal_values(X, column) if column.name in X else None
    if normal is None:
        return None
    value = X[column.name].to_numpy(np.float64)
    known = np.isfinite(normal) & np.isfinite(value)
    if column.feature.startswith("days_since") and not isinstance(column.normal, str):
        known &= value > normal
    return np.where(known, normal, value).astype(np.float32)


def _phrases(
    X: pd.DataFrame, columns: Sequence[FeatureColumn], family: str, *, currency: str | None
) -> NDArray[np.object_]:
    """What would have to be, through the family's first column that is worse than normal and has words."""
    sentence = Sentence(currency)
    said = np.full(len(X), "", dtype=object)
    for column in (one for one in columns if one.family == family and one.feature in LEVERS):
        values = normal_values(X, column) if column.name in X else None
        if values is None or (column.window is None and "{window" in LEVERS[column.feature]):
            continue
        rows = np.flatnonzero((said == "") & _is_worse(X, column, normal=values))
        said[rows] = [
            sentence.vformat(
                LEVERS[column.feature],
                (),
                {"value": value, "normal": normal, "window": column.window, "kind": column.kind},
            )
            for value, normal in zip(X[column.name].to_numpy(float)[rows], values[rows], strict=True)
        ]
    said[said == ""] = PHRASES.get(family, OTHERWISE.format(family=family))
    return said


def _is_worse(X: pd.DataFrame, column: FeatureColumn, *, normal: Vector) -> Mask:
    """(rows,) whether the value is on the wrong side of its normal; which one that is, its sentences know."""
    value = X[column.name].to_numpy(np.float64)
    named = {name for template in column.says for name in fields(template)}
    worse = np.zeros(len(X), dtype=bool)
    if "fall" in named:
        worse |= value < normal
    if "rise" in named:
        worse |= value > normal
    return worse


def _with_effect(said: NDArray[np.object_], risk: Vector, left: Vector) -> list[str]:
    sentence = Sentence()
    told = zip(said, risk, left, strict=True)
    return [
        sentence.vformat(EFFECT, (), {"lever": lever, "risk": before, "left": after}) if lever else ""
        for lever, before, after in told
    ]
