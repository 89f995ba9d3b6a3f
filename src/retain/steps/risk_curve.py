"""The risk at other horizons than the config's: learnt in training, told of every customer in predicting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from retain.events.engine import Events
from retain.learning.dataset import Dataset, joined
from retain.learning.horizons import HORIZONS, CurveReport, Lifetimes, RiskCurve, fit_curve
from retain.learning.lifetimes import lifetimes
from retain.learning.recipe import Workbench
from retain.learning.sampling import Sample
from retain.learning.scorer import Floats
from retain.learning.snapshots import snapshots
from retain.learning.training import Trained
from retain.steps.run import Run

Curve = tuple[RiskCurve, CurveReport]
LONGER_AGO = 4  # cutoffs from which the longest horizon is learnt


@dataclass(frozen=True)
class Lived:
    """Rows, and how long their customers were there after the cutoff."""

    rows: Dataset
    lives: Lifetimes


def lived_rows(run: Run, events: Events, dataset: Dataset, *, sample: Sample) -> Lived | None:
    """The training rows, and others from so long ago that the longest horizon is over.

    None where churn comes on no day.
    """
    if run.config.churn.when == "inactive":
        return None
    rows, longer = replace(dataset.fairly(), spent=None), _longer_ago(run, events, dataset)
    if longer:
        parts = list(
            snapshots(
                events, run.features, dataset.spec, cutoffs=longer, labelled=True, sample=sample.uniform
            )
        )
        rows = joined([rows, *(part for part in parts if len(part))])
    lives = lifetimes(events, rows)
    return None if lives is None else Lived(rows, lives)


def _longer_ago(run: Run, events: Events, dataset: Dataset) -> list[date]:
    """Some cutoffs whose longest horizon is over, besides those there are rows for."""
    churn, summary = run.config.churn, events.summary
    newest = summary.end - timedelta(days=max(HORIZONS) + churn.settled - churn.horizon)
    oldest = summary.start + timedelta(days=churn.horizon)
    wanted = [newest - timedelta(days=run.config.training.every * number) for number in range(LONGER_AGO)]
    there = {one.astype("datetime64[D]").item() for one in np.unique(dataset.cutoff)}
    if any(one <= newest for one in there):
        return []
    return sorted(one for one in wanted if one >= oldest)


def risk_curve(run: Run, lived: Lived | None, trained: Trained) -> Curve | None:
    """From the chosen model's recipe; None where churn comes on no day, or too few were lost on one."""
    if lived is None:
        return None
    bench = Workbench(seed=run.config.training.seed)
    model, recipe = run.definitions.models[trained.chosen], trained.recipes[trained.chosen]
    with run.step("Learning the risk at other horizons"):
        return fit_curve(bench, model, recipe, lived.rows, lived.lives)


def curve_notes(curve: Curve | None) -> tuple[str, ...]:
    """How good it is, as sentences."""
    if curve is None:
        return ()
    report = curve[1]
    shares = ", ".join(
        f"{one['horizon']:g} days {one['risk']:.1%} expected, {one['lost']:.1%} lost"
        for one in report.calibration
    )
    beside = (
        "" if report.by_tenure is None else f", by Kaplan-Meier of the tenure alone {report.by_tenure:.3f}"
    )
    return (
        f"On customers not learnt from: within {shares}.{_unknown(curve[0])}",
        f"Of two customers, the one with the higher risk was lost first with probability "
        f"{report.concordance:.3f} (concordance){beside}.",
    )


def _unknown(curve: RiskCurve) -> str:
    beyond = [str(days) for days in HORIZONS if days > curve.edges[-1]]
    if not beyond:
        return ""
    return f" Too few were followed, and lost, that long to tell the risk at {' and '.join(beyond)} days."


def with_horizons(scores: pd.DataFrame, risks: Mapping[int, Floats]) -> pd.DataFrame:
    """The scores with a column churn_probability_<N>d at the end for each horizon that was learnt."""
    return scores.assign(**{f"churn_probability_{days}d": risk for days, risk in risks.items()})
