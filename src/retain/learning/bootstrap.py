"""How sure a figure is: resampling customers, the same draws for every model.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 (percentile intervals) and 8
(the unit that is drawn is the one that is independent: here the customer, with all their rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retain.learning.profit import PUBLISHED_VALUE, Offer

Floats = NDArray[np.float64]

TINY = 1e-15
REPLICATES = 300
NAN = float("nan")


@dataclass(frozen=True)
class Replicates:
    """One model's figures in every resample; entry i of two models comes from the same customers."""

    auc: Floats
    average_precision: Floats
    log_loss: Floats
    skill: Floats
    brier: Floats
    lift_1: Floats
    lift_5: Floats
    lift_10: Floats
    precision_1: Floats
    precision_5: Floats
    precision_10: Floats
    precision_at_capacity: Floats
    max_profit: Floats


@dataclass(frozen=True)
class Trial:
    """Rows that were tested together; a customer may be in several tests, and counts as one in all."""

    churned: NDArray[np.bool_]
    predictions: Mapping[str, ArrayLike]
    customers: NDArray[Any]


@dataclass(frozen=True)
class Terms:
    """What lists are judged by: how many customers can be contacted, and what a contact earns.

    worth: where the offer's value of a customer is from, for readers.
    """

    capacity: int | None = None
    offer: Offer = field(default_factory=Offer)
    worth: str = f"{PUBLISHED_VALUE:g}, as the measure's authors take"


def bootstrap(
    y: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    *,
    customers: ArrayLike | None = None,
    terms: Terms | None = None,
    replicates: int = REPLICATES,
    seed: int = 7,
) -> dict[str, Replicates]:
    """Resample customers and measure every model; without `customers` each row is one of its own."""
    churned = np.asarray(y, bool)
    who: NDArray[Any] = np.asarray(range(len(churned)) if customers is None else customers)
    tested = Trial(churned, predictions, who)
    return bootstrap_together([tested], terms=terms, replicates=replicates, seed=seed)[0]


def bootstrap_together(
    tests: Sequence[Trial], *, terms: Terms | None = None, replicates: int = REPLICATES, seed: int = 7
) -> list[dict[str, Replicates]]:
    """The same for several tests, all measured on the same draws: entry i of their mean is one resample's."""
    terms = terms or Terms()
    models = [_rankings(test) for test in tests]
    rows: list[dict[str, list[_Figures]]] = [{name: [] for name in test} for test in models]
    for weights in draws([test.customers for test in tests], replicates=replicates, seed=seed):
        for weight, rankings, found in zip(weights, models, rows, strict=True):
            for name, ranking in rankings.items():
                found[name].append(ranking.measure(weight, terms))
    return [{name: _replicates(measured) for name, measured in found.items()} for found in rows]


def mean_replicates(tests: Sequence[Replicates]) -> Replicates:
    """The mean of each figure over tests that were resampled together."""
    names = [field.name for field in fields(Replicates)]
    return Replicates(*(np.mean([getattr(test, name) for test in tests], axis=0) for name in names))


def interval(samples: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval; NaNs where the figure was defined in no resample."""
    found = np.asarray(samples, float)
    found = found[np.isfinite(found)]
    if not len(found):
        return NAN, NAN
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def draws(customers: Sequence[NDArray[Any]], *, replicates: int, seed: int) -> Iterator[list[Floats]]:
    """How often each row of each test is drawn, for every resample of the customers of all tests."""
    codes, names = pd.factorize(np.concatenate(customers), sort=True)
    groups = np.split(codes, np.cumsum([len(each) for each in customers])[:-1])
    generator = np.random.default_rng(seed)
    for _ in range(replicates):
        drawn = generator.integers(len(names), size=len(names))
        weight = np.bincount(drawn, minlength=len(names)).astype(float)
        yield [weight[group] for group in groups]


_Figures = tuple[float, ...]


def _replicates(measured: Sequence[_Figures]) -> Replicates:
    return Replicates(*np.array(measured, float).reshape(len(measured), len(fields(Replicates))).T)


def _rankings(test: Trial) -> dict[str, _Ranking]:
    return {name: _Ranking.of(test.churned, np.asarray(p, float)) for name, p in test.predictions.items()}


@dataclass(frozen=True)
class _Ranking:
    """A model's predictions sorted once, from the highest, so that each resample is running sums."""

    order: NDArray[np.intp]
    churned: Floats
    ends: NDArray[np.intp]
    loss: Floats
    square: Floats

    @classmethod
    def of(cls, churned: NDArray[np.bool_], p: Floats) -> _Ranking:
        order = np.argsort(-p, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
        right = np.clip(np.where(churned, p, 1 - p), TINY, 1)
        return cls(order, churned[order].astype(float), ends, -np.log(right), np.square(p - churned))

    def measure(self, weight: Floats, terms: Terms) -> _Figures:
        """The figures of `Replicates`, in their order; NaN where the draw has no two outcomes."""
        ranked = weight[self.order]
        listed = np.cumsum(ranked)[self.ends]
        found = np.cumsum(ranked * self.churned)[self.ends]
        total, churners = listed[-1], found[-1]
        if not 0 < churners < total:
            return (NAN,) * len(fields(Replicates))
        loss, square = float(weight @ self.loss / total), float(weight @ self.square / total)
        precision = [_precision(listed, found, total * share) for share in (0.01, 0.05, 0.1)]
        return (
            _auc(listed, found),
            _average_precision(listed, found),
            loss,
            1 - loss / _entropy(churners / total),
            square,
            *[each * float(total / churners) for each in precision],
            *precision,
            _precision(listed, found, min(terms.capacity, total)) if terms.capacity else NAN,
            _profit(listed, found, terms.offer),
        )


def _auc(listed: Floats, found: Floats) -> float:
    """Mann-Whitney statistic: pairs won plus half of the ties."""
    stayers = np.diff(listed - found, prepend=0)
    above = found - np.diff(found, prepend=0) / 2
    return float(stayers @ above / (found[-1] * (listed[-1] - found[-1])))


def _average_precision(listed: Floats, found: Floats) -> float:
    steps = np.diff(found, prepend=0)
    precision = np.divide(found, listed, out=np.zeros_like(found), where=listed > 0)
    return float(steps @ precision / found[-1])


def _precision(listed: Floats, found: Floats, size: float) -> float:
    """Share of churners on a list of `size`; who shares a score is listed in proportion."""
    return float(np.interp(size, np.append(0.0, listed), np.append(0.0, found)) / size)


def _profit(listed: Floats, found: Floats, offer: Offer) -> float:
    """Of the best list, per customer."""
    churner, stayer = offer.saving([1.0, 0.0])
    return float(max((found * churner + (listed - found) * stayer).max(), 0.0) / listed[-1])


def _entropy(rate: float) -> float:
    return float(-(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))
