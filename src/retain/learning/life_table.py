"""Churn by tenure alone: what a life table says of customers who have been there as long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.rules import RuleClassifier, Vector

TENURES = ("subscribed_for", "tenure")
BANDS = 20
PRIOR = 20.0  # customers' weight of the overall share, so that a thin band says little


class TenureRule(RuleClassifier):
    """The share of churners among customers who have been subscribed as long: Kaplan-Meier by tenure.

    Rows are survivors at their tenure, so the share lost within the horizon is one less the conditional
    survival S(u + horizon) / S(u). Bands hold as many rows each; neighbours are joined by straight lines.
    """

    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None:
        tenure = _tenure(X)
        known = ~np.isnan(tenure) & (weight > 0)
        borders = np.quantile(tenure[known], np.linspace(0, 1, BANDS + 1)) if known.any() else np.zeros(1)
        cuts = np.unique(borders)
        band = np.clip(np.searchsorted(cuts, tenure[known], side="right") - 1, 0, max(len(cuts) - 2, 0))
        mass = np.bincount(band, weights=weight[known])
        lost = np.bincount(band, weights=weight[known] * churned[known])
        middle = np.bincount(band, weights=weight[known] * tenure[known]) / np.maximum(mass, 1e-12)
        filled = mass > 0
        self.tenures_ = middle[filled] if filled.any() else np.zeros(1)
        rates = (lost + PRIOR * self.base_rate_) / (mass + PRIOR)
        self.rates_ = rates[filled] if filled.any() else np.array([self.base_rate_])

    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        tenure = _tenure(X)
        told = np.interp(np.nan_to_num(tenure), self.tenures_, self.rates_)
        return np.where(np.isnan(tenure), np.nan, told)

    def reason_column(self, X: pd.DataFrame) -> str:
        """The tenure."""
        return _named(X)


def _tenure(X: pd.DataFrame) -> NDArray[Any]:
    return X[_named(X)].to_numpy(np.float64)


def _named(X: pd.DataFrame) -> str:
    present = [name for name in TENURES if name in X.columns]
    if not present:
        raise ValueError(f"the rule needs one of the features {' or '.join(TENURES)}")
    return present[0]
