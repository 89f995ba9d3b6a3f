"""The baselines that a model must beat: rules of one number, and buy-till-you-die models, as classifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from retain.learning.btyd import BgNbd, BuyTillYouDie, Histories, ParetoNbd

Vector = NDArray[np.float64]

LAST = ("days_since_last_order", "days_since_last_activity")
FIRST = ("days_since_first_order", "days_since_first_activity")
DAYS = ("order_days", "active_days")
MONTH = 31
CERTAIN = 1e-6


class RuleClassifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier of few features; whom it cannot judge gets the share of churners in training."""

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on rows that have the rule's features."""
        churned = np.asarray(y, dtype=bool)
        weight = np.ones(len(churned)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.classes_ = np.array([False, True])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.base_rate_ = float(np.clip(np.average(churned, weights=weight), CERTAIN, 1 - CERTAIN))
        self._learn(X, churned, weight)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Vector:
        """Probabilities of staying and of churning, (rows, 2)."""
        check_is_fitted(self)
        judged = self._churn_probability(X)
        churn = np.where(np.isnan(judged), self.base_rate_, judged)
        return np.column_stack([1 - churn, churn])

    def predict(self, X: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether churning is the likelier."""
        return np.asarray(self.predict_proba(X)[:, 1] > 0.5)

    def contributions(self, X: pd.DataFrame) -> Vector:
        """Log-odds against the average customer, all of it on `reason_column`, (rows, columns of X)."""
        churn = np.clip(self.predict_proba(X)[:, 1], CERTAIN, 1 - CERTAIN)
        share = np.zeros(X.shape)
        share[:, list(X.columns).index(self.reason_column(X))] = logit(churn) - logit(self.base_rate_)
        return share

    def reason_column(self, X: pd.DataFrame) -> str:
        """The feature whose sentence says why."""
        return _named(X, LAST)

    @abstractmethod
    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None: ...

    @abstractmethod
    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        """NaN for a customer whom the rule cannot judge."""


class OwnGapRule(RuleClassifier):
    """Days since the last order over the customer's own mean gap; one-time customers have everyone's.

    The probability is a logistic function of the logarithm of that share and never falls as it grows.
    """

    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None:
        gap = _mean_gap(X)
        known = ~np.isnan(gap)
        self.usual_gap_ = float(np.average(gap[known], weights=weight[known])) if known.any() else 1.0
        share = self._log_share(X)
        judged = ~np.isnan(share)
        self.slope_, self.intercept_ = _rising_logistic(share[judged], churned[judged], weight=weight[judged])

    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        return np.asarray(expit(self.slope_ * self._log_share(X) + self.intercept_))

    def _log_share(self, X: pd.DataFrame) -> Vector:
        gap = _mean_gap(X)
        usual = np.where(np.isnan(gap), self.usual_gap_, gap)
        return np.asarray(np.log((_column(X, LAST) + 0.5) / np.maximum(usual, 0.5)))

    def reason_column(self, X: pd.DataFrame) -> str:
        """The share of the usual gap where there is such a feature."""
        return "gap_share" if "gap_share" in X.columns else super().reason_column(X)


class NoOrderRule(RuleClassifier):
    """No order for N days or more: what a spreadsheet does, at its best.

    Of the horizon, halved until it is a month or less, N is the one that best tells churners from others
    (the mean of the shares judged rightly, which for a yes-or-no rule is the AUC).
    """

    def __init__(self, *, horizon: float | None = None) -> None:
        self.horizon = horizon

    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None:
        days = _column(X, LAST)
        choices = candidate_days(_required(self.horizon))
        self.days_ = max(choices, key=lambda n: _balanced_accuracy(days >= n, churned, weight=weight))
        away = days >= self.days_
        after, before = (_rate(churned[side], weight[side], self.base_rate_) for side in (away, ~away))
        ordered = after >= before
        self.rates_ = (before, after) if ordered else (self.base_rate_, self.base_rate_)

    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        days = _column(X, LAST)
        return np.where(np.isnan(days), np.nan, np.where(days >= self.days_, self.rates_[1], self.rates_[0]))


class BtydClassifier(RuleClassifier):
    """P(no order in the horizon) of a buy-till-you-die model fitted to the rows' order histories.

    The labels are not looked at, so the probability is no better calibrated than the model is true.
    """

    def __init__(
        self,
        *,
        process: Literal["bg_nbd", "pareto_nbd"] = "bg_nbd",
        horizon: float | None = None,
        random_state: int = 0,
    ) -> None:
        self.process = process
        self.horizon = horizon
        self.random_state = random_state

    def _learn(self, X: pd.DataFrame, churned: NDArray[np.bool_], weight: Vector) -> None:
        _required(self.horizon)
        x, t_x, T = _history(X)
        known = ~np.isnan(T) & (weight > 0)
        histories = Histories.of(x[known], t_x[known], T[known], count=weight[known])
        self.model_ = _PROCESSES[self.process].fit(histories, seed=self.random_state)

    def _churn_probability(self, X: pd.DataFrame) -> Vector:
        x, t_x, T = _history(X)
        known = ~np.isnan(T)
        churn = np.full(len(x), np.nan)
        churn[known] = self.model_.no_order_probability(
            x[known], t_x[known], T[known], horizon=_required(self.horizon)
        )
        return churn


_PROCESSES: dict[str, type[BuyTillYouDie]] = {"bg_nbd": BgNbd, "pareto_nbd": ParetoNbd}


def candidate_days(horizon: float) -> list[float]:
    """The horizon, halved until it is a month or less."""
    choices = [horizon]
    while choices[-1] > MONTH:
        choices.append(choices[-1] / 2)
    return choices


def _history(X: pd.DataFrame) -> tuple[Vector, Vector, Vector]:
    """x repeat order days, the days from the first to the last, and from the first to the cutoff."""
    age = _column(X, FIRST)
    x = np.maximum(_column(X, DAYS) - 1, 0.0)
    return x, np.where(x > 0, age - _column(X, LAST), 0.0), age


def _mean_gap(X: pd.DataFrame) -> Vector:
    """Days between order days; NaN with fewer than two."""
    x, t_x, _ = _history(X)
    return np.asarray(np.divide(t_x, x, out=np.full(len(x), np.nan), where=x > 0))


def _rising_logistic(score: Vector, churned: NDArray[np.bool_], *, weight: Vector) -> tuple[float, float]:
    """Slope and intercept; if churn falls as the score rises, next to no slope keeps the order."""
    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(score[:, None], churned, sample_weight=weight)
    slope = float(model.coef_[0, 0])
    if slope > CERTAIN:
        return slope, float(model.intercept_[0])
    rate = np.clip(np.average(churned, weights=weight), CERTAIN, 1 - CERTAIN)
    return CERTAIN, float(logit(rate) - CERTAIN * np.average(score, weights=weight))


def _balanced_accuracy(away: NDArray[np.bool_], churned: NDArray[np.bool_], *, weight: Vector) -> float:
    """The mean over churners and others of the share judged rightly."""
    found = _rate(away[churned], weight[churned], 0.5)
    spared = _rate(~away[~churned], weight[~churned], 0.5)
    return (found + spared) / 2


def _rate(flags: NDArray[np.bool_], weight: Vector, otherwise: float) -> float:
    return float(np.average(flags, weights=weight)) if weight.sum() > 0 else otherwise


def _column(X: pd.DataFrame, names: tuple[str, str]) -> Vector:
    return X[_named(X, names)].to_numpy(np.float64)


def _named(X: pd.DataFrame, names: tuple[str, str]) -> str:
    present = [name for name in names if name in X.columns]
    if not present:
        raise ValueError(f"the rule needs one of the features {' or '.join(names)}")
    return present[0]


def _required(horizon: Any) -> float:
    if horizon is None:
        raise ValueError(
            "horizon is missing: the days within which a customer must order not to have churned"
        )
    return float(horizon)
