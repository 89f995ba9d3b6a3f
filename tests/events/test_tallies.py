"""Rows counted by day and by label."""

from __future__ import annotations

from datetime import date

import pytest

import shops
from retain.events import tallies

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
    found = tallies.rows_by_day(events)
    days = found["day"].dt.strftime("%m-%d").tolist()
    assert list(zip(found["table"], days, found["rows"], strict=True)) == [
        ("orders", "05-01", 2),
        ("orders", "05-02", 1),
        ("orders", "05-03", 1),
    ]


def test_each_label_with_its_oldest_row_and_its_newest_rows(events):
    found = tallies.labels(events, since=date(2020, 5, 2)).set_index("label")
    assert found["rows"].to_dict() == {"food": 2, "toys": 0}
    assert str(found.loc["toys", "oldest"].date()) == "2020-05-01"


def test_a_table_without_labels_has_none(tmp_path):
    events = shops.orders(tmp_path, ORDERS, as_of="2020-05-20")
    assert tallies.labels(events, since=date(2020, 5, 2)).empty
