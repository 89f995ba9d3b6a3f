"""The analyst's baseline: logistic regression on recency, frequency, spend and tenure."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from retain import model

VARIABLES = (
    ("days_since_last_order", "days_since_last_activity"),
    ("orders", "active_days"),
    ("spend",),
    ("days_since_first_order", "days_since_first_activity"),
    ("subscribed_for", "tenure"),
    ("contract_amount",),
)


@model()
def rfm_logit(C: float = 1.0) -> RfmLogit:
    """Logistic regression on the logarithms of recency, frequency, spend and tenure."""
    return RfmLogit(C=C)


class RfmLogit(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A few logarithms, scaled; of each pair of VARIABLES the first that the tables allow, if any.

    A missing value counts as the training mean.
    """

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit by penalised maximum likelihood."""
        self.classes_ = np.array([False, True])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.columns_ = _present(X)
        self.scaler_ = StandardScaler().fit(self._logs(X), sample_weight=sample_weight)
        self.logit_ = LogisticRegression(C=self.C, max_iter=1000)
        self.logit_.fit(self._scaled(X), np.asarray(y, bool), sample_weight=sample_weight)
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Probabilities of staying and of churning, (rows, 2)."""
        return np.asarray(self.logit_.predict_proba(self._scaled(X)))

    def contributions(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """What each feature adds to the average customer's log-odds, (rows, columns of X)."""
        shares = np.zeros(X.shape)
        positions = [list(X.columns).index(name) for name in self.columns_]
        shares[:, positions] = self._scaled(X) * self.logit_.coef_[0]
        return shares

    def _scaled(self, X: pd.DataFrame) -> NDArray[Any]:
        return np.asarray(np.nan_to_num(self.scaler_.transform(self._logs(X)), nan=0.0))

    def _logs(self, X: pd.DataFrame) -> NDArray[Any]:
        values = X[self.columns_].to_numpy(float)
        return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _present(X: pd.DataFrame) -> list[str]:
    found = [next((name for name in names if name in X.columns), None) for names in VARIABLES]
    present = [name for name in found if name is not None]
    if not present:
        raise ValueError("rfm_logit needs recency, frequency, spend or tenure among the features")
    return present
