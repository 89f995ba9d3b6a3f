"""An evaluation as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from retain.learning.backtest import HIGHER_IS_BETTER, Backtest, Difference
from retain.learning.bootstrap import interval
from retain.learning.calibration_effect import DEFINITION as CALIBRATION
from retain.learning.calibration_effect import CalibrationEffect, Change
from retain.learning.grade import Grade
from retain.learning.horizon_test import CurveReport
from retain.reports.figures import Figure, figures

COUNTS = ("customers", "churners", "churn_rate")


@dataclass(frozen=True)
class Subject:
    """What was evaluated: the business, the day, what churn means there; what each model is.

    horizons: how the chosen model's risks at other horizons did, where churn comes on a day.
    """

    name: str
    as_of: date
    churn: str
    docs: Mapping[str, str]
    notes: tuple[str, ...]
    horizons: CurveReport | None = None


def document(subject: Subject, found: Backtest, grade: Grade, config: Mapping[str, Any]) -> dict[str, Any]:
    """The evaluation as JSON: `evaluate --json` and evaluation.json."""
    shown = shown_figures(found)
    return {
        "config": dict(config),
        "name": subject.name,
        "as_of": str(subject.as_of),
        "model": found.chosen,
        "churn": subject.churn,
        "population": population(found),
        "folds": [_fold(found, at, model) for at in range(len(found.folds)) for model in found.models],
        "summary": [_average(found, model) for model in found.models],
        "differences": [_difference(found, one) for one in differences(found)],
        "calibration": _calibration(found.calibration),
        "horizons": _plain(subject.horizons.to_json()) if subject.horizons else None,
        "grade": {**_plain(asdict(grade)), "why": grade.why},
        "definitions": {figure.name: figure.definition for figure in shown},
        "offer": {**asdict(found.terms.offer), "worth": found.terms.worth},
        "models": {name: subject.docs.get(name, "") for name in found.models},
        "skipped": dict(found.skipped),
        "notes": [*subject.notes, *found.notes],
        "explanation": _plain(found.explanation.to_json()) if found.explanation else None,
    }


def population(found: Backtest) -> str:
    """Who was tested when, as a sentence."""
    folds = found.folds
    tests = ", ".join(
        f"{fold.cutoff} ({fold.test.customers:,} customers, {fold.test.churners:,} churned)" for fold in folds
    )
    return (
        f"Every customer who was eligible at {len(folds)} cutoff{'s' if len(folds) > 1 else ''}: {tests}; "
        f"horizon {folds[0].test.horizon} days."
    )


def shown_figures(found: Backtest) -> tuple[Figure, ...]:
    """The figures, with what this backtest took for a list and an offer."""
    return figures(found.terms)


def differences(found: Backtest) -> list[Difference]:
    """The chosen model against the best baseline, in each figure that is compared."""
    each = (found.difference(figure) for figure in HIGHER_IS_BETTER)
    return [one for one in each if one is not None]


def _fold(found: Backtest, at: int, model: str) -> dict[str, Any]:
    fold = found.folds[at]
    trained_on = {"cutoffs": [str(cutoff) for cutoff in fold.cutoffs], "rows": fold.rows}
    recipe = fold.recipes[model]
    made = {"trained_on": trained_on, "calibration": recipe.calibration, "params": _plain(recipe.params)}
    figures = fold.metrics[model].to_json()
    changes = found.calibration.folds[at].changes if model == found.chosen else {}
    uncalibrated = {f"{name}_uncalibrated": change.before for name, change in changes.items()}
    return {"cutoff": figures.pop("cutoff"), "model": model, **figures, **uncalibrated, **made}


def _average(found: Backtest, model: str) -> dict[str, Any]:
    average = found.average(model)
    names = [*COUNTS, *(figure.name for figure in shown_figures(found))]
    intervals = {name: _plain(bounds(found, model, name)) for name in found.folds[0].metrics[model].intervals}
    return {
        "model": model,
        "folds": len(found.folds),
        **{name: average.get(name) for name in names},
        "intervals": intervals,
    }


def bounds(found: Backtest, model: str, figure: str) -> tuple[float, float]:
    """The 95% interval of a model's average."""
    return interval(found.samples(model, figure))


def _difference(found: Backtest, one: Difference) -> dict[str, Any]:
    by_fold = [
        {"cutoff": str(fold.cutoff), "difference": value, "interval": _plain(ends)}
        for fold, (value, ends) in zip(found.folds, one.folds, strict=True)
    ]
    return {
        "figure": one.figure,
        "model": found.chosen,
        "baseline": one.baseline,
        "difference": one.mean,
        "interval": _plain(one.interval),
        "better": one.better,
        "worse": one.worse,
        "folds": by_fold,
    }


def _calibration(effect: CalibrationEffect) -> dict[str, Any]:
    folds = [
        {"cutoff": str(one.cutoff), "method": one.method, **_changes(one.changes)} for one in effect.folds
    ]
    return {"definition": CALIBRATION, "folds": folds, "mean": _changes(effect.mean)}


def _changes(changes: Mapping[str, Change]) -> dict[str, Any]:
    return {
        name: {
            "uncalibrated": change.before,
            "calibrated": change.after,
            "difference": change.difference,
            "interval": _plain(change.interval),
        }
        for name, change in changes.items()
    }


def _plain(value: Any) -> Any:
    """The value in JSON's words: lists, numbers, null for what is not defined."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not np.isfinite(value) else value
