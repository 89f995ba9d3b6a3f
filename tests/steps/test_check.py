"""The readiness of tables: what they hold and what training will find."""

from __future__ import annotations

import json
from datetime import date

import pytest

import corner_shop
from retain.errors import DataError


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
    assert any("200 customers are needed at the newest complete cutoff" in note for note in found.notes)
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
    assert lines[0].startswith("orders: ")
    assert "  2019-05-21        137 customers   43.8% churn" in lines


def test_a_table_of_which_too_much_is_unusable_stops(shop, tmp_path):
    project = shop(customers=20)
    rows = (tmp_path / "orders.csv").read_text().splitlines()
    corner_shop.add(tmp_path / "orders.csv", *["0001,soon,5,food"] * len(rows))
    with pytest.raises(
        DataError, match=r"orders: .* cannot be used \(time cannot be read: .*gates\.max_missing"
    ):
        project.check()
