"""The risk at other horizons than the config's: learnt in training, told of every customer in predicting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from retain.events.engine import Events
from retain.learning.dataset import Dataset, joined
from retain.learning.horizon_test import CurveReport, HorizonTest, judge_curve
from retain.learning.horizons import HORIZONS, RiskCurve, fit_curve
from retain.learning.model import Model
from retain.learning.recipe import Recipe, Workbench
from retain.learning.sampling import Sample
from retain.learning.scorer import Floats
from retain.learning.snapshots import snapshots
from retain.reports.curves import wilson
from retain.steps.run import Run

Curve = tuple[RiskCurve, CurveReport | None]
LONGER_AGO = 4  # cutoffs from which the longest horizon is learnt


def lived_rows(run: Run, events: Events, dataset: Dataset, *, sample: Sample) -> Dataset | None:
    """The training rows, and others from so long ago that the longest horizon is over.

    None where churn comes on no day.
    """
    if dataset.lives is None:
        return None
    rows, longer = replace(dataset.fairly(), spent=None), _longer_ago(run, events, dataset)
    if longer:
        parts = list(
            snapshots(
                events, run.features, dataset.spec, cutoffs=longer, labelled=True, sample=sample.uniform
            )
        )
        rows = joined([rows, *(part for part in parts if len(part))])
    return rows


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


def risk_curve(run: Run, rows: Dataset | None, model: Model, recipe: Recipe) -> Curve | None:
    """Of what serves, model or rule, by its recipe.

    None where churn comes on no day, or too few were lost on one.
    """
    if rows is None:
        return None
    with run.step("Learning the risk at other horizons"):
        curve = fit_curve(Workbench(seed=run.config.training.seed), model, recipe, rows)
    return None if curve is None else (curve, curve_report(run, rows, model, recipe))


def curve_report(run: Run, rows: Dataset | None, model: Model, recipe: Recipe) -> CurveReport | None:
    """How such a curve does on rows that nothing was learnt from; None where that cannot be told."""
    if rows is None:
        return None
    with run.step("Testing the risk at other horizons"):
        return judge_curve(Workbench(seed=run.config.training.seed), model, recipe, rows)


def curve_notes(curve: Curve | None) -> tuple[str, ...]:
    """How good it is, as sentences."""
    if curve is None:
        return ()
    learnt, report = curve
    if report is None:
        return (f"The risks at other horizons could not be tested.{_unknown(learnt)}",)
    shares = "; ".join(map(_share, report.calibration))
    return (
        f"Risks as they are published, on rows that nothing was learnt from: {shares}.{_unknown(learnt)}",
        f"Of two customers, the one with the higher risk was lost first with probability "
        f"{report.concordance:.3f} (concordance){_beside(report)}.",
    )


def _share(one: HorizonTest) -> str:
    low, high = wilson(one.lost, one.rows)
    on = f"of {one.rows:,} {'customers' if one.later else 'other customers'} at {one.cutoff}"
    return (
        f"within {one.horizon} days {one.risk:.1%} expected, {one.lost:.1%} lost "
        f"(95% interval {low:.1%} to {high:.1%}) {on}"
    )


def _beside(report: CurveReport) -> str:
    return "" if report.by_tenure is None else f", by Kaplan-Meier of the tenure alone {report.by_tenure:.3f}"


def _unknown(curve: RiskCurve) -> str:
    beyond = [str(days) for days in HORIZONS if days > curve.edges[-1]]
    if not beyond:
        return ""
    return f" Too few were followed, and lost, that long to tell the risk at {' and '.join(beyond)} days."


def with_horizons(scores: pd.DataFrame, risks: Mapping[int, Floats]) -> pd.DataFrame:
    """The scores with a column churn_probability_<N>d at the end for each horizon that was learnt."""
    return scores.assign(**{f"churn_probability_{days}d": risk for days, risk in risks.items()})
