"""Who may be eligible depends on nothing at or after the as-of."""

from __future__ import annotations

import pytest

from retain.events.days import to_day
from shops import ORDERS, opened, write

AS_OF = "2020-03-01"
BOUGHT = {
    "back later": ["2019-01-05", "2020-03-02"],
    "regular": ["2019-12-01", "2020-02-20", "2020-03-05"],
    "lapsed": ["2019-01-09", "2020-03-04"],
    "new later": ["2020-03-01"],
}
VISITED = {
    "back later": ["2020-01-01", "2020-03-01 00:00:01"],
    "visitor": ["2020-02-25"],
    "late visitor": ["2020-03-03"],
}
RAN = {
    "back later": [("2018-05-01", "2019-05-01"), ("2020-03-10", "")],
    "runs": [("2019-05-01", "")],
    "ends later": [("2019-05-01", "2020-03-20")],
    "ended": [("2018-05-01", "2019-01-01")],
    "starts later": [("2020-03-04", "")],
}


def shop(folder, *, until="9999", as_of=AS_OF, **churn):
    """Orders, visits and contracts, of those that begin before `until`."""
    for name, rows in (("orders", BOUGHT), ("visits", VISITED)):
        lines = [f"{who},{at}" for who, times in rows.items() for at in times if at < until]
        write(folder / f"{name}.csv", "\n".join(["who,at", *lines, "broken,no day"]))
    lines = [f"{who},{begin},{end}" for who, runs in RAN.items() for begin, end in runs if begin < until]
    write(folder / "contracts.csv", "\n".join(["who,begin,end", *lines]))
    return opened(
        folder,
        as_of=as_of,
        churn={"active_within": 90, **churn},
        gates={"max_missing": 1},
        orders={"source": "orders.csv", "columns": ORDERS},
        activity=[{"source": "visits.csv", "columns": ORDERS, "kind": "visit"}],
        subscriptions={
            "source": "contracts.csv",
            "columns": {"customer": "who", "start": "begin", "end": "end"},
        },
    )


def names(events, cutoffs=None):
    return [name for history in events.stream(cutoffs=cutoffs) for name in history.names]


def coded(events, cutoffs=None):
    """Whom there is room for, and how many of their rows."""
    found = events._coded(cutoffs)
    return dict(zip(found.ids.to_pylist(), found.rows.tolist(), strict=True))


@pytest.mark.parametrize(
    ("churn", "eligible"),
    [
        ({}, ["regular"]),
        ({"table": "activity"}, ["back later", "visitor"]),
        ({"when": "ended"}, ["ends later", "runs"]),
    ],
)
def test_what_comes_at_or_after_the_as_of_makes_nobody_eligible(tmp_path, churn, eligible):
    everything, past = shop(tmp_path / "all", **churn), shop(tmp_path / "past", until=AS_OF, **churn)
    days = [to_day(everything.summary.as_of)]
    assert names(everything, days) == names(past, days) == eligible
    assert everything.count_customers(days) == past.count_customers(days) == len(eligible)
    assert coded(everything, days) == coded(past, days)
    assert coded(everything) == coded(past)


def test_where_no_contract_runs_nobody_is_eligible(tmp_path):
    events = shop(tmp_path, when="ended", as_of="2019-02-01")
    assert names(events, [to_day(events.summary.as_of)]) == ["back later"]
    assert events.count_customers([to_day(events.summary.as_of) - 10**3]) == 0


def test_nor_where_the_as_of_is_found_while_reading(tmp_path):
    churn = {"when": "event", "kinds": ["visit"]}  # its as-of is the day after the last visit
    everything = shop(tmp_path / "all", as_of=None, **churn)
    past = shop(tmp_path / "past", until="2020-03-04", as_of=None, **churn)
    assert str(everything.summary.as_of) == str(past.summary.as_of) == "2020-03-04"
    days = [to_day(everything.summary.as_of)]
    assert coded(everything, days) == coded(past, days) == {"back later": 5, "new later": 1, "regular": 2}
    assert coded(everything) == coded(past)


def test_what_was_read_is_told_of_all_rows(tmp_path):
    read = {table.name: table for table in shop(tmp_path).summary.tables}
    assert [(one.rows, one.used) for one in read.values()] == [(9, 8), (5, 4), (6, 6)]
    assert str(read["orders"].newest) == "2020-03-05 00:00:00"
