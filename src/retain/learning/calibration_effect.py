"""What calibration did: the same predictions of customers at later cutoffs, before it and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retain.learning.bootstrap import REPLICATES, draws, interval
from retain.learning.calibration import Floats, Method

BINS = 10
TINY = 1e-15
DEFINITION = (
    "The chosen model's probabilities with the calibration that was settled before the cutoff, less those "
    "without any, on the customers of the cutoff: of log loss and of calibration error (both: lower is "
    "better, so below zero calibration helped). The intervals are 95% ones, the same customers resampled for "
    "both. Where the method is none, nothing that lowered the log loss at the newest cutoff known by then "
    "would have lowered it at past ones as well, and the probabilities are left alone."
)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A test: (rows,) who, whether they churned, and their probability before calibration and after."""

    cutoff: date
    method: Method
    customer: NDArray[Any]
    churned: NDArray[np.bool_]
    before: Floats
    after: Floats


@dataclass(frozen=True)
class Change:
    """A figure of the uncalibrated and of the calibrated probabilities, and their difference."""

    before: float
    after: float
    interval: tuple[float, float]

    @property
    def difference(self) -> float:
        """Below zero: calibration helped."""
        return self.after - self.before


@dataclass(frozen=True)
class FoldEffect:
    """What calibration did at one cutoff, by the figures' names; `method` as in METHODS."""

    cutoff: date
    method: Method
    changes: dict[str, Change]


@dataclass(frozen=True)
class CalibrationEffect:
    """What calibration did at each fold, and to the means over the folds."""

    folds: tuple[FoldEffect, ...]
    mean: dict[str, Change]


def calibration_effect(tests: Sequence[Calibrated], *, seed: int) -> CalibrationEffect:
    """Compare, with intervals by bootstrap over the customers of all tests together."""
    as_they_are = [np.ones(len(one.churned)) for one in tests]
    weights = [as_they_are, *draws([one.customer for one in tests], replicates=_resamples(tests), seed=seed)]
    ranked = [(_Ranked.of(one.churned, one.before), _Ranked.of(one.churned, one.after)) for one in tests]
    found = {name: _changes(_measured(ranked, weights, measure)) for name, measure in FIGURES.items()}
    folds = tuple(
        FoldEffect(one.cutoff, one.method, {name: changes[at] for name, changes in found.items()})
        for at, one in enumerate(tests)
    )
    return CalibrationEffect(folds, {name: changes[-1] for name, changes in found.items()})


def _resamples(tests: Sequence[Calibrated]) -> int:
    """None where nothing was calibrated: the difference is zero, whoever is drawn."""
    return REPLICATES if any(one.method != "none" for one in tests) else 0


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Probabilities and outcomes from the lowest probability, with the position each row came from."""

    order: NDArray[np.intp]
    p: Floats
    churned: Floats

    @classmethod
    def of(cls, churned: NDArray[np.bool_], p: Floats) -> _Ranked:
        order = np.argsort(p, kind="stable")
        return cls(order, p[order], churned[order].astype(float))


def log_loss(rows: _Ranked, weight: Floats) -> float:
    """Mean negative log-likelihood of weighted rows, in nats."""
    right = np.where(rows.churned > 0, rows.p, 1 - rows.p)
    return float(-(weight @ np.log(np.clip(right, TINY, None))) / weight.sum())


def ece(rows: _Ranked, weight: Floats) -> float:
    """Expected calibration error of weighted rows, over bins of equal weight."""
    upto = np.cumsum(weight)
    bins = np.minimum((BINS * (upto - weight / 2) / upto[-1]).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=weight * (rows.churned - rows.p), minlength=BINS)
    return float(np.abs(gaps).sum() / upto[-1])


FIGURES: dict[str, Callable[[_Ranked, Floats], float]] = {"log_loss": log_loss, "ece": ece}


def _measured(
    ranked: Sequence[tuple[_Ranked, _Ranked]],
    weights: Sequence[Sequence[Floats]],
    measure: Callable[[_Ranked, Floats], float],
) -> Floats:
    """The figure (resamples, tests, before and after); the first resample is the customers as they are."""

    def pair(both: tuple[_Ranked, _Ranked], weight: Floats) -> list[float]:
        return [measure(one, weight[one.order]) for one in both]

    return np.array(
        [[pair(both, weight) for both, weight in zip(ranked, drawn, strict=True)] for drawn in weights]
    )


def _changes(figures: Floats) -> list[Change]:
    """Of each test, then of their mean."""
    every = np.concatenate([figures, figures.mean(axis=1, keepdims=True)], axis=1)
    differences = every[:, :, 1] - every[:, :, 0]
    samples = differences[1:] if len(differences) > 1 else differences
    return [
        Change(float(every[0, at, 0]), float(every[0, at, 1]), interval(samples[:, at]))
        for at in range(every.shape[1])
    ]
