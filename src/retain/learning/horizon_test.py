"""How the published risks at several horizons did on rows that nothing was learnt from.

Each horizon is tested at the newest cutoff from which it is over. Model and curve are made of what was known
on that day; where that is too little, of other customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.concordance import concordance
from retain.learning.horizons import HORIZONS, RiskCurve, fit_curve
from retain.learning.metrics import auc, ece
from retain.learning.outcomes import newest_cutoff, two_outcomes
from retain.learning.scorer import Floats

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.lifetimes import Lifetimes
    from retain.learning.model import Model
    from retain.learning.recipe import Recipe, Workbench

HELD_OUT = 0.3  # of the customers, where time is too short
FEWEST = 50  # rows tested, fewer tell nothing


@dataclass(frozen=True)
class HorizonTest:
    """One horizon: the mean risk told, and the share that was lost.

    cutoff: where, as text. later: whether all was learnt from what was known on that day, or from other
    customers. rows: tested. auc, ece: of the risks within the horizon.
    """

    horizon: int
    cutoff: str
    later: bool
    rows: int
    risk: float
    lost: float
    auc: float
    ece: float


@dataclass(frozen=True)
class CurveReport:
    """How the published risks did. calibration: at each horizon that could be tested, ascending.

    concordance: how often, of two customers, the one with the higher risk was lost first, at the cutoff of
    the longest horizon; by_tenure: the same of the product-limit estimate by tenure.
    """

    calibration: tuple[HorizonTest, ...]
    concordance: float
    by_tenure: float | None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "calibration": [asdict(one) for one in self.calibration],
            "concordance": self.concordance,
            "concordance_by_tenure": self.by_tenure,
        }


@dataclass(frozen=True)
class _Trial:
    """Rows to test at a cutoff, and a curve with the model's own probabilities that know nothing of them."""

    here: Dataset
    lives: Lifetimes
    past: Dataset
    curve: RiskCurve
    p: Floats
    later: bool

    def risks(self) -> dict[int, Floats]:
        return self.curve.risks(self.here.X, self.p, horizon=self.here.horizon)


def judge_curve(bench: Workbench, model: Model, recipe: Recipe, rows: Dataset) -> CurveReport | None:
    """The test; None where no horizon can be tested. rows: of every cutoff, with their lives."""
    found: list[HorizonTest] = []
    last: _Trial | None = None
    for cutoff, horizons in _by_cutoff(rows):
        for trial, asked in _trials(bench, model, recipe, rows, cutoff, horizons=horizons):
            found += _tests(trial, asked)
            last = trial
    if last is None or not found:
        return None
    longest = max(last.curve.horizons)
    told = concordance(last.risks()[longest], last.lives.lost, last.lives.followed)
    return CurveReport(tuple(sorted(found, key=lambda one: one.horizon)), told, _by_tenure(last))


def _by_cutoff(rows: Dataset) -> Iterator[tuple[np.datetime64, list[int]]]:
    """The newest cutoff first, each with the horizons that are tested there."""
    wanted: dict[np.datetime64, list[int]] = {}
    if rows.lives is not None and len(rows):
        for horizon in HORIZONS:
            over = rows.cutoff[rows.lives.followed >= horizon]
            if len(over):
                wanted.setdefault(over.max(), []).append(horizon)
    yield from sorted(wanted.items(), reverse=True)


def _trials(
    bench: Workbench,
    model: Model,
    recipe: Recipe,
    rows: Dataset,
    cutoff: np.datetime64,
    *,
    horizons: Sequence[int],
) -> Iterator[tuple[_Trial, list[int]]]:
    """On a later time for the horizons that the past was long enough to teach; on other customers else."""
    here = rows.cutoff == cutoff
    past = rows.rows(rows.cutoff < cutoff).known_at(cutoff.astype("datetime64[D]").item())
    trial = _made(bench, model, recipe, past, rows.rows(here), later=True)
    taught = [one for one in horizons if trial is not None and one in trial.curve.horizons]
    if trial is not None and taught:
        yield trial, taught
    rest = [one for one in horizons if one not in taught]
    if rest:
        held = _held_out(rows, seed=bench.seed)
        trial = _made(bench, model, recipe, rows.rows(~held), rows.rows(here & held), later=False)
        if trial is not None:
            yield trial, rest


def _made(
    bench: Workbench, model: Model, recipe: Recipe, past: Dataset, here: Dataset, *, later: bool
) -> _Trial | None:
    settled = past.before(here.cutoff[0].item()) if later and len(here) else past
    if here.lives is None or len(here) < FEWEST or not two_outcomes(settled):
        return None
    curve = fit_curve(bench, model, recipe, past)
    if curve is None:
        return None
    scorer = bench.make(model, recipe, settled, at=newest_cutoff(settled))
    return _Trial(here, here.lives, past, curve, scorer.predict(here.X), later)


def _tests(trial: _Trial, horizons: Sequence[int]) -> Iterator[HorizonTest]:
    risks, lives = trial.risks(), trial.lives
    for horizon in horizons:
        known = lives.followed >= horizon
        if horizon not in risks or known.sum() < FEWEST:
            continue
        risk, lost = risks[horizon][known], lives.lost[known] < horizon
        yield HorizonTest(
            horizon,
            str(trial.here.cutoff[0].astype("datetime64[D]")),
            trial.later,
            int(known.sum()),
            float(risk.mean()),
            float(lost.mean()),
            float(auc(lost, risk)),
            float(ece(lost, risk)),
        )


def _by_tenure(trial: _Trial) -> float | None:
    """The concordance of the product-limit estimate by tenure; None where there is no tenure."""
    from retain.learning.tenure_rule import TENURES, TenureRule  # scikit-learn is dear to import

    past, here = trial.past, trial.here
    if past.lives is None or not any(name in here.X for name in TENURES):
        return None
    rule = TenureRule(horizon=max(trial.curve.horizons))
    nobody = np.zeros(len(past), dtype=bool)
    risk = rule.fit(past.X, nobody, lives=past.lives.apart(past.cutoff)).predict_proba(here.X)[:, 1]
    return concordance(risk, trial.lives.lost, trial.lives.followed)


def _held_out(rows: Dataset, *, seed: int) -> NDArray[np.bool_]:
    customer, names = pd.factorize(rows.customer_id, sort=True)
    return np.asarray((np.random.default_rng(seed).random(len(names)) < HELD_OUT)[customer])
