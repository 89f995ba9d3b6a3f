"""A business too young to test anything on is served by a rule that says how sure it is of itself."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

import subscribers
from retain import tracking
from retain.errors import ConfigError, ShortHistory

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


APP = {
    "tables": {
        "activity": [{"source": "app.csv", "columns": {"customer": "who", "time": "at", "kind": "what"}}],
        "subscriptions": None,
    },
    "churn": {"when": "event", "table": "activity", "kinds": ["uninstall"], "horizon": 90},
}


@pytest.fixture
def contracts(tmp_path, store_uri, request):
    """Young: 109 days, where a horizon of 60 with 20 of grace needs 140."""
    subscribers.write(tmp_path, customers=6000)
    return subscribers.opened(tmp_path, store=store_uri, name=request.node.originalname.removeprefix("test_"))


def test_kaplan_meier_serves_a_young_business_of_contracts(contracts):
    day = date(2018, 4, 20)
    result = contracts.train(as_of=day)
    assert (result.champion, result.label, result.alias) == ("tenure", "rule", "champion")
    assert "so 31 are missing" in result.reasons[0]
    assert "as those before them were at the same tenure, which no test has shown yet" in result.reasons[1]
    assert "Kaplan-Meier by tenure, of 1,02" in result.reasons[2]
    listed = contracts.predict(day)
    assert listed.manifest["model"]["label"] == "rule"
    assert listed.at_risk["reason_1"].str.contains("ubscribed").all()
    assert (listed.at_risk["expected_value"] > 0).all()


def test_what_it_expects_is_what_the_hazard_that_made_the_data_does(contracts):
    found = contracts.train(as_of=date(2018, 4, 20)).expectation
    last = subscribers.contracts(customers=6000).groupby("who").last()
    daily = subscribers.hazard(last["paid"].to_numpy(), (last["plan"] == "lite").to_numpy())
    low, high = found.interval
    assert low / found.customers < (1 - np.exp(-60 * daily)).mean() < high / found.customers


def write_app(folder, *, uninstalls=True):
    """Visits every few days for 120 days; some uninstall."""
    rng = np.random.default_rng(3)
    start, life = rng.integers(0, 90, 400), rng.exponential(200, 400).astype(int)
    rows = [(n, day, "visit") for n in range(400) for day in range(start[n], min(120, start[n] + life[n]), 5)]
    rows += [
        (n, start[n] + life[n], "uninstall") for n in range(400) if uninstalls and start[n] + life[n] < 120
    ]
    table = pd.DataFrame(rows, columns=["who", "day", "what"])
    table["at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table.pop("day"), "D")
    table.to_csv(folder / "app.csv", index=False)


def test_kaplan_meier_serves_a_young_business_of_events(tmp_path, store_uri):
    write_app(tmp_path)
    project = subscribers.opened(tmp_path, store=store_uri, **APP, name="young_app")
    result = project.train()
    assert (result.champion, result.label) == ("tenure", "rule")
    share = result.expectation.churners / result.expectation.customers
    assert share == pytest.approx(1 - np.exp(-90 / 200), abs=0.08)
    assert len(project.predict().at_risk)


def test_where_there_is_no_such_event_the_kinds_are_named(tmp_path, store_uri):
    write_app(tmp_path, uninstalls=False)
    project = subscribers.opened(tmp_path, store=store_uri, **APP, name="nobody_left")
    with pytest.raises(ConfigError, match="no activity of the kind uninstall; there are: visit"):
        project.train()


def test_where_nobody_was_lost_yet_there_is_no_rule(contracts):
    with pytest.raises(ShortHistory, match="nobody has been lost yet"):
        contracts.train(as_of=date(2018, 1, 20))
