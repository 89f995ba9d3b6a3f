"""An evaluation as runs within a run."""

from __future__ import annotations

import pytest

from retain.tracking import EvaluationRecord, log_evaluation
from retain.tracking.store import connected, experiment_id


def record(**changes):
    values = {
        "name": "evaluate 2011-09-01",
        "folds": {"gbm": [{"auc": 0.7}, {"auc": 0.8}], "prior": [{"auc": 0.5}, {"auc": 0.5}]},
        "averages": {"gbm": {"auc": 0.75}, "prior": {"auc": 0.5}},
        "metrics": {"auc": 0.75},
        "params": {"folds": 2, "model": "gbm"},
        "tags": {"grade": "B"},
        "files": {"evaluation.json": "{}"},
    }
    return EvaluationRecord(**(values | changes))


@pytest.fixture
def logged(business):
    parent = log_evaluation(business, record())
    with connected(business) as store:
        experiment = experiment_id(store)
        children = store.client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'")
        yield store.client, store.client.get_run(parent), {run.info.run_name: run for run in children}


def test_one_run_holds_one_a_model(logged):
    _, parent, children = logged
    assert parent.info.run_name == "evaluate 2011-09-01"
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["grade"] == "B"
    assert set(children) == {"gbm", "prior"}


def test_a_fold_is_a_step(logged):
    client, _, children = logged
    history = client.get_metric_history(children["gbm"].info.run_id, "auc")
    assert [(one.step, one.value) for one in history] == [(1, 0.7), (2, 0.8)]
    assert children["gbm"].data.metrics["mean.auc"] == 0.75


def test_the_whole_has_its_own_figures_and_files(logged):
    client, parent, _ = logged
    assert parent.data.metrics == {"auc": 0.75}
    assert parent.data.params == {"folds": "2", "model": "gbm"}
    assert [file.path for file in client.list_artifacts(parent.info.run_id)] == ["evaluation.json"]


def test_what_goes_wrong_marks_the_run_as_failed(business):
    with pytest.raises(KeyError):
        log_evaluation(business, record(averages={}))
    with connected(business) as store:
        runs = store.client.search_runs([experiment_id(store)])
    assert {run.info.status for run in runs} == {"FAILED"}
