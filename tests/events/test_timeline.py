"""What happened to a few customers, for people to read."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

import shops

LAX = {"max_missing": 1}
ORDERS = """who,at,paid,bill
a,2020-01-05 10:00,10,1
a,2020-01-05 10:00,2.5,1
a,2020-01-05 18:00,7,2
a,2020-02-01,-3,3
a,2020-03-01,99,4
b,2020-01-07,1,5
c,2020-01-08,1,6
"""
COLUMNS = {"customer": "who", "time": "at", "amount": "paid", "order": "bill"}


def told(events, *ids, most=30):
    found = events.timeline(ids, most=most)
    rows = found.assign(day=found["day"].dt.strftime("%m-%d")).drop(columns="all")
    return [tuple(None if one != one else one for one in row) for row in rows.itertuples(index=False)]


def test_a_days_orders_are_one_event_with_their_sum(tmp_path):
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS, as_of="2020-03-01")
    assert told(events, "a") == [("a", "02-01", "return", 1, -3.0), ("a", "01-05", "order", 2, 19.5)]


def test_nothing_at_or_after_the_as_of_is_told(tmp_path):
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS, as_of="2020-01-07")
    assert told(events, "a", "b") == [("a", "01-05", "order", 2, 19.5)]


def test_only_the_newest_are_told_and_all_are_counted(tmp_path):
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS)
    found = events.timeline(["a", "b"], most=2)
    assert found["customer_id"].tolist() == ["a", "a", "b"]
    assert found["all"].tolist() == [3, 3, 1]
    assert told(events, "a", most=1) == [("a", "03-01", "order", 1, 99.0)]


def test_what_was_not_known_yet_or_taken_back_is_not_told(tmp_path):
    rows = "who,at,seen,off\na,2020-01-01,2020-02-20,\na,2020-01-02,,2020-01-05\na,2020-01-03,,2020-02-12\n"
    columns = {"customer": "who", "time": "at", "recorded": "seen", "cancelled": "off"}
    events = shops.orders(tmp_path, rows, columns=columns, as_of="2020-02-10")
    assert told(events, "a") == [("a", "01-03", "order", 1, None)]


def test_activity_is_told_by_kind_with_its_mean_value(tmp_path):
    shops.write(tmp_path / "seen.csv", "who,at,what,stars\na,2020-01-01,visit,\na,2020-01-01,survey,4\n")
    table = {
        "source": "seen.csv",
        "columns": {"customer": "who", "time": "at", "kind": "what", "value": "stars"},
    }
    events = shops.opened(tmp_path, activity=[table], churn={"table": "activity"})
    assert told(events, "a") == [("a", "01-01", "survey", 1, 4.0), ("a", "01-01", "visit", 1, None)]


def test_nobody_asked_for_has_no_timeline(tmp_path):
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS)
    assert told(events) == told(events, "nobody") == []


@pytest.mark.parametrize(
    "whom",
    [["00123", "o'Neill", " x", "", None], [7, 2**62, 8, None, 9], [7.0, 12346.5, float("nan"), None, 1.0]],
    ids=["text", "whole", "float"],
)
@pytest.mark.parametrize("column", ["customer", "wanted", 'the "who"', "orders"])
def test_the_rows_of_few_are_those_of_everybody_that_are_theirs(tmp_path, whom, column):
    at = [datetime(2020, 1, day) for day in (5, 6, 7, 8, 9)]
    content = {column: whom, "at": [*at[:4], None], "shop": ["a", "b", "a", "a", "a"]}
    columns = {"customer": column, "time": "at"}
    events = shops.orders(tmp_path, content, name="o.parquet", columns=columns, where="shop = 'a'", gates=LAX)
    every = [one for (one,) in events.query("SELECT DISTINCT retain_id FROM orders WHERE retain_id <> ''")]
    for ids in (every[:1], every, ["nobody"]):
        events.lend("asked", pa.table({"customer": pa.array(ids, pa.string())}))
        theirs = "FROM orders WHERE retain_id IN (SELECT customer FROM asked) ORDER BY ALL"
        assert events.query("FROM few_orders('asked') ORDER BY ALL") == events.query(theirs)
    assert len(every) > 1


def test_the_stream_still_has_everyone_afterwards(tmp_path):
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS)
    events.timeline(["a"], most=3)
    assert set(shops.seen(events)) == {"a", "b", "c"}


def test_a_contract_is_told_at_its_start(tmp_path):
    shops.write(tmp_path / "contracts.csv", "who,from,to,mrr\na,2020-01-01,,30\nb,2020-03-05,,9\n")
    columns = {"customer": "who", "start": "from", "end": "to", "amount": "mrr"}
    table = {"source": "contracts.csv", "columns": columns}
    events = shops.opened(tmp_path, subscriptions=table, churn={"when": "ended"}, as_of="2020-03-01")
    assert told(events, "a", "b") == [("a", "01-01", "contract", 1, 30.0)]
