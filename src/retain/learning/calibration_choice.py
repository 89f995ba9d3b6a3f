"""Which calibration, if any: the one that mends what is wrong now and would have mended it before.

A calibrator is fitted at the newest complete cutoff and used at later ones. Part of what is wrong at one
cutoff is the season's and gone by the next, and mending that does harm. So a method must, besides helping at
the newest cutoff, have helped at past ones too: fitted at one, judged at the first whose past that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retain.learning.calibration import METHODS, Calibrator, Floats, Method, fit

FEWEST = 50  # rows of a cutoff, fewer tell nothing
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Unseen:
    """Rows predicted by models that had not seen the customer, whose rows are all in one fold.

    All (rows,): the predicted probability, the outcome, the customer, the cutoff (datetime64[D]), the fold.
    """

    p: Floats
    churned: NDArray[np.bool_]
    customer: NDArray[Any]
    cutoff: NDArray[np.datetime64]
    fold: NDArray[np.intp]

    def rows(self, chosen: NDArray[np.bool_]) -> Unseen:
        """The rows that a mask chooses."""
        return Unseen(*(part[chosen] for part in vars(self).values()))

    def at(self, cutoff: np.datetime64) -> Unseen:
        """The rows of one cutoff."""
        return self.rows(self.cutoff == cutoff)

    @property
    def cutoffs(self) -> NDArray[np.datetime64]:
        """Each cutoff once, the oldest first."""
        return np.unique(self.cutoff)

    @property
    def newest(self) -> Unseen:
        """The rows of the newest cutoff."""
        return self.at(self.cutoffs[-1])

    @property
    def telling(self) -> bool:
        """Whether there are enough rows, and both outcomes among them, to fit or judge a calibrator."""
        return len(self.p) >= FEWEST and 0 < int(self.churned.sum()) < len(self.churned)


def choose(unseen: Unseen, *, horizon: int, score: bool = False) -> Calibrator:
    """The calibrator of least log loss on customers it has not seen; a simpler one where within noise.

    Fitted at the newest cutoff. Noise is one standard error: of the paired difference over customers there,
    of the mean gain over past cutoffs before. Without past cutoffs to judge by, the newest decides alone.
    score: the predictions are no probabilities yet, so some calibration there must be, and that of the
    newest cutoff is the best that a rule of one number can have.
    """
    newest = unseen.newest
    losses = {method: _losses(newest, cross_fitted(method, newest, newest)) for method in METHODS}
    if score:
        return fit(_simplest(losses, METHODS[1:], newest.customer), newest.p, newest.churned)
    left = list(METHODS)
    while (method := _simplest(losses, left, newest.customer)) != "none":
        if helped(method, unseen, horizon=horizon):
            break
        left.remove(method)
    return fit(method, newest.p, newest.churned)


def cross_fitted(method: Method, taught: Unseen, applied: Unseen) -> Floats:
    """Each row of `applied` from a calibrator fitted to `taught` without the row's fold."""
    calibrated = applied.p.copy()
    for fold in np.unique(applied.fold):
        inside, others = applied.fold == fold, taught.fold != fold
        if others.any():
            calibrator = fit(method, taught.p[others], taught.churned[others])
            calibrated[inside] = calibrator.apply(applied.p[inside])
    return calibrated


def helped(method: Method, unseen: Unseen, *, horizon: int) -> bool:
    """Whether it would have lowered the log loss at past cutoffs by more than noise."""
    gains = np.array(list(_past_gains(method, unseen, horizon=horizon)))
    if len(gains) < 2:
        return bool((gains > 0).all())
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)))


def _past_gains(method: Method, unseen: Unseen, *, horizon: int) -> Iterator[float]:
    """For each past cutoff: the log loss saved at the first one at which its horizon was over."""
    cutoffs = unseen.cutoffs
    for then in cutoffs:
        later = cutoffs[cutoffs >= then + np.timedelta64(horizon, "D")]
        if not len(later):
            return
        taught, judged = unseen.at(then), unseen.at(later[0])
        if taught.telling and judged.telling:
            after = _losses(judged, cross_fitted(method, taught, judged))
            yield float((_losses(judged, judged.p) - after).mean())


def _simplest(losses: dict[Method, Floats], left: Sequence[Method], customer: NDArray[Any]) -> Method:
    """The first of `left` that is within noise of the best of them."""
    group = np.unique(customer, return_inverse=True)[1]
    best = min(left, key=lambda method: float(losses[method].mean()))
    return next(method for method in left if _within_noise(losses[method] - losses[best], group))


def _within_noise(difference: Floats, group: NDArray[Any]) -> bool:
    total = np.bincount(group, weights=difference)
    return bool(total.sum() <= total.std() * np.sqrt(len(total)))


def _losses(rows: Unseen, p: Floats) -> Floats:
    return np.asarray(-np.log(np.clip(np.where(rows.churned, p, 1 - p), TINY, None)))
