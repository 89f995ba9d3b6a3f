"""Risk at several horizons from one model of hazards: rising with the horizon, and calibrated at each.

Discrete time (Singer and Willett 1993): a customer still there at the start of a period is lost in it with a
probability that the model family is taught from customers and periods, the period one more column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.calibration import Calibrator, fit
from retain.learning.feature import FeatureColumn
from retain.learning.lifetimes import Lifetimes
from retain.learning.scorer import Floats, churn_probability, ordered

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model
    from retain.learning.recipe import Recipe, Workbench

HORIZONS = (30, 60, 90, 365)
EDGES = (30, 60, 90, 180, 365)
PERIOD = "retain_period"
MOST_ROWS = 60_000
FEWEST_LOST = 20  # in a period, to say anything of it
PARTS = 2  # of the customers, each calibrated by a model of the others
SURE = 1e-6


@dataclass(frozen=True)
class RiskCurve:
    """The hazards of periods that end at `edges` (days), each calibrated.

    estimator: of a row with its period; columns: the matrix it was taught.
    """

    estimator: Any
    edges: tuple[int, ...]
    calibrators: tuple[Calibrator, ...]
    columns: tuple[str, ...]

    @property
    def horizons(self) -> tuple[int, ...]:
        """Those of `HORIZONS` that were learnt."""
        return tuple(days for days in HORIZONS if days <= self.edges[-1])

    def hazards(self, X: pd.DataFrame) -> Floats:
        """(rows, periods) the probability of being lost in a period, of who is there at its start."""
        X = ordered(X, self.columns).astype(np.float32)
        found = [
            calibrator.apply(_raw(self.estimator, X, number))
            for number, calibrator in enumerate(self.calibrators)
        ]
        return np.clip(np.column_stack(found), SURE, 1 - SURE)

    def risks(self, X: pd.DataFrame, p: Floats, *, horizon: int) -> dict[int, Floats]:
        """The probability of being lost within each of `horizons`.

        p: (rows,) that within `horizon` days, which is the model's to say. Within it the curve says how that
        risk is spread over the days; beyond it, what the risk is of those who are still there then.
        """
        cumulative = np.cumsum(-np.log1p(-self.hazards(X)), axis=1)
        own = _at(cumulative, self.edges, horizon)
        stayed = np.log1p(-np.clip(p, SURE, 1 - SURE))
        found = {}
        for days in self.horizons:
            till = _at(cumulative, self.edges, days)
            found[days] = -np.expm1(stayed * till / own if days < horizon else stayed + own - till)
        return found | ({horizon: np.asarray(p)} if horizon in found else {})


def fit_curve(bench: Workbench, model: Model, recipe: Recipe, rows: Dataset) -> RiskCurve | None:
    """The curve from all of `rows`, each period calibrated on customers that its model had not seen.

    None where too few were lost, or nobody was followed to the end of the first period or the horizon.
    """
    lives = _lives(rows)
    edges = _edges(rows.horizon, lives)
    if not edges or max(rows.horizon, HORIZONS[0]) > edges[-1]:
        return None
    estimator = bench.fitted(model, recipe.params, _stacked(rows, lives, edges, seed=bench.seed))
    raw = _unseen(bench, model, recipe, rows, edges)
    calibrators = tuple(_calibrated(raw[:, number], lives, edges, number) for number in range(len(edges)))
    return RiskCurve(estimator, edges, calibrators, tuple(rows.X.columns))


def _unseen(bench: Workbench, model: Model, recipe: Recipe, rows: Dataset, edges: Sequence[int]) -> Floats:
    """(rows, periods) hazards by models that have not seen the customer."""
    customer, names = pd.factorize(rows.customer_id, sort=True)
    part = (np.random.default_rng(bench.seed).permutation(len(names)) % PARTS)[customer]
    found = np.full((len(rows), len(edges)), np.nan)
    for number in range(PARTS):
        others, here = rows.rows(part != number), part == number
        taught = _stacked(others, _lives(others), edges, seed=bench.seed)
        estimator = bench.fitted(model, recipe.params, taught)
        for period in range(len(edges)):
            found[here, period] = _raw(estimator, rows.X[here], period)
    return found


def _raw(estimator: Any, X: pd.DataFrame, period: int) -> Floats:
    return churn_probability(estimator, X.assign(**{PERIOD: np.float32(period)}))


def _lives(rows: Dataset) -> Lifetimes:
    if rows.lives is None:
        raise ValueError("these rows were built without telling how long customers were there")
    return rows.lives


def _edges(horizon: int, lives: Lifetimes) -> tuple[int, ...]:
    """Ends of the periods that enough customers were followed through and lost in."""
    kept: list[int] = []
    for edge in sorted({*EDGES, horizon}):
        begin = kept[-1] if kept else 0
        full = _full(lives, edge)
        lost = int((full & (lives.lost >= begin) & (lives.lost < edge)).sum())
        if lost < FEWEST_LOST:
            break
        kept.append(edge)
    return tuple(kept)


def _full(lives: Lifetimes, edge: int) -> NDArray[np.bool_]:
    """(rows,) of whom it is known what became of them within `edge` days."""
    return np.asarray(lives.followed >= edge)


def _stacked(rows: Dataset, lives: Lifetimes, edges: Sequence[int], *, seed: int) -> Dataset:
    """One row a customer, cutoff and period that they were there at the start of and followed through."""
    there = [_there(lives, edges, number) for number in range(len(edges))]
    who, period = np.concatenate(there), np.repeat(np.arange(len(edges)), [len(one) for one in there])
    kept = np.sort(np.random.default_rng(seed).permutation(len(who))[:MOST_ROWS])
    who, period = who[kept], period[kept]
    column = FeatureColumn(PERIOD, "period", PERIOD, doc="The period, the first 0.")
    taught = rows.rows(who)
    return replace(
        taught,
        X=taught.X.assign(**{PERIOD: period.astype(np.float32)}),
        churned=lives.lost[who] < np.asarray(edges)[period],
        columns=(*rows.columns, column),
        lives=None,
    )


def _there(lives: Lifetimes, edges: Sequence[int], number: int) -> NDArray[np.intp]:
    """The rows that were there at the start of a period, and followed through it."""
    begin = edges[number - 1] if number else 0
    return np.flatnonzero(_full(lives, edges[number]) & (lives.lost >= begin))


def _calibrated(raw: Floats, lives: Lifetimes, edges: Sequence[int], number: int) -> Calibrator:
    there = _there(lives, edges, number)
    lost = lives.lost[there] < edges[number]
    return fit("sigmoid" if lost.sum() >= FEWEST_LOST else "none", raw[there], lost)


def _at(cumulative: Floats, edges: Sequence[int], days: int) -> Floats:
    """(rows,) the cumulative hazard at `days`, which rises evenly within a period."""
    number = int(np.searchsorted(edges, days))
    before = cumulative[:, number - 1] if number else np.zeros(len(cumulative))
    begin = edges[number - 1] if number else 0
    share = (days - begin) / (edges[number] - begin)
    return np.asarray(before + share * (cumulative[:, number] - before))
