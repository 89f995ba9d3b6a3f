"""Whether those first to be called are those whom a call keeps: the Qini curve.

Q(k) = Y_T(k) - Y_C(k) N_T(k) / N_C(k), with Y_T and Y_C the customers who stayed among the first k who were
to be contacted and held out, N_T and N_C their numbers (Radcliffe, "Using control groups to target on
predicted lift", Direct Marketing Analytics Journal, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retain.learning.bootstrap import interval
from retain.reports.charts import thinned

Floats = NDArray[np.float64]

LEAST_HELD, LEAST_OUTCOMES = 200, 30
"""Held-out customers, and of each outcome in each group, below which a curve shows nothing but chance."""
REPLICATES = 200


@dataclass(frozen=True)
class Qini:
    """The curve, and the area between it and the straight line to its end.

    share: of the customers, from the first to be called. kept: customers kept by contacting so many. area:
    per customer to be contacted; above 0 the order is better than chance; `low` and `high` are its 95 %
    interval by bootstrap.
    """

    share: tuple[float, ...]
    kept: tuple[float, ...]
    area: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "share": list(self.share),
            "kept": list(self.kept),
            "area": self.area,
            "low": self.low,
            "high": self.high,
        }


def qini(score: ArrayLike, stayed: ArrayLike, contacted: ArrayLike, *, seed: int = 7) -> Qini | None:
    """The curve of customers in the order of their scores; None where there are too few to tell anything."""
    stayed, treated = np.asarray(stayed, bool), np.asarray(contacted, bool)
    cells = np.bincount(2 * treated + stayed, minlength=4)
    if cells.min() < LEAST_OUTCOMES or cells[:2].sum() < LEAST_HELD:
        return None
    order = np.argsort(-np.asarray(score, float), kind="stable")
    stayed, treated = stayed[order], treated[order]
    share, kept = _curve(stayed, treated, np.ones(len(order)))
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(order), np.full(len(order), 1 / len(order)), size=REPLICATES)
    areas = [
        _area(*_curve(stayed, treated, weight), treated=weight @ treated) for weight in drawn.astype(float)
    ]
    low, high = interval(areas)
    shown = thinned(len(share))
    return Qini(
        tuple(share[shown].tolist()),
        tuple(kept[shown].tolist()),
        _area(share, kept, treated=float(treated.sum())),
        low,
        high,
    )


def _curve(stayed: NDArray[np.bool_], treated: NDArray[np.bool_], weight: Floats) -> tuple[Floats, Floats]:
    """Shares of the customers and customers kept, from (0, 0); before the first held out nothing is known."""
    n_t, n_c = np.cumsum(weight * treated), np.cumsum(weight * ~treated)
    y_t, y_c = np.cumsum(weight * (treated & stayed)), np.cumsum(weight * (~treated & stayed))
    ratio = np.divide(n_t, n_c, out=np.zeros_like(n_t), where=n_c > 0)
    kept = np.where(n_c > 0, y_t - y_c * ratio, 0.0)
    return np.append(0.0, np.cumsum(weight) / weight.sum()), np.append(0.0, kept)


def _area(share: Floats, kept: Floats, *, treated: float) -> float:
    return float(np.trapezoid(kept - kept[-1] * share, share)) / treated
