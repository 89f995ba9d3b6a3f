"""The readiness of tables: what they hold and what training will find."""

from __future__ import annotations

import json
from datetime import date

import pytest

import corner_shop
import retain
from retain.errors import DataError
from retain.steps.check import drop_report

pytestmark = pytest.mark.slow  # a training's cutoffs


def test_customers_and_churners_are_counted_at_each_cutoff(trained):
    counts = trained.project.check().cutoffs
    assert counts["cutoff"].dt.date.tolist() == [date(2019, 4, 11), date(2019, 5, 1), date(2019, 5, 21)]
    assert counts.iloc[-1][["customers", "churners"]].tolist() == [137, 60]
    tested = trained.result.metrics["rfm_logit"]
    assert (tested["customers"], tested["churners"]) == (137, 60)


def test_what_is_set_aside_or_anonymous_is_told(trained):
    found = trained.project.check()
    assert "orders: 1 row set aside: time cannot be read" in found.notes
    assert any("without a customer are left out" in note for note in found.notes)
    assert found.enough


def test_too_few_customers_are_told_with_the_number_missing(shop):
    found = shop(gates={"min_customers": 200, "min_churners": 10}).check()
    assert not found.enough
    assert any(
        "200 eligible customers at the test cutoff 2019-05-21 are needed" in note for note in found.notes
    )
    assert any("63 are missing" in note for note in found.notes)


def test_the_past_is_checked_as_it_was(trained):
    found = trained.project.check(as_of=date(2019, 5, 1))
    assert found.summary.as_of == date(2019, 5, 1)
    assert found.cutoffs["cutoff"].max().date() == date(2019, 4, 11)


def test_the_document_is_json(trained):
    document = json.loads(json.dumps(trained.project.check().to_json()))
    assert document["as_of"] == str(corner_shop.NEWEST)
    assert document["tables"]["orders"]["anonymous"] == 1
    assert document["cutoffs"][-1]["cutoff"] == "2019-05-21"
    assert set(document["kinds"]) == {"call", "visit"}


def test_the_sentences_name_tables_churn_and_cutoffs(trained):
    lines = trained.project.check().lines()
    assert lines[0].startswith("Ready: a model can be trained.")
    assert lines[1].startswith("orders: ")
    assert "  2019-05-21        137 customers   43.8% churn" in lines


def test_the_page_and_the_document_are_left_in_the_output_folder(trained, tmp_path):
    found = trained.elsewhere(tmp_path).check()
    assert json.loads((tmp_path / "check.json").read_text()) == json.loads(json.dumps(found.to_json()))
    assert found.verdict in (tmp_path / "check.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check.html", "check.json"]


def test_each_requirement_says_how_far_off_it_is(shop):
    found = shop(gates={"min_customers": 200, "min_churners": 10}).check().to_json()
    counter = next(one for one in found["counters"] if one["name"] == "test_customers")
    assert (counter["needed"], counter["found"], counter["missing"]) == (200, 137, 63)
    assert found["ready"] == "rule"
    assert any(one["code"] == "few-customers" and one["count"] == 63 for one in found["findings"])


def test_a_history_too_short_for_a_model_is_told_and_no_failure(shop):
    found = shop(churn={"horizon": 100}).check()
    assert not found.enough
    assert found.cutoffs.empty
    (one,) = [finding for finding in found.findings if finding.code == "short-history"]
    assert "200 days of history (twice the horizon) are needed, there are 160: 40 are missing" in one.says
    assert "a rule will serve" in one.says
    assert [one.name for one in found.counters] == ["history_days", "customers_now", "missing_share"]
    assert found.counters[1].found > 100
    assert any("is too short" in note for note in found.notes)
    assert "Not enough for a model yet" in found.lines()[0]


def test_the_rows_of_the_configs_horizon_are_those_of_the_test_cutoff(trained):
    found = trained.project.check()
    (here,) = [choice for choice in found.window.choices if choice.current]
    newest = found.cutoffs.iloc[-1]
    assert (here.customers, here.churn_rate) == (newest["customers"], newest["churn_rate"])


def test_the_horizon_is_put_into_the_config_and_nothing_else(shop):
    project = shop(churn={"horizon": 40, "active_within": 60})
    before = project.config.path.read_text()
    found = project.check(write=True)
    usable = found.window.usable
    after = project.config.path.read_text()
    assert usable != 40
    assert after == before.replace("horizon: 40", f"horizon: {usable}").replace(
        "active_within: 60", f"active_within: {round(usable * 1.5)}"
    )
    assert found.written == (
        f"churn.horizon: 40 -> {usable}",
        f"churn.active_within: 60 -> {round(usable * 1.5)}",
    )
    assert (
        retain.open(project.config.path, project=corner_shop.ROOT).check(write=True).window.current == usable
    )


def test_where_only_activity_is_counted_its_days_are_judged(shop):
    found = shop(churn={"horizon": 20, "table": "activity"}).check()
    assert found.window.gaps.closed.sum() > 100
    assert "a row in activity" in found.churn


def test_a_table_of_which_too_much_is_unusable_stops(shop, tmp_path):
    project = shop(customers=20)
    rows = (tmp_path / "orders.csv").read_text().splitlines()
    corner_shop.add(tmp_path / "orders.csv", *["0001,soon,5,food"] * len(rows))
    with pytest.raises(
        DataError, match=r"orders: .* cannot be used \(time cannot be read: .*gates\.max_missing"
    ):
        project.check()


def test_a_report_that_shows_rows_can_be_dropped(trained, tmp_path):
    trained.elsewhere(tmp_path).check()
    assert drop_report(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not drop_report(tmp_path)


def test_duplicates_are_counted_in_every_table(shop, tmp_path):
    project = shop()
    corner_shop.add(tmp_path / "visits.csv", *["0001,2019-03-01,visit"] * 3)
    tables = project.check().to_json()["tables"]
    assert tables["activity"]["duplicates"] >= 2
    assert "duplicates" not in tables["customers"]
