"""Days with orders and activity agree with what features are made of."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from hypothesis import given, settings

import ledgers
import shops
from retain.events.daily import activity_days, event_days, order_days
from retain.events.days import to_day
from retain.events.rows import TEN_THOUSANDTHS


def days(events, query=order_days, *, until=None):
    """The rows of the query: (customer, day) -> the rest."""
    as_of = events.summary.as_of
    events.make({"days": query(events.config, until=until or as_of, as_of=as_of)})
    named = "(SELECT code, customer FROM customer_codes)"
    found = events.frame(f"SELECT * EXCLUDE (code) FROM days JOIN {named} USING (code) ORDER BY ALL")
    return found.set_index(["customer", "day"])


@settings(max_examples=10, deadline=None)
@given(ledgers.orders())
def test_days_add_up_to_the_orders_and_returns_of_the_features(rows):
    with tempfile.TemporaryDirectory() as folder, ledgers.opened(Path(folder), rows) as events:
        found = days(events)
        orders, returns = shops.seen(events), shops.seen(events, "returns")
    assert found["orders"].sum() == sum(map(len, orders.values()))
    for column, table, sign in (("amount", orders, 1), ("returned", returns, -1)):
        expected = Counter()
        for who, seen in table.items():
            for at, number in seen:
                expected[who, at] += sign * number
        got = {(who, str(at)[:10]): n / TEN_THOUSANDTHS for (who, at), n in found[column].items() if n}
        assert got == {key: n for key, n in expected.items() if n}


def test_lines_of_an_order_are_one_and_a_later_return_is_no_order(tmp_path):
    content = "who,at,no,paid\na,2020-01-01,1,5\na,2020-01-01,1,7\na,2020-01-02,2,-3\n"
    columns = {**shops.ORDERS, "order": "no", "amount": "paid"}
    found = days(shops.orders(tmp_path, content, columns=columns))
    assert found.loc[("a", "2020-01-01")].tolist() == [1, 120_000, 0]
    assert found.loc[("a", "2020-01-02")].tolist() == [0, 0, 30_000]


def test_orders_cancelled_or_not_yet_recorded_at_the_as_of_are_not_there(tmp_path):
    content = (
        "who,at,gone,known\na,2020-01-01,2020-01-05,\nb,2020-01-01,2020-01-09,\nc,2020-01-01,,2020-01-07\n"
    )
    columns = {**shops.ORDERS, "cancelled": "gone", "recorded": "known"}
    found = days(shops.orders(tmp_path, content, columns=columns, as_of="2020-01-07"))
    assert [who for who, _ in found.index] == ["b"]


def test_rows_from_until_on_are_not_there(tmp_path):
    events = shops.orders(tmp_path, "who,at\na,2020-01-01\na,2020-01-02\na,2020-01-03\n")
    assert len(days(events, until=date(2020, 1, 3))) == 2


def test_a_day_is_one_of_the_business(tmp_path):
    events = shops.orders(tmp_path, "who,at\na,2020-01-01T23:30:00Z\n", timezone="Europe/Berlin")
    assert [str(at)[:10] for _, at in days(events).index] == ["2020-01-02"]


def test_events_that_mean_churn_are_no_activity(tmp_path):
    shops.write(
        tmp_path / "log.csv", "who,at,what\na,2020-01-01,visit\na,2020-01-01,uninstall\nb,2020-01-02,visit\n"
    )
    table = {"source": "log.csv", "columns": {"customer": "who", "time": "at", "kind": "what"}}
    churn = {"when": "event", "table": "activity", "kinds": ["uninstall"]}
    events = shops.opened(tmp_path, activity=[table], churn=churn)
    assert days(events, activity_days)["orders"].tolist() == [1, 1]
    stops = days(events, event_days)
    assert [(who, to_day(at.date())) for who, at in stops.index] == [("a", to_day(date(2020, 1, 1)))]
