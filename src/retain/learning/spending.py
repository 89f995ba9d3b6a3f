"""What predicts how much customers will spend: trees, and the two rules of thumb that trees must beat.

Each has scikit-learn's `fit(X, y)` and `predict(X)`; y and the prediction are revenue net of returns in
the horizon of those who stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Self

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from retain.learning.btyd import Histories, ParetoNbd
from retain.learning.forest import Forest
from retain.learning.gamma_gamma import GammaGamma
from retain.learning.net_spend import net_spend
from retain.learning.scorer import ordered

Vector = NDArray[np.float64]

NEEDED = ("spend", "order_days", "days_since_first_order", "days_since_last_order")
"""The features that the rules of thumb read."""
FEW_ROWS = 2_000


class SpendRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Boosted trees with a Tweedie loss: many small sums, some large ones, and none below zero.

    Where customers are few, trees have fewer leaves and each of them more of the customers.
    """

    _forest: Forest | None = None

    def __init__(
        self,
        *,
        n_estimators: int = 150,
        learning_rate: float = 0.05,
        variance_power: float = 1.3,
        l2: float = 10.0,
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.variance_power = variance_power
        self.l2 = l2
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from what was spent; a sum below zero (more sent back than bought) counts as nothing."""
        spent = np.maximum(np.asarray(y, float), 0.0)
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.trees_ = None
        if spent.any():
            weight = None if sample_weight is None else np.asarray(sample_weight, float)
            self.trees_ = self._trees(len(spent)).fit(_matrix(X), spent, sample_weight=weight)
        return self

    def predict(self, X: pd.DataFrame) -> Vector:
        """The expected sum of each row."""
        check_is_fitted(self, "feature_names_in_")
        if self.trees_ is None:
            return np.zeros(len(X))
        trees, values = self.trees_.booster_, _matrix(ordered(X, tuple(self.feature_names_in_)))
        if self._forest is not None:
            return np.exp(self._forest.raw(values, threads=self.n_jobs or 0))
        return np.asarray(trees.predict(values, num_threads=self.n_jobs or 0), float)

    def by_columns(self) -> Self:
        """The same for very many rows: it gives the same numbers but for the last bit (`Forest`)."""
        check_is_fitted(self, "feature_names_in_")
        quick = copy(self)
        if self.trees_ is not None:
            quick._forest = Forest(self.trees_.booster_)
        return quick

    def _trees(self, rows: int) -> LGBMRegressor:
        few = rows < FEW_ROWS
        return LGBMRegressor(
            objective="tweedie",
            tweedie_variance_power=self.variance_power,
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=7 if few else 15,
            min_child_samples=max(rows // 40, 1) if few else 50,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.5,
            reg_lambda=self.l2,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
            deterministic=True,
            force_row_wise=True,  # or LightGBM times both ways, and says so
            verbose=-1,
        )


class HistoricMean(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # as above
    """What the customer spent a day so far, times the days of the horizon.

    Whoever came less than a horizon ago is taken to have had a whole horizon, or one order would make them
    the best customer of all.
    """

    def __init__(self, *, horizon: float) -> None:
        self.horizon = horizon

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> Self:
        """Nothing is learnt."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return self

    def predict(self, X: pd.DataFrame) -> Vector:
        """Nothing for a customer without orders."""
        days = X["days_since_first_order"].to_numpy(float)
        return np.asarray(np.nan_to_num(net_spend(X) / np.maximum(days, self.horizon) * self.horizon))


class BuyTillYouDieSpend(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # as above
    """Pareto/NBD orders times gamma-gamma amounts, given an order in the churn horizon.

    An order is a day with orders, an amount its net spend; both are fitted on the rows of one cutoff, of
    customers who stay and who leave.
    """

    def __init__(self, *, horizon: float, churn_horizon: float, random_state: int = 0) -> None:
        self.horizon = horizon
        self.churn_horizon = churn_horizon
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> Self:
        """By maximum likelihood; what was spent later is not looked at."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        days, amounts = _orders(X)
        x, t_x, T = _histories(X)
        known = days > 0
        self.orders_ = ParetoNbd.fit(Histories.of(x[known], t_x[known], T[known]), seed=self.random_state)
        paid = (amounts > 0).any()
        self.amounts_ = GammaGamma.fit(days, amounts, seed=self.random_state) if paid else None
        return self

    def predict(self, X: pd.DataFrame) -> Vector:
        """Nothing for a customer without orders."""
        days, amounts = _orders(X)
        known = days > 0
        expected = np.zeros(len(X))
        if self.amounts_ is None:
            return expected
        history = [part[known] for part in _histories(X)]
        (orders,) = self._orders_if_staying(*history, horizons=(self.horizon,))
        expected[known] = orders * self.amounts_.expected_amount(days[known], amounts[known])
        return expected

    def growth(self, X: pd.DataFrame, *, to: float) -> Vector:
        """Orders expected in `to` days over those in the horizon, of each customer who stays.

        Less than the share of the days: an order is certain in the churn horizon, not after it.
        """
        known = np.nan_to_num(X["order_days"].to_numpy(float)) > 0
        times = np.full(len(X), to / self.horizon)
        history = [part[known] for part in _histories(X)]
        short, long = self._orders_if_staying(*history, horizons=(self.horizon, to))
        times[known] = np.clip(long / np.maximum(short, 1e-9), 1.0, to / self.horizon)
        return times

    def _orders_if_staying(
        self, x: Vector, t_x: Vector, T: Vector, *, horizons: Sequence[float]
    ) -> list[Vector]:
        """E[orders in each horizon | at least one in the churn horizon]."""
        near = min(self.churn_horizon, *horizons)
        return self.orders_.orders_if_staying(x, t_x, T, near=near, horizons=horizons)


def _orders(X: pd.DataFrame) -> tuple[Vector, Vector]:
    """Days with orders, and the net spend of such a day."""
    days = np.nan_to_num(X["order_days"].to_numpy(float))
    return days, net_spend(X) / np.maximum(days, 1.0)


def _histories(X: pd.DataFrame) -> tuple[Vector, Vector, Vector]:
    """x repeat order days, the days from the first to the last, and from the first to the cutoff."""
    T = X["days_since_first_order"].to_numpy(float)
    x = np.maximum(np.nan_to_num(X["order_days"].to_numpy(float)) - 1, 0.0)
    return x, np.where(x > 0, T - X["days_since_last_order"].to_numpy(float), 0.0), T


def _matrix(X: pd.DataFrame) -> NDArray[Any]:
    """Without names: LightGBM refuses those with a comma or a colon."""
    return X.to_numpy(np.float32)
