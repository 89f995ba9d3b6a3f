"""How good a churn prediction is, as numbers: ranking, probabilities, profit.

Every function takes `y` (did the customer churn) and `p` (the predicted probability, or any score where
only the order counts). Where customers share a score, the figure is the expected one over all their orders.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from retain.learning.bootstrap import Replicates, interval
from retain.learning.profit import Offer, maximum_profit

Floats = NDArray[np.float64]

SHARES = (1, 5, 10)
TINY = 1e-15


def churn_rate(y: ArrayLike) -> float:
    """Share of the customers who churned."""
    return float(np.mean(np.asarray(y, float)))


def auc(y: ArrayLike, p: ArrayLike) -> float:
    """Chance that a churner is ranked above a stayer; NaN where only one of the two is there."""
    return float(roc_auc_score(y, p)) if _both_classes(y) else float("nan")


def average_precision(y: ArrayLike, p: ArrayLike) -> float:
    """Area under the precision-recall curve, by steps; NaN without churners."""
    return float(average_precision_score(y, p)) if np.any(y) else float("nan")


def log_loss(y: ArrayLike, p: ArrayLike) -> float:
    """Mean negative log-likelihood, in nats."""
    return float(sklearn_log_loss(y, _clipped(p), labels=[False, True]))


def brier(y: ArrayLike, p: ArrayLike) -> float:
    """Mean squared distance between probability and outcome."""
    return float(brier_score_loss(y, _clipped(p), pos_label=True))


def skill(y: ArrayLike, p: ArrayLike) -> float:
    """Share of the log loss of always predicting the churn rate that the prediction takes away."""
    rate = np.full(np.shape(y), churn_rate(y))
    return 1 - log_loss(y, p) / log_loss(y, rate) if _both_classes(y) else float("nan")


def gini(y: ArrayLike, p: ArrayLike) -> float:
    """2 AUC - 1."""
    return 2 * auc(y, p) - 1


def ece(y: ArrayLike, p: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean |churn rate - mean probability| over bins of equal mass."""
    ranked, outcome = _ranked(y, p)
    slices = np.array_split(np.arange(len(ranked)), min(bins, len(ranked)))
    gaps = [abs(outcome[part].sum() - ranked[part].sum()) for part in slices]
    return float(sum(gaps) / len(ranked))


def precision_at(y: ArrayLike, p: ArrayLike, size: float) -> float:
    """Share of churners among the `size` highest scores (a count, or a share where below 1)."""
    count = list_length(size, len(np.asarray(p)))
    return _found(y, p, count) / count


def recall_at(y: ArrayLike, p: ArrayLike, size: float) -> float:
    """Share of all churners that is among the `size` highest scores; NaN without churners."""
    churners = np.sum(y)
    return _found(y, p, list_length(size, len(np.asarray(p)))) / churners if churners else float("nan")


def lift_at(y: ArrayLike, p: ArrayLike, size: float) -> float:
    """Precision among the `size` highest scores over the churn rate; NaN without churners."""
    rate = churn_rate(y)
    return precision_at(y, p, size) / rate if rate else float("nan")


def list_length(size: float, customers: int) -> int:
    """The count that `size` stands for: itself, or rounded share of the customers; from 1 to all."""
    count = round(size * customers) if size < 1 else int(size)
    return int(np.clip(count, 1, customers))


def _found(y: ArrayLike, p: ArrayLike, count: int) -> float:
    return float(_ranked(y, p)[1][:count].sum())


def _ranked(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    """Scores from the highest, and beside each the mean outcome of all who share it."""
    scores, group, size = np.unique(np.asarray(p, float), return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=np.asarray(y, float)) / size
    return np.repeat(scores, size)[::-1], np.repeat(mean, size)[::-1]


def _both_classes(y: ArrayLike) -> bool:
    return bool(np.any(y)) and not bool(np.all(y))


def _clipped(p: ArrayLike) -> Floats:
    return np.asarray(np.clip(np.asarray(p, float), TINY, 1 - TINY))


@dataclass(frozen=True)
class Metrics:
    """What a model's predictions were worth, with whom and what was tested.

    `intervals` are 95 % ones, by bootstrap over customers; `max_profit` is per customer, and
    `max_profit_size` the length of the list that earns it.
    """

    customers: int
    churners: int
    churn_rate: float
    cutoff: date | None
    horizon: int | None
    auc: float
    average_precision: float
    log_loss: float
    brier: float
    ece: float
    gini: float
    skill: float
    lift_1: float
    lift_5: float
    lift_10: float
    precision_1: float
    precision_5: float
    precision_10: float
    recall_10: float
    capacity: int | None
    precision_at_capacity: float
    max_profit: float
    max_profit_size: int
    intervals: dict[str, tuple[float, float]]

    def numbers(self) -> dict[str, float]:
        """The figures alone, by name: what an experiment tracker takes. Undefined ones are left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: float(v) for name, v in values.items() if isinstance(v, int | float)}
        return {name: value for name, value in kept.items() if np.isfinite(value)}

    def to_json(self) -> dict[str, Any]:
        """As `retain evaluate --json` shows it; what is undefined is null."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["cutoff"] = self.cutoff.isoformat() if self.cutoff else None
        values["intervals"] = {name: [_number(v) for v in pair] for name, pair in self.intervals.items()}
        return {name: _number(value) for name, value in values.items()}


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def evaluate(
    y: ArrayLike,
    p: ArrayLike,
    *,
    cutoff: date | None = None,
    horizon: int | None = None,
    capacity: int | None = None,
    offer: Offer | None = None,
    replicates: Replicates | None = None,
) -> Metrics:
    """Every figure of one model; intervals where its bootstrap `replicates` are given."""
    profit = maximum_profit(y, p, offer or Offer())
    return Metrics(
        customers=len(np.asarray(y)),
        churners=int(np.sum(y)),
        churn_rate=churn_rate(y),
        cutoff=cutoff,
        horizon=horizon,
        auc=auc(y, p),
        average_precision=average_precision(y, p),
        log_loss=log_loss(y, p),
        brier=brier(y, p),
        ece=ece(y, p),
        gini=gini(y, p),
        skill=skill(y, p),
        recall_10=recall_at(y, p, 0.1),
        capacity=capacity,
        precision_at_capacity=precision_at(y, p, capacity) if capacity else float("nan"),
        max_profit=profit.per_customer,
        max_profit_size=profit.size,
        intervals=_intervals(replicates),
        **{f"lift_{share}": lift_at(y, p, share / 100) for share in SHARES},
        **{f"precision_{share}": precision_at(y, p, share / 100) for share in SHARES},
    )


def _intervals(replicates: Replicates | None) -> dict[str, tuple[float, float]]:
    if replicates is None:
        return {}
    return {field.name: interval(getattr(replicates, field.name)) for field in fields(replicates)}
