"""A business too young to test anything on is served by a rule that says how sure it is of itself."""

from __future__ import annotations

from datetime import date

import pytest
from mlflow.tracking import MlflowClient

from retain import tracking
from retain.errors import ShortHistory

pytestmark = pytest.mark.slow  # MLflow

YOUNG = date(2019, 2, 5)  # 35 days after the first order: a horizon of 20 needs 40


@pytest.fixture
def young(shop):
    return shop(model="gbm"), YOUNG


def test_the_rule_serves_and_says_what_is_missing_and_how_sure_it_is(young):
    project, day = young
    result = project.train(as_of=day)
    assert (result.champion, result.label, result.alias) == ("bg_nbd", "rule", "champion")
    assert "so 5 are missing" in result.reasons[0]
    found = result.expectation
    low, high = found.interval
    assert 0 < low < found.churners < high < found.customers
    assert f"95% interval {low:,.0f} to {high:,.0f}" in result.reasons[1]
    assert result.to_json()["expectation"]["churners"] == found.churners


def test_card_and_manifest_say_it_too(young):
    project, day = young
    result = project.train(as_of=day)
    (version,) = tracking.list_versions(project.config)
    assert version.label == "rule"
    card = MlflowClient(project.config.tracking_uri).get_run(result.run_id).data.tags["mlflow.note.content"]
    assert "It was not tested" in card
    assert result.reasons[1] in card
    manifest = project.predict(day).manifest
    assert manifest["model"]["label"] == "rule"
    assert manifest["model"]["expectation"]["interval"] == list(result.expectation.interval)


def test_without_the_rule_the_history_is_too_short(shop):
    project = shop()
    kept = {name: one for name, one in project.definitions.models.items() if name != "bg_nbd"}
    vars(project.definitions)["models"] = kept  # as if models/ held no such rule
    with pytest.raises(ShortHistory, match="5 are missing"):
        project.train(as_of=YOUNG)
