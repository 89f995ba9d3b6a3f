"""An evaluation as a page: tables, curves of every fold, and what moves the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from retain.learning.backtest import HIGHER_IS_BETTER, Backtest, Difference, Fold
from retain.learning.bootstrap import REPLICATES
from retain.learning.calibration_effect import DEFINITION as CALIBRATION
from retain.learning.calibration_effect import Change
from retain.learning.explanation import Driver, Explanation, Importance
from retain.learning.grade import Grade
from retain.learning.horizon_test import CurveReport, HorizonTest
from retain.reports.charts import Axis, Chart, Line, dots, intervals
from retain.reports.curves import gains, profit, reliability, wilson
from retain.reports.evaluation import Subject, bounds, differences, population, shown_figures
from retain.reports.figures import Figure
from retain.reports.html import page as rendered

SUMMARY = (
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "ece",
    "lift_10",
    "precision_at_capacity",
    "max_profit",
    "max_profit_size",
)
"""The figures of the page's first table."""

FEATURES = 15
"""Features that the page shows."""


def page(subject: Subject, found: Backtest, grade: Grade) -> str:
    """The evaluation as one self-contained HTML page."""
    shown = {figure.name: figure for figure in shown_figures(found)}
    columns = [shown[name] for name in SUMMARY]
    return rendered(
        "evaluation.html",
        subject=subject,
        found=found,
        grade=grade,
        definition=grade.definition,
        population=population(found),
        replicates=REPLICATES,
        figures=shown,
        baseline=found.best_baseline("log_loss"),
        columns=columns,
        summary=_table(found, columns),
        details=[_details(fold, found.models, list(shown.values())) for fold in found.folds],
        differences=[_versus(found, one) for one in differences(found)],
        curves=[(fold, _curves(found, fold)) for fold in found.folds],
        explanation=found.explanation,
        importances=_importances(found.explanation),
        drivers=_drivers(found.explanation),
        calibration=CALIBRATION,
        calibrated=_calibrated(found),
        horizons=subject.horizons,
        risks=_risks(subject.horizons),
        notes=(*subject.notes, *found.notes),
    )


@dataclass(frozen=True)
class Row:
    """A model's row in a table: cells of (text, what stands below it, whether it is the best)."""

    model: str
    kind: str
    cells: tuple[tuple[str, str, bool], ...]


def _table(found: Backtest, shown: Sequence[Figure]) -> list[Row]:
    """The averages, the model of least log loss first."""
    averages = {model: found.average(model) for model in found.models}
    best = {f.name: f.best(each.get(f.name) for each in averages.values()) for f in shown}
    rows = []
    for model in sorted(found.models, key=lambda name: averages[name]["log_loss"]):
        cells = []
        for figure in shown:
            text = figure.shown(averages[model].get(figure.name))
            below = _below(found, model, figure) if model == found.chosen else ""
            cells.append((text, below, text == best[figure.name]))
        rows.append(Row(model, _kind(found, model), tuple(cells)))
    return rows


def _below(found: Backtest, model: str, figure: Figure) -> str:
    if figure.name not in found.folds[0].metrics[model].intervals:
        return ""
    return " to ".join(figure.shown(bound) for bound in bounds(found, model, figure.name))


def _kind(found: Backtest, model: str) -> str:
    if model == found.chosen:
        return "strong"
    return "second" if model == found.best_baseline("log_loss") else "plain"


def _details(fold: Fold, models: Sequence[str], shown: Sequence[Figure]) -> dict[str, Any]:
    """A fold's full table: one row a figure, one column a model."""
    rows = []
    for figure in shown:
        values = [getattr(fold.metrics[model], figure.name) for model in models]
        best = figure.best(values)
        texts = [figure.shown(value) for value in values]
        rows.append((figure, [(text, text == best) for text in texts]))
    return {"fold": fold, "rows": rows}


def _calibrated(found: Backtest) -> list[tuple[str, str, list[Change]]]:
    """Of each fold and of their mean: the day, the method, what it did to each figure."""
    rows = [
        (str(fold.cutoff), str(fold.method), list(fold.changes.values())) for fold in found.calibration.folds
    ]
    return [*rows, ("mean", "", list(found.calibration.mean.values()))]


def _risks(report: CurveReport | None) -> list[tuple[HorizonTest, tuple[float, float]]]:
    """Each horizon's test, with the 95 % interval of the share lost."""
    return [] if report is None else [(one, wilson(one.lost, one.rows)) for one in report.calibration]


