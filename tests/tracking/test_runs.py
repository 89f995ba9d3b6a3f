"""A training leaves a run with all that went in and came out."""

from __future__ import annotations

import json

import pytest
from mlflow.tracking import MlflowClient

from retain import tracking
from tracking.records import record


@pytest.fixture
def logged(business):
    registered = tracking.log_training(
        business, record(fingerprints={"orders": 10}, notes=("Short history.",))
    )
    client = MlflowClient(business.tracking_uri)
    return client, client.get_run(registered.run_id)


def read(client, run, path):
    from mlflow.artifacts import load_text

    return load_text(f"{run.info.artifact_uri}/{path}")


def test_a_run_holds_parameters_and_the_metrics_of_every_model(logged):
    _, run = logged
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"gbm.auc": 0.8, "recency.auc": 0.7}
    assert run.data.params == {"gbm.n_estimators": "50"}


def test_a_run_holds_the_public_config_the_definitions_and_the_fingerprints(logged):
    client, run = logged
    assert json.loads(read(client, run, "config.json"))["password"] == "***"
    assert json.loads(read(client, run, "data.json")) == {"orders": 10}
    assert "def orders" in read(client, run, "definitions/features/frequency.py")


def test_a_run_holds_the_curves_and_the_importance(logged):
    client, run = logged
    assert [file.path for file in client.list_artifacts(run.info.run_id, "curves")] == ["curves/gains.png"]
    assert read(client, run, "importance.csv") == "feature,importance\norders_30d,1.5"


def test_files_lie_beside_the_database(logged):
    _, run = logged
    assert "/store0/mlartifacts/" in run.info.artifact_uri


def test_a_version_is_registered_under_the_business_with_tags_and_notes(business, logged):
    version = logged[0].get_model_version_by_alias(business.name, "champion")
    promoted = {"promoted": version.tags["promoted"]}  # the moment
    assert version.tags == {"label": "model", "cutoff": "2011-09-01", **promoted}
    assert version.description == "Short history."


def test_a_training_that_fails_leaves_a_failed_run_and_no_version(business):
    broken = record()
    object.__setattr__(broken, "pictures", {"gains.png": "no bytes"})
    with pytest.raises(TypeError):
        tracking.log_training(business, broken)
    assert tracking.list_versions(business) == ()
    client = MlflowClient(business.tracking_uri)
    runs = client.search_runs([client.get_experiment_by_name(business.name).experiment_id])
    assert [run.info.status for run in runs] == ["FAILED"]


def test_nothing_is_printed(business, capfd):
    tracking.log_training(business, record())
    assert capfd.readouterr() == ("", "")
