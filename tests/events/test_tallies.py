"""Rows counted by day and by label."""

from __future__ import annotations

from datetime import date

import pytest

import shops

ORDERS = """who,at,kind
1,2020-05-01,food
2,2020-05-01,toys
,2020-05-02,food
1,2020-05-03 23:30,food
1,someday,food
1,2020-05-20,new
"""


@pytest.fixture
def events(tmp_path):
    columns = {"customer": "who", "time": "at", "category": "kind"}
    return shops.orders(tmp_path, ORDERS, columns=columns, as_of="2020-05-20")


def test_the_usable_rows_of_each_day_before_the_as_of(events):
    found = events.rows_by_day()
    days = found["day"].dt.strftime("%m-%d").tolist()
    assert list(zip(found["table"], days, found["rows"], strict=True)) == [
        ("orders", "05-01", 2),
        ("orders", "05-02", 1),
        ("orders", "05-03", 1),
    ]


def test_each_label_with_its_oldest_row_and_its_newest_rows(events):
    found = events.labels(since=date(2020, 5, 2)).set_index("label")
    assert found["rows"].to_dict() == {"food": 2, "toys": 0}
    assert str(found.loc["toys", "oldest"].date()) == "2020-05-01"


def test_a_table_without_labels_has_none(tmp_path):
    events = shops.orders(tmp_path, ORDERS, as_of="2020-05-20")
    assert events.labels(since=date(2020, 5, 2)).empty


def test_a_contract_counts_when_it_starts_and_when_its_end_is_known(tmp_path):
    contracts = "who,from,to,told\n1,2020-05-01,2020-06-01,2020-05-10\n2,2020-05-02,,\n3,2020-05-30,,\n"
    shops.write(tmp_path / "contracts.csv", contracts)
    columns = {"customer": "who", "start": "from", "end": "to", "known_at": "told"}
    table = {"source": "contracts.csv", "columns": columns}
    events = shops.opened(tmp_path, subscriptions=table, churn={"when": "ended"}, as_of="2020-05-20")
    found = events.rows_by_day()
    assert set(found["table"]) == {"subscriptions"}
    assert found["day"].dt.strftime("%m-%d").tolist() == ["05-01", "05-02", "05-10"]
    assert events.labels(since=date(2020, 5, 2)).empty
