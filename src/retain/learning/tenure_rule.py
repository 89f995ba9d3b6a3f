"""Churn by tenure alone: what the product-limit estimate says of customers who have been there as long."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retain.learning.kaplan_meier import ProductLimit
from retain.learning.lifetimes import Lifetimes
from retain.learning.rules import CERTAIN, RuleClassifier, Vector

TENURES = ("subscribed_for", "tenure", "days_since_first_order", "days_since_first_activity")
STRENGTH = 20.0  # customers' weight of the overall rate, so that a tenure few reached says little


class TenureRule(RuleClassifier):
    """Kaplan-Meier by tenure: the share lost within the horizon of those who were there as long.

    That is 1 - S(u + horizon) / S(u) at tenure u. Rows enter at the tenure they have, are followed as far as
    `lives` tell, and are censored there. Without lives it is known of the lost only that it was within the
    horizon; they count as lost in the middle of it, as in an actuary's life table.
    """

    def __init__(self, *, horizon: float | None = None) -> None:
        self.horizon = horizon

    def fit(
        self,
        X: pd.DataFrame,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        lives: Lifetimes | None = None,
    ) -> Self:
        """Fit to rows of which no two tell of the same days of a customer."""
        if self.horizon is None:
            raise ValueError("horizon is missing: the days within which a customer may be lost")
        super().fit(X, y, sample_weight)
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
        self._follow(_tenure(X), lives or self._supposed(np.asarray(y, bool)), weight)
        return self

    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None:
        """All is learnt in `fit`, which is told the lives."""

    def _follow(self, tenure: Vector, lives: Lifetimes, weight: Vector) -> None:
        gone = np.isfinite(lives.lost)
        last = tenure + np.where(gone, lives.lost, lives.followed - 1)
        known = ~np.isnan(tenure) & (weight > 0)
        self.survival_ = ProductLimit.of(
            tenure[known], last[known], gone[known], weight=weight[known], strength=STRENGTH
        )
        if known.any():
            rate = -np.expm1(-self.survival_.rate * self._days)
            self.base_rate_ = float(np.clip(rate, CERTAIN, 1 - CERTAIN))

    def _supposed(self, churned: NDArray[np.bool_]) -> Lifetimes:
        middle = float(int(self._days // 2))
        return Lifetimes(np.where(churned, middle, np.inf), np.full(len(churned), self._days))

    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        tenure = _tenure(X)
        lost = self.survival_.lost_within(self._days, age=np.nan_to_num(tenure))
        return np.where(np.isnan(tenure), np.nan, lost)

    @property
    def _days(self) -> float:
        return float(self.horizon or 0)

    def reason_column(self, X: pd.DataFrame) -> str:
        """The tenure."""
        return _named(X)


def _tenure(X: pd.DataFrame) -> NDArray[Any]:
    return X[_named(X)].to_numpy(np.float64)


def _named(X: pd.DataFrame) -> str:
    present = [name for name in TENURES if name in X.columns]
    if not present:
        raise ValueError(f"the rule needs one of the features {', '.join(TENURES[:-1])} or {TENURES[-1]}")
    return present[0]
