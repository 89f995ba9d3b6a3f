"""The gates of a list, on a shop whose tables went wrong since the last one."""

from __future__ import annotations

import getpass
import json
import socket
from datetime import date

import pandas as pd
import pytest

import corner_shop
from retain.errors import DataError, Refused

pytestmark = pytest.mark.slow  # a trained model

LATER = date(2019, 6, 17)


@pytest.fixture
def listed(copy):
    """The shop, with the list of the day after its newest row; `max_drift` is no matter of most tests."""
    project = copy(gates={**corner_shop.TREE["gates"], "max_drift": 9, "max_customer_change": 9})
    project.predict()
    return project


def _lines(file):
    header, *rows = file.read_text().splitlines()
    return header, rows


def _without(file, drop):
    """Leave out the rows of which `drop` says so."""
    header, rows = _lines(file)
    kept = [row for row in rows if not drop(row)]
    file.write_text("\n".join([header, *kept, ""]))


def _every(nth):
    """Whether a row is one of every so many customers'."""
    return lambda row: row[:4].isdecimal() and int(row[:4]) % nth == 0


def _days(project):
    return {path.name for path in (project.config.output / "lists").glob("2*")}


def test_a_feed_that_stopped_is_refused_and_the_last_list_stands(listed):
    with pytest.raises(Refused, match=r"the newest row of orders is of 2019-06-09, 15 days before the as-of"):
        listed.predict(as_of=date(2019, 6, 24))
    assert _days(listed) == {"2019-06-10"}


def test_a_refusal_is_remembered(listed):
    with pytest.raises(Refused):
        listed.predict(as_of=date(2019, 6, 24))
    refused, published = listed.history().to_json()["runs"]
    assert (refused["as_of"], published["as_of"], published["why"]) == ("2019-06-24", "2019-06-10", None)
    assert refused["why"].startswith("Nothing was published: the newest row of orders")
    assert "--accept" not in refused["why"]


def test_who_accepts_a_refusal_says_why_and_is_named(listed):
    result = listed.predict(as_of=date(2019, 6, 24), accept="a holiday")
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    accepted = json.loads((result.folder / "manifest.json").read_text())["gates"]["accepted"]
    assert (accepted["by"], accepted["reason"]) == (who, "a holiday")
    assert accepted["refusals"][0].startswith("the newest row of orders")
    assert any(
        line.startswith("published all the same (a holiday): the newest row") for line in result.lines()
    )
    whys = [run["why"] for run in listed.history().to_json()["runs"] if run["why"]]
    assert [f"Accepted by {who}: a holiday. The list was published." in why for why in whys] == [True]


def test_an_ordinary_list_has_nothing_to_accept(trained):
    assert trained.listed.manifest["gates"]["accepted"] is None
    assert not [one for one in trained.listed.manifest["gates"]["findings"] if one["refuses"]]


def test_the_list_keeps_the_rows_it_was_made_from_by_day(trained):
    kept = pd.read_parquet(trained.listed.folder / "rows.parquet")
    orders = kept[kept["table"] == "orders"]
    assert (
        orders["rows"].sum() == trained.listed.manifest["inputs"]["orders"]["used"] + 1
    )  # one without customer
    assert orders["day"].is_monotonic_increasing


def test_a_source_that_lost_rows_is_refused(listed, tmp_path):
    _without(tmp_path / "orders.csv", _every(3))
    with pytest.raises(
        Refused, match=r"orders has [\d,]+ rows, 3\d\.\d% fewer than the [\d,]+ at the list of"
    ):
        listed.predict()


def test_a_history_that_changed_is_refused(listed, tmp_path):
    _without(tmp_path / "orders.csv", lambda row: ",2019-03-1" in row and row[0] == "0")
    with pytest.raises(Refused, match=r"the history of orders has changed: 10 days before 2019-06-10"):
        listed.predict()


def test_a_stop_is_judged_before_everything_else(listed, tmp_path):
    _without(tmp_path / "orders.csv", _every(3))
    with pytest.raises(Refused) as refusal:
        listed.predict(as_of=date(2019, 6, 24))
    assert "fewer" not in str(refusal.value)


def test_customers_who_vanish_are_refused(copy, tmp_path):
    project = copy(gates={**corner_shop.TREE["gates"], "max_row_drop": 1, "max_history_change": 1})
    project.predict()
    _without(tmp_path / "orders.csv", _every(2))
    with pytest.raises(Refused, match=r"customers are eligible, -\d\d\.\d% against the \d+ of 2019-06-10"):
        project.predict()


def test_rows_that_cannot_be_used_are_a_mistake_that_may_be_accepted(listed, tmp_path):
    header, rows = _lines(tmp_path / "visits.csv")
    wrong = [row.replace("2019-", "2019/13/") if place % 3 == 0 else row for place, row in enumerate(rows)]
    (tmp_path / "visits.csv").write_text("\n".join([header, *wrong, ""]))
    with pytest.raises(DataError, match=r"gates\.max_missing"):
        listed.predict()
    accepted = listed.predict(accept="known").manifest["gates"]["accepted"]
    assert "activity: 33.3% of the rows cannot be used" in accepted["refusals"][0]


def test_probabilities_that_moved_are_refused(copy, tmp_path):
    project = copy(gates={**corner_shop.TREE["gates"], "max_drift": 0.01, "max_customer_change": 9})
    project.predict(as_of=date(2019, 5, 21))
    said = (
        r"the churn probabilities moved against the list of 2019-05-21 \(PSI 0\.\d+, mean .*max_drift allows"
    )
    with pytest.raises(Refused, match=said):
        project.predict(as_of=date(2019, 6, 4))


def test_an_old_champion_is_refused(copy):
    with pytest.raises(Refused, match=r"has seen no row of the last 3 days; at most 0 days may be"):
        copy(gates={**corner_shop.TREE["gates"], "max_model_age_days": 0}).predict(as_of=date(2019, 6, 13))


def test_what_a_list_may_not_be_is_in_the_config(copy):
    gates = {**corner_shop.TREE["gates"], "max_age_days": 20, "max_customer_change": 9, "max_drift": 9}
    notes = copy(gates=gates).predict(as_of=date(2019, 6, 24)).manifest["notes"]
    assert any(
        "15 days before the as-of 2019-06-24; more than 20 days would be refused" in note for note in notes
    )


def test_a_champion_of_another_churn_lists_by_its_own_where_that_is_accepted(copy):
    listed = copy(churn={"horizon": 30}).predict(accept="until the next training")
    assert "none in the 20 days from it" in listed.manifest["churn"]
