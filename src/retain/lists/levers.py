"""What would lower a customer's risk most: the score again, with a family of features back to normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn
from retain.lists.reasons import normal_values

Vector = NDArray[np.float64]

LEAST = 0.005
"""Less of a probability is no change worth naming."""

PHRASES = {
    "recency": "Ordering again at their usual gap",
    "frequency": "Ordering as often as before",
    "monetary": "Spending as much as before",
    "engagement": "As active as before",
    "assortment": "Buying their favourites again",
}
OTHERWISE = "With {family} as usual for them"


class Scorer(Protocol):
    """What turns feature rows into calibrated churn probabilities."""

    def predict(self, X: pd.DataFrame, /) -> NDArray[np.float64]: ...


def levers(X: pd.DataFrame, columns: Sequence[FeatureColumn], *, scorer: Scorer) -> pd.DataFrame:
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
    return _frame(["", *families], best, before=risk, after=left[np.arange(len(left)), best])


def _risk_at_normal(
    X: pd.DataFrame, columns: Sequence[FeatureColumn], family: str, *, scorer: Scorer
) -> Vector:
    normal = {column.name: _back(X, column) for column in columns if column.family == family}
    changed = {name: values for name, values in normal.items() if values is not None}
    return np.asarray(scorer.predict(X.assign(**changed)), float) if changed else np.full(len(X), np.inf)


def _back(X: pd.DataFrame, column: FeatureColumn) -> NDArray[np.float32] | None:
    """The column at its normal, as it is where that is not known; None where it never is."""
    normal = normal_values(X, column) if column.name in X else None
    if normal is None:
        return None
    return np.where(np.isfinite(normal), normal, X[column.name].to_numpy(np.float64)).astype(np.float32)


def _frame(families: Sequence[str], best: NDArray[np.intp], *, before: Vector, after: Vector) -> pd.DataFrame:
    phrases = [PHRASES.get(family, OTHERWISE.format(family=family)) for family in families]
    said = [
        f"{phrases[which]}, the risk would be {left:.0%} instead of {risk:.0%}" if which else ""
        for which, risk, left in zip(best, before, after, strict=True)
    ]
    return pd.DataFrame(
        {
            "lever": pd.Series(said, dtype="str"),
            "lever_family": pd.Series([families[which] for which in best], dtype="str"),
            "lever_risk": np.where(best > 0, after, np.nan),
        }
    )
