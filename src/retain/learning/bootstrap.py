"""How sure a figure is: resampling customers, the same draws for every model.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 (percentile intervals) and 8
(the unit that is drawn is the one that is independent: here the customer, with all their rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TINY = 1e-15
REPLICATES = 300


@dataclass(frozen=True)
class Replicates:
    """One model's figures in every resample; entry i of two models comes from the same customers."""

    auc: Floats
    log_loss: Floats
    skill: Floats
    brier: Floats


def bootstrap(
    y: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    *,
    customers: ArrayLike | None = None,
    replicates: int = REPLICATES,
    seed: int = 7,
) -> dict[str, Replicates]:
    """Resample customers and measure every model; without `customers` each row is one of its own."""
    churned = np.asarray(y, bool)
    group = _groups(customers, len(churned))
    models = {name: _Ranking.of(churned, np.asarray(p, float)) for name, p in predictions.items()}
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in models}
    for weight in _draws(group, replicates, seed):
        rate = float(weight[churned].sum() / weight.sum())
        for name, ranking in models.items():
            rows[name].append(ranking.measure(weight, rate))
    return {name: Replicates(*np.array(found, float).T) for name, found in rows.items()}


def interval(samples: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval; NaNs where the figure was defined in no resample."""
    found = np.asarray(samples, float)
    found = found[np.isfinite(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _groups(customers: ArrayLike | None, rows: int) -> NDArray[np.intp]:
    if customers is None:
        return np.arange(rows)
    return np.unique(np.asarray(customers), return_inverse=True)[1].astype(np.intp)


def _draws(group: NDArray[np.intp], replicates: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn, one array a resample."""
    generator = np.random.default_rng(seed)
    customers = int(group.max()) + 1 if len(group) else 0
    for _ in range(replicates):
        drawn = generator.integers(customers, size=customers)
        yield np.bincount(drawn, minlength=customers).astype(float)[group]


@dataclass(frozen=True)
class _Ranking:
    """A model's predictions sorted once, so that each resample is measured by running sums."""

    churned: NDArray[np.bool_]
    order: NDArray[np.intp]
    ends: NDArray[np.intp]
    loss: Floats
    square: Floats

    @classmethod
    def of(cls, churned: NDArray[np.bool_], p: Floats) -> _Ranking:
        order = np.argsort(p, kind="stable")
        ranked = p[order]
        ends = np.append(np.flatnonzero(np.diff(ranked)), len(p) - 1)
        right = np.clip(np.where(churned, p, 1 - p), TINY, 1)
        return cls(churned, order, ends, -np.log(right), np.square(p - churned))

    def measure(self, weight: Floats, rate: float) -> tuple[float, float, float, float]:
        total = weight.sum()
        loss = float(weight @ self.loss / total)
        square = float(weight @ self.square / total)
        if rate <= 0 or rate >= 1:
            return float("nan"), loss, float("nan"), square
        prior = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
        return self._auc(weight), loss, 1 - loss / float(prior), square

    def _auc(self, weight: Floats) -> float:
        """Weighted Mann-Whitney statistic: pairs won plus half of the ties."""
        ranked, churned = weight[self.order], self.churned[self.order]
        churners = np.diff(np.cumsum(ranked * churned)[self.ends], prepend=0)
        stayers = np.diff(np.cumsum(ranked * ~churned)[self.ends], prepend=0)
        below = np.cumsum(stayers) - stayers / 2
        return float(churners @ below / (churners.sum() * stayers.sum()))
