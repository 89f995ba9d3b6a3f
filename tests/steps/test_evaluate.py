"""`retain evaluate` on a small shop: what it leaves and what it says."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

import shops
from retain.errors import UsageError
from retain.learning.backtest import BASELINES
from retain.progress import Silent
from retain.project import ProjectFolder, load_definitions
from retain.steps.evaluate import evaluate
from retain.steps.run import Run

pytestmark = pytest.mark.slow  # a backtest

ROOT = Path(__file__).parents[2]
START = date(2011, 1, 1)


def orders(customers=100, days=240):
    """A CSV of customers who order at a pace of their own until they leave."""
    generator = np.random.default_rng(5)
    lines = ["who,at"]
    for number in range(customers):
        day, pace = generator.uniform(0, 60), generator.gamma(2, 6) + 2
        leaves = generator.exponential(250)
        while day < min(days, leaves + 30):
            lines.append(f"{number},{START + timedelta(days=int(day))}")
            day += generator.exponential(pace)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    shops.write(folder / "orders.csv", orders())
    config = shops.config(
        folder,
        horizon=30,
        active_within=60,
        inspected=True,
        orders={"source": "orders.csv", "columns": shops.ORDERS},
        model="rfm_logit",
        output=str(folder / "output"),
        training={"cutoffs": 4, "every": 30, "trials": 0},
        mlflow={"tracking_uri": f"sqlite:///{folder / 'mlflow.db'}"},
    )
    return Run.begin(config, ProjectFolder(ROOT, "given"), load_definitions(ROOT), progress=Silent())


@pytest.fixture(scope="module")
def result(run):
    return evaluate(run, as_of=None, folds=2)


@pytest.fixture(scope="module")
def without_btyd(run):
    kept = {name: model for name, model in run.definitions.models.items() if not name.endswith("_nbd")}
    definitions = copy(run.definitions)
    vars(definitions)["models"] = kept  # as if models/ held no others
    return replace(run, definitions=definitions)


def test_the_model_stands_beside_every_baseline(result):
    models = list(result.summary["model"])
    assert models[0] == "rfm_logit"
    assert set(models) == set(BASELINES)
    assert len(result.folds) == 2 * len(models)


def test_the_folds_are_the_newest_complete_cutoffs(result):
    newest, before = sorted(set(result.folds["cutoff"]), reverse=True)
    assert date.fromisoformat(newest) - date.fromisoformat(before) == timedelta(days=30)
    assert date.fromisoformat(newest) == date.fromisoformat(result.document["as_of"]) - timedelta(days=30)


def test_no_fold_learns_from_a_horizon_that_was_not_over(result):
    for fold in result.document["folds"]:
        newest = max(map(date.fromisoformat, fold["trained_on"]["cutoffs"]))
        assert newest + timedelta(days=30) <= date.fromisoformat(fold["cutoff"])


def test_page_and_document_are_left(result):
    assert json.loads(result.path.read_text())["summary"] == result.to_json()["summary"]
    assert result.page.read_text().startswith("<!doctype html>")
    assert {file.name for file in result.path.parent.iterdir()} == {
        ".cache",
        "evaluation.json",
        "evaluation.html",
    }


def test_the_lines_have_every_model_the_grade_and_the_files(result):
    said = "\n".join(result.lines())
    assert all(f"\n  {name}" in said for name in BASELINES)
    assert f"Grade {result.grade}: rfm_logit" in said
    assert str(result.page) in said
    assert "less" in said


def test_what_the_test_lacks_is_said(result):
    assert any("customers are needed to test a model" in note for note in result.document["notes"])


def test_an_as_of_is_as_if_it_were_that_day(without_btyd):
    day = START + timedelta(days=200)
    found = evaluate(without_btyd, as_of=day, folds=1)
    assert found.document["as_of"] == str(day)
    assert set(found.folds["cutoff"]) == {str(day - timedelta(days=30))}


def test_a_baseline_that_the_project_lacks_is_missed(without_btyd):
    found = evaluate(without_btyd, as_of=None, folds=1)
    assert any("bg_nbd is not tested" in note for note in found.document["notes"])
    assert "bg_nbd" not in set(found.summary["model"])


def test_no_folds_are_no_evaluation(run):
    with pytest.raises(UsageError, match="1 or more"):
        evaluate(run, as_of=None, folds=0)
