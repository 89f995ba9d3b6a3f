"""What a trained model is when it leaves training: an estimator, its calibrator, the columns they read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.errors import DataError
from retain.learning.calibration import Calibrator
from retain.learning.threads import one_for_products

Floats = NDArray[np.float64]

CHUNK = 100_000  # rows scored at once: memory does not grow with the customers


@dataclass(frozen=True)
class Scorer:
    """Calibrated churn probabilities from feature rows.

    estimator: scikit-learn's interface (`predict_proba`), and `contributions` where it can explain itself.
    """

    model: str
    estimator: Any
    calibrator: Calibrator
    columns: tuple[str, ...]

    @property
    def explains(self) -> bool:
        """Whether `contributions` is possible."""
        return hasattr(self.estimator, "contributions")

    def predict(self, X: pd.DataFrame) -> Floats:
        """The probability of churn of each row; columns in any order, of either float width.

        Raises DataError where a column that the model was trained with is missing.
        """
        return self.calibrator.apply(self.raw(X))

    def raw(self, X: pd.DataFrame) -> Floats:
        """The probability before calibration."""
        return self._by_chunks(lambda rows: churn_probability(self.estimator, rows), X, empty=np.empty(0))

    def contributions(self, X: pd.DataFrame) -> Floats:
        """What each column adds to the uncalibrated log-odds of each row, (rows, columns); exact."""
        empty = np.empty((0, len(self.columns)))
        return self._by_chunks(lambda rows: np.asarray(self.estimator.contributions(rows)), X, empty=empty)

    def _by_chunks(
        self, score: Callable[[pd.DataFrame], Floats], X: pd.DataFrame, *, empty: Floats
    ) -> Floats:
        rows = self._columns_of(X)
        with one_for_products():
            parts = [score(rows.iloc[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
        return np.concatenate(parts) if parts else empty

    def _columns_of(self, X: pd.DataFrame) -> pd.DataFrame:
        missing = [column for column in self.columns if column not in X.columns]
        if missing:
            shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            raise DataError(f"the features lack {len(missing)} of the model's columns: {shown}")
        return ordered(X, self.columns).astype(np.float32)


def ordered(X: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """These columns in this order: the frame itself where it has just these, since choosing copies."""
    return X if tuple(X.columns) == tuple(columns) else X[list(columns)]


def churn_probability(estimator: Any, X: pd.DataFrame) -> Floats:
    """The second column of `predict_proba`, as float64."""
    return np.asarray(estimator.predict_proba(X)[:, 1], float)
