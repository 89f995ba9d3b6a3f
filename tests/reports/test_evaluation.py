"""The document that `evaluate --json` prints."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import pytest

import backtests
from retain.learning.grade import grade
from retain.reports.evaluation import Subject, document, population

COUNTS = ["customers", "churn_rate"]
FIGURES = [
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "ece",
    "lift_10",
    "precision_at_capacity",
    "max_profit",
]
METRICS = [*COUNTS, *FIGURES]


@cache
def subject():
    docs = {"logit": "A model in little."}
    return Subject("shop", date(2011, 8, 29), "a customer who <b>left</b>", docs, ("one note",))


@cache
def made():
    found = backtests.found()
    return document(subject(), found, grade(found, seed=7), {"name": "shop"})


def test_the_folds_hold_what_was_promised():
    folds = made()["folds"]
    assert [(one["cutoff"], one["model"]) for one in folds[:2]] == [
        ("2011-05-01", "logit"),
        ("2011-05-01", "recency"),
    ]
    assert len(folds) == 12
    assert all(name in one for one in folds for name in METRICS)


def test_the_summary_averages_the_folds():
    logit = made()["summary"][0]
    values = [one["log_loss"] for one in made()["folds"] if one["model"] == "logit"]
    assert logit["model"] == "logit"
    assert logit["log_loss"] == pytest.approx(sum(values) / 3)
    assert set(METRICS) <= set(logit)
    assert logit["intervals"]["auc"][0] < logit["auc"] < logit["intervals"]["auc"][1]


def test_what_calibration_did_is_told_by_fold_and_in_the_mean():
    found = made()["calibration"]
    chosen = [one for one in made()["folds"] if one["model"] == "logit"]
    for one, told in zip(chosen, found["folds"], strict=True):
        assert (told["cutoff"], told["method"]) == (one["cutoff"], one["calibration"])
        assert told["log_loss"]["calibrated"] == pytest.approx(one["log_loss"])
        assert told["log_loss"]["uncalibrated"] == one["log_loss_uncalibrated"]
        assert told["ece"]["uncalibrated"] == one["ece_uncalibrated"]
    differences = [one["ece"]["difference"] for one in found["folds"]]
    assert found["mean"]["ece"]["difference"] == pytest.approx(sum(differences) / len(differences))


def test_the_grade_says_why_and_how():
    assert made()["grade"]["letter"] == "A"
    assert "beats the best simple rule" in made()["grade"]["why"]
    assert "Accuracy on churners is" in made()["grade"]["definition"]


def test_every_fold_tells_what_it_was_trained_on():
    trained = made()["folds"][0]["trained_on"]
    assert trained["cutoffs"] == ["2011-01-01", "2011-01-31", "2011-03-02"]
    assert trained["rows"] == 900


def test_every_figure_is_defined():
    assert set(FIGURES) <= set(made()["definitions"])


def test_it_is_json_without_nan():
    assert json.loads(json.dumps(made(), allow_nan=False))["name"] == "shop"


def test_the_population_is_told():
    said = population(backtests.found())
    assert "3 cutoffs" in said
    assert "2011-06-30 (300 customers" in said
