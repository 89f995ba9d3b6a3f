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
from retain.learning.concordance import concordance
from retain.learning.feature import FeatureColumn
from retain.learning.scorer import Floats, churn_probability

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model
    from retain.learning.recipe import Recipe, Workbench

HORIZONS = (30, 60, 90, 365)
EDGES = (30, 60, 90, 180, 365)
PERIOD = "retain_period"
MOST_ROWS = 60_000
FEWEST_LOST = 20  # in a period, to say anything of it
HELD_OUT = 0.3
SURE = 1e-6


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """How long each row's customer was there after the cutoff.

    lost: (rows,) days until they were lost, infinite for who was not seen to be. followed: (rows,) days for
    which it is known; less than the data's where they left for another reason.
    """

    lost: NDArray[np.float64]
    followed: NDArray[np.float64]


@dataclass(frozen=True)
class CurveReport:
    """How the risks did on customers that were not learnt from.

    calibration: for each horizon rows, mean risk and share lost. concordance: how often, of two customers,
    the one with the higher risk was lost first; by_tenure: the same of Kaplan-Meier by tenure.
    """

    calibration: tuple[dict[str, float], ...]
    concordance: float
    by_tenure: float | None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "calibration": list(self.calibration),
            "concordance": self.concordance,
            "concordance_by_tenure": self.by_tenure,
        }


@dataclass(frozen=True)
class RiskCurve:
    """The hazards of periods that end at `edges` (days), each calibrated.

    estimator: of a row with its period; columns: the matrix it was taught.
    """

    estimator: Any
    edges: tuple[int, ...]
    calibrators: tuple[Calibrator, ...]
    columns: tuple[str, ...]

    def hazards(self, X: pd.DataFrame) -> Floats:
        """(rows, periods) the probability of being lost in a period, of who is there at its start."""
        X = X[list(self.columns)].astype(np.float32)
        found = [
            calibrator.apply(churn_probability(self.estimator, X.assign(**{PERIOD: np.float32(number)})))
            for number, calibrator in enumerate(self.calibrators)
        ]
        return np.clip(np.column_stack(found), SURE, 1 - SURE)

    def risks(self, X: pd.DataFrame, p: Floats, *, horizon: int) -> dict[int, Floats]:
        """The probability of being lost within each of `HORIZONS` that was learnt.

        p: (rows,) that within `horizon` days, which the curve is made to pass through: it says how the risk
        is spread over time, the model how large it is.
        """
        cumulative = np.cumsum(-np.log1p(-self.hazards(X)), axis=1)
        power = -np.log1p(-np.clip(p, SURE, 1 - SURE)) / _at(cumulative, self.edges, horizon)
        known = [days for days in HORIZONS if days <= self.edges[-1]]
        found = {days: -np.expm1(-power * _at(cumulative, self.edges, days)) for days in known}
        return found | ({horizon: np.asarray(p)} if horizon in found else {})


def fit_curve(
    bench: Workbench, model: Model, recipe: Recipe, dataset: Dataset, lives: Lifetimes
) -> tuple[RiskCurve, CurveReport] | None:
    """The curve, from a share of the customers, its calibration and report from the others.

    None where too few were lost, or the first period is longer than anybody was followed.
    """
    edges = _edges(dataset, lives)
    if not edges or max(dataset.horizon, HORIZONS[0]) > edges[-1]:
        return None
    held = _held_out(dataset, seed=bench.seed)
    taught = _stacked(dataset.rows(~held), _chosen(lives, ~held), edges, seed=bench.seed)
    estimator = bench.fitted(model, recipe.params, taught)
    others, their = dataset.rows(held), _chosen(lives, held)
    columns = tuple(dataset.X.columns)
    calibrators = tuple(_calibrated(estimator, others, their, edges, number) for number in range(len(edges)))
    curve = RiskCurve(estimator, edges, calibrators, columns)
    tenure = _tenure(dataset.rows(~held), _chosen(lives, ~held), others, their)
    return curve, _report(curve, others, their, by_tenure=tenure)


