"""The naive rule: whoever has been away longest is the likeliest to have left."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from retain import model

DAYS_SINCE_LAST = ("days_since_last_order", "days_since_last_activity")


@model(rule=True, tables=("orders", "activity"))
def recency() -> Recency:
    """Days since the last order (or activity), longest first."""
    return Recency()


class Recency(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Ranks by days since the last order: its odds are those days over their median.

    Customers without one rank as the longest away that training saw. Probabilities need calibration.
    """

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the median and the longest absence."""
        self.classes_ = np.array([False, True])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.column_ = _days_column(X)
        days = X[self.column_].to_numpy(float)
        seen = days[np.isfinite(days)]
        self.usual_ = max(float(np.median(seen)), 1.0) if len(seen) else 1.0
        self.longest_ = float(seen.max()) if len(seen) else self.usual_
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Scores between 0 and 1 that rise with the days, in the second column."""
        odds = np.exp(self._log_odds(X))
        churn = odds / (1 + odds)
        return np.column_stack([1 - churn, churn])

    def contributions(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """The whole of the score is the days' doing."""
        share = np.zeros(X.shape)
        share[:, list(X.columns).index(self.column_)] = self._log_odds(X)
        return share

    def _log_odds(self, X: pd.DataFrame) -> NDArray[Any]:
        days = X[self.column_].to_numpy(float)
        known = np.where(np.isfinite(days), days, self.longest_)
        return np.log((known + 0.5) / (self.usual_ + 0.5))


def _days_column(X: pd.DataFrame) -> str:
    named = [name for name in DAYS_SINCE_LAST if name in X.columns]
    if not named:
        raise ValueError(f"the recency rule needs one of the features {' or '.join(DAYS_SINCE_LAST)}")
    return named[0]
