"""Evaluation: the configured model beside the baselines, as a page, a document and MLflow runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from retain.errors import UsageError
from retain.events.checks import unusable_notes
from retain.learning.backtest import BASELINES, Backtest, backtest
from retain.learning.bootstrap import Terms
from retain.learning.cutoffs import training_cutoffs
from retain.learning.dataset import Dataset
from retain.learning.gate import missing_data
from retain.learning.grade import grade
from retain.learning.model import Model
from retain.learning.terms import terms
from retain.reports import evaluation
from retain.reports.evaluation_page import page
from retain.steps.definition import left_out_notes
from retain.steps.reading import churn_definition, read, spend_days, training_sample
from retain.steps.results import EvaluateResult
from retain.steps.risk_curve import curve_report, lived_rows
from retain.steps.run import Run
from retain.steps.train import speaking, tested_models
from retain.steps.training_rows import training_rows
from retain.steps.writing import write_text
from retain.tracking import EvaluationRecord, log_evaluation

PAGE, DOCUMENT = "evaluation.html", "evaluation.json"
UNDEFINED = "models/ does not define it"

_Rows = tuple[Dataset, Dataset | None, Terms, date, tuple[str, ...]]


def evaluate(run: Run, *, as_of: date | None, folds: int) -> EvaluateResult:
    """Backtest the configured model beside the baselines; leaves evaluation.json, .html and MLflow runs."""
    if folds < 1:
        raise UsageError(f"folds: {folds} is not a number of folds; ask for 1 or more")
    models = evaluated_models(run)
    dataset, lived, judged_by, day, notes = _rows(run, as_of=as_of, folds=folds)
    found = backtest(
        dataset,
        models=models,
        chosen=run.config.model,
        config=run.config,
        folds=folds,
        terms=judged_by,
        progress=run.progress,
    )
    notes = (*notes, *missing_data(found.folds[-1].test, run.config.gates), *_undefined(run))
    graded = grade(found, seed=run.config.training.seed, rules=_simple_rules(run, models))
    subject = evaluation.Subject(
        run.config.name,
        day,
        churn_definition(run),
        {name: model.doc for name, model in models.items()},
        notes,
        curve_report(run, lived, models[found.chosen], found.folds[-1].recipes[found.chosen]),
    )
    document = evaluation.document(subject, found, graded, run.config.public())
    files = {
        DOCUMENT: json.dumps(document, indent=2, ensure_ascii=False, default=str),
        PAGE: page(subject, found, graded),
    }
    for name, text in files.items():
        write_text(run.config.output / name, text)
    with run.step("Keeping the evaluation"):
        run_id = log_evaluation(run.config, _record(run, found, document, files))
    return EvaluateResult(
        document=document,
        folds=pd.DataFrame(document["folds"]),
        summary=pd.DataFrame(document["summary"]),
        page=run.config.output / PAGE,
        path=run.config.output / DOCUMENT,
        run_id=run_id,
    )


def evaluated_models(run: Run) -> Mapping[str, Model]:
    """The configured model, then the rules and the baselines."""
    able = speaking(run)
    return {**tested_models(run), **{name: able[name] for name in BASELINES if name in able}}


def _simple_rules(run: Run, models: Mapping[str, Model]) -> list[str] | None:
    """What the grade compares with; None where the days since a row tell churn, and so the rule does."""
    if run.config.churn.when == "inactive":
        return None
    return [name for name, model in models.items() if model.rule]


def _undefined(run: Run) -> tuple[str, ...]:
    absent = [name for name in BASELINES if name not in run.definitions.models]
    return tuple(f"The baseline {name} is not tested: {UNDEFINED}." for name in absent)


def _rows(run: Run, *, as_of: date | None, folds: int) -> _Rows:
    """The rows of every cutoff that a fold is tested at or learns from; those that tell of other horizons;
    what lists of them are judged by; the as-of; what was set aside.
    """
    training = run.config.training
    longer = training.model_copy(update={"cutoffs": training.cutoffs + folds - 1})
    with read(run, as_of=as_of, duplicates=True) as events:
        summary = events.summary
        cutoffs = training_cutoffs(longer, run.config.churn, start=summary.start, end=summary.end)
        spending = spend_days(run, summary, cutoffs)
        sample = training_sample(run, events, cutoffs.all, tests=folds)
        rows = training_rows(run, events, cutoffs.all, spend_horizon=spending.days, sample=sample)
        lived = lived_rows(run, events, rows, sample=sample)
    notes = (*unusable_notes(summary), *left_out_notes(rows.left_out), *sample.note(training.max_rows))
    return rows, lived, terms(run.config, rows.fairly(), spending), summary.as_of, notes


def _record(
    run: Run, found: Backtest, document: Mapping[str, Any], files: Mapping[str, str]
) -> EvaluationRecord:
    newest = found.folds[-1].cutoff
    differences = {f"difference.{one['figure']}": one["difference"] for one in document["differences"]}
    return EvaluationRecord(
        name=f"evaluate {newest}",
        folds={model: [fold.metrics[model].numbers() for fold in found.folds] for model in found.models},
        averages={model: found.average(model) for model in found.models},
        metrics={**found.average(found.chosen), **differences},
        params={
            "model": found.chosen,
            "folds": len(found.folds),
            "cutoffs": ", ".join(str(fold.cutoff) for fold in found.folds),
            **run.config.churn.model_dump(mode="json"),
            **run.config.training.model_dump(mode="json"),
        },
        tags={
            "command": "evaluate",
            "model": found.chosen,
            "grade": document["grade"]["letter"],
            "churn": document["churn"],
            "cutoff": str(newest),
            "digest": run.definitions.digest,
        },
        files=files,
    )