def _report(curve: RiskCurve, rows: Dataset, lives: Lifetimes, *, by_tenure: float | None) -> CurveReport:
    cumulative = np.cumsum(-np.log1p(-curve.hazards(rows.X)), axis=1)
    calibration = []
    for days in (one for one in HORIZONS if one <= curve.edges[-1]):
        seen = _full(lives, days)
        risk = -np.expm1(-_at(cumulative, curve.edges, days))[seen]
        share = float((lives.lost[seen] < days).mean()) if seen.any() else float("nan")
        calibration.append(
            {"horizon": days, "rows": int(seen.sum()), "risk": float(risk.mean()), "lost": share}
        )
    found = concordance(cumulative[:, -1], lives.lost, lives.followed)
    return CurveReport(tuple(calibration), found, by_tenure)


def _tenure(taught: Dataset, lived: Lifetimes, rows: Dataset, lives: Lifetimes) -> float | None:
    """The concordance of Kaplan-Meier by tenure; None where there is no tenure."""
    from retain.learning.life_table import TENURES, TenureRule  # scikit-learn is dear to import

    if not any(name in rows.X for name in TENURES):
        return None
    rule = TenureRule().fit(taught.X, lived.lost < taught.horizon)
    return concordance(rule.predict_proba(rows.X)[:, 1], lives.lost, lives.followed)


def _edges(dataset: Dataset, lives: Lifetimes) -> tuple[int, ...]:
    """Ends of the periods that enough customers were followed through and lost in."""
    wanted = sorted({*EDGES, dataset.horizon})
    kept: list[int] = []
    for edge in wanted:
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
    parts = [_period(rows, lives, edges, number) for number in range(len(edges))]
    numbered = [X.assign(**{PERIOD: np.float32(n)}) for n, (X, _, _) in enumerate(parts)]
    X = pd.concat(numbered, ignore_index=True)
    lost = np.concatenate([lost for _, lost, _ in parts])
    who = np.concatenate([chosen for _, _, chosen in parts])
    kept = np.sort(np.random.default_rng(seed).permutation(len(X))[:MOST_ROWS])
    column = FeatureColumn(PERIOD, "period", PERIOD, doc="The period, the first 0.")
    kept_rows = rows.rows(who[kept])
    return replace(kept_rows, X=X.iloc[kept], churned=lost[kept], columns=(*rows.columns, column))


def _period(
    rows: Dataset, lives: Lifetimes, edges: Sequence[int], number: int
) -> tuple[pd.DataFrame, NDArray[np.bool_], NDArray[np.intp]]:
    begin = edges[number - 1] if number else 0
    chosen = np.flatnonzero(_full(lives, edges[number]) & (lives.lost >= begin))
    return rows.X.iloc[chosen], lives.lost[chosen] < edges[number], chosen


def _calibrated(
    estimator: Any, rows: Dataset, lives: Lifetimes, edges: Sequence[int], number: int
) -> Calibrator:
    X, lost, _ = _period(rows, lives, edges, number)
    if lost.sum() < FEWEST_LOST / 4:
        return fit("none", np.zeros(1), np.zeros(1))
    p = churn_probability(estimator, X.assign(**{PERIOD: np.float32(number)}))
    return fit("sigmoid", p, lost)


def _held_out(dataset: Dataset, *, seed: int) -> NDArray[np.bool_]:
    customer, names = pd.factorize(dataset.customer_id, sort=True)
    held = np.random.default_rng(seed).random(len(names)) < HELD_OUT
    return np.asarray(held[customer])


def _chosen(lives: Lifetimes, rows: NDArray[np.bool_]) -> Lifetimes:
    return Lifetimes(lives.lost[rows], lives.followed[rows])


def _at(cumulative: Floats, edges: Sequence[int], days: int) -> Floats:
    """(rows,) the cumulative hazard at `days`, which rises evenly within a period."""
    number = int(np.searchsorted(edges, days))
    before = cumulative[:, number - 1] if number else np.zeros(len(cumulative))
    begin = edges[number - 1] if number else 0
    share = (days - begin) / (edges[number] - begin)
    return np.asarray(before + share * (cumulative[:, number] - before))