def _versus(found: Backtest, one: Difference) -> dict[str, Any]:
    title = next(figure.title for figure in shown_figures(found) if figure.name == one.figure)
    rows = [("all folds", one.mean, *one.interval)]
    rows += [
        (str(fold.cutoff), value, *bounds)
        for fold, (value, bounds) in zip(found.folds, one.folds, strict=True)
    ]
    verdict = "clearly better" if one.better else "clearly worse" if one.worse else "not clearly different"
    name = f"{title}: {found.chosen} less {one.baseline}"
    drawing = intervals(rows, form="+.3f", title=name)
    side = "right" if HIGHER_IS_BETTER[one.figure] else "left"
    return {"one": one, "title": title, "verdict": verdict, "side": side, "drawing": drawing}


def _curves(found: Backtest, fold: Fold) -> list[tuple[str, Markup]]:
    drawn = {"Reliability": _reliability, "Gains": _gains, "Profit": _profit}
    return [(title, draw(found, fold).svg()) for title, draw in drawn.items()]


def _ordered(found: Backtest) -> list[str]:
    """The models as they are drawn: the chosen one last, on top of the others."""
    order = {"plain": 0, "second": 1, "strong": 2}
    return sorted(found.models, key=lambda model: order[_kind(found, model)])


def _reliability(found: Backtest, fold: Fold) -> Chart:
    lines, top = [], 0.0
    for model in _ordered(found):
        kind = _kind(found, model)
        if kind == "plain":
            continue
        x, y, bars = reliability(fold.test.churned, fold.test.predictions[model])
        strong = kind == "strong"
        lines.append(Line(model, x, y, kind, dots=True, bars=bars if strong else ()))
        top = max(top, x.max(), max(high for _, high in bars) if strong else y.max())
    top = min(float(np.ceil(top * 10 + 0.2) / 10), 1.0)
    ends = np.array([0.0, top])
    return Chart(
        title=f"Reliability at {fold.cutoff}",
        x=Axis("Predicted probability", 0, top),
        y=Axis("Share who churned", 0, top),
        lines=[Line("as predicted", ends, ends, "reference"), *lines],
    )


def _gains(found: Backtest, fold: Fold) -> Chart:
    ends = np.array([0.0, 1.0])
    lines = [
        Line(model, *gains(fold.test.churned, fold.test.predictions[model]), _kind(found, model))
        for model in _ordered(found)
        if np.ptp(fold.test.predictions[model]) > 0
    ]
    return Chart(
        title=f"Gains at {fold.cutoff}",
        x=Axis("Customers contacted", 0, 1),
        y=Axis("Churners found", 0, 1),
        lines=[Line("at random", ends, ends, "reference"), *lines],
        marks=_capacity(found, fold),
    )


def _profit(found: Backtest, fold: Fold) -> Chart:
    lines = [
        Line(
            model,
            *profit(fold.test.churned, fold.test.predictions[model], found.terms.offer),
            _kind(found, model),
        )
        for model in _ordered(found)
    ]
    ends = [value for line in lines for value in (line.y.min(), line.y.max())]
    room = 0.06 * (max(ends) - min(ends))
    return Chart(
        title=f"Profit at {fold.cutoff}",
        x=Axis("Customers contacted", 0, 1),
        y=Axis("Profit per customer", float(min(ends)) - room, float(max(ends)) + room, ",.4g"),
        lines=[Line("nobody", np.array([0.0, 1.0]), np.zeros(2), "reference"), *lines],
        marks=_capacity(found, fold),
    )


def _capacity(found: Backtest, fold: Fold) -> list[tuple[float, str]]:
    capacity = found.terms.capacity
    if not capacity or capacity >= fold.test.customers:
        return []
    return [(capacity / fold.test.customers, f"capacity {capacity:,}")]


def _importances(explanation: Explanation | None) -> list[tuple[Importance, str, Markup]]:
    """The features that count most, with their meaning and their dots."""
    if explanation is None:
        return []
    shown = explanation.features[:FEATURES]
    ends = [float(np.quantile(np.abs(one.contributions), 0.99)) for one in shown]
    reach = max([*ends, 1e-9])
    return [(one, one.column.meaning, _dots(one, reach=reach, seed=seed)) for seed, one in enumerate(shown)]


def _dots(one: Importance, *, reach: float, seed: int) -> Markup:
    first = slice(300)
    title = f"Contributions of {one.column.name}, {one.says}"
    return dots(one.values[first], one.contributions[first], reach=reach, seed=seed, title=title)


def _drivers(explanation: Explanation | None) -> list[tuple[Any, list[tuple[Driver, str]]]]:
    if explanation is None:
        return []
    return [(band, [(one, one.column.meaning) for one in band.drivers]) for band in explanation.bands]
