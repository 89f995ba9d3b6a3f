"""Results print themselves as sentences and as JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from retain.steps.results import FeaturesResult, ModelsResult, PredictResult, TrainResult

FIGURES = {
    "auc": 0.8,
    "average_precision": 0.7,
    "log_loss": 0.5,
    "brier": 0.2,
    "ece": 0.05,
    "lift_10": 2.5,
}
TEST = {"cutoff": "2019-05-21", "customers": 1370, "churn_rate": 0.438}
TRAINED = TrainResult(
    version=3,
    run_id="r",
    alias="champion",
    champion="recency",
    label="rule",
    churn="a customer counts",
    metrics={"gbm": {**TEST, **FIGURES}, "recency": {**TEST, **FIGURES, "auc": float("nan")}},
    reasons=("gbm is no better.", "The rule recency takes its place."),
    notes=("orders: 1 row set aside: time cannot be read",),
    rows=400,
)
MANIFEST = {
    "as_of": "2019-06-10",
    "counts": {"listed": 50, "eligible": 1234},
    "model": {"version": 3, "name": "recency", "label": "rule"},
    "files": {"scores.parquet": {}, "at_risk.csv": {}},
    "notes": ["activity: kind 'call' was there in training and has vanished"],
}


def _listed(*, already=False):
    frame = pd.DataFrame({"rank": [1]})
    drawn = {"at_risk.parquet": frame, "what_if.parquet": frame}
    return PredictResult(Path("output/lists/2019-06-10"), MANIFEST, already=already, drawn=drawn)


def test_a_training_tells_its_test_a_figure_a_model_and_who_is_champion():
    lines = TRAINED.lines()
    assert lines[0] == "orders: 1 row set aside: time cannot be read"
    assert "Tested at 2019-05-21 on 1,370 customers, of whom 43.8% churned:" in lines
    assert "  gbm" in "".join(lines)
    assert lines[-1] == "Registered version 3 of the model (champion): recency, a rule"


def test_the_figures_stand_under_their_headings():
    header, gbm, recency = next(
        TRAINED.lines()[number : number + 3] for number, line in enumerate(TRAINED.lines()) if "AUC" in line
    )
    assert len(header) == len(gbm) == len(recency)
    assert gbm[: header.index("AUC") + 3].split() == ["gbm", "0.8000"]
    assert "nan" in recency


def test_a_training_without_a_test_has_no_table():
    untested = TrainResult(**{**vars(TRAINED), "metrics": {}, "notes": ()})
    assert untested.lines() == [
        *TRAINED.reasons,
        "Registered version 3 of the model (champion): recency, a rule",
    ]


def test_a_list_tells_how_many_by_which_model_and_where():
    assert _listed().lines() == [
        "activity: kind 'call' was there in training and has vanished",
        "50 of 1,234 eligible customers listed as of 2019-06-10, by version 3 (recency, a rule)",
        "Written to output/lists/2019-06-10: at_risk.csv, manifest.json, scores.parquet",
    ]


def test_a_list_that_stood_before_says_how_to_make_it_anew():
    (line,) = _listed(already=True).lines()
    assert line.startswith("already published: output/lists/2019-06-10")
    assert "--force" in line


def test_a_matrix_tells_its_size_and_file():
    result = FeaturesResult(date(2019, 6, 10), 1234, ("orders", "spend"), path=Path("f.csv"))
    assert result.lines() == ["1,234 rows with 2 features; written to f.csv"]
    assert result.to_json()["path"] == "f.csv"


@pytest.mark.parametrize(
    "result",
    [TRAINED, _listed(), FeaturesResult(date(2019, 6, 10), 1, ("orders",)), ModelsResult(({"version": 1},))],
)
def test_every_document_is_json(result):
    assert json.loads(json.dumps(result.to_json()))
