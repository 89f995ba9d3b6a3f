"""What the pass over the tables counts is what SQL would."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from retain.events.duckdb import counting as module
from retain.events.duckdb.counting import Counting, _marks
from shops import ORDERS, orders

PAID = {**ORDERS, "amount": "paid"}
BY_SQL = """SELECT retain_customer AS customer, count(*) AS rows, count(usable) AS used,
        min(usable) AS oldest, max(usable) AS newest
    FROM (SELECT *, CASE WHEN retain_reason IS NULL THEN retain_time END AS usable FROM orders)
    WHERE retain_customer IS NOT NULL GROUP BY customer ORDER BY customer"""


def _shop(folder, *, rows=400, **keys):
    """Rows of many, of nobody (blank or none), unreadable and far away."""
    draw = random.Random(3)
    who = [f"c{n}" for n in range(60)] + ["", "  ", "00123", "Ünal", "a very long id indeed; of somebody"]
    days = ["2020-01-05", "2020-02-29 10:00:00.123456", "no day", "", "2019-12-31"]
    lines = [f"{draw.choice(who)},{draw.choice(days)},{draw.choice(('1', 'x', '2.5'))}" for _ in range(rows)]
    gates = {"max_missing": 1}
    return orders(folder, "\n".join(["who,at,paid", *lines, ""]), columns=PAID, gates=gates, **keys)


@pytest.mark.parametrize("batch", [7, 250_000])
def test_what_is_seen_of_each_customer_is_what_sql_counts(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(module, "BATCH_ROWS", batch)
    events = _shop(tmp_path, rows=5_000)
    events.show_seen()
    assert events.frame("FROM seen_orders ORDER BY customer").equals(events.frame(BY_SQL))


def test_the_totals_are_those_of_the_table(tmp_path):
    events = _shop(tmp_path)
    counting = Counting(events.connection)
    counting.add("orders")
    totals, known = counting.totals()["orders"], events.frame(BY_SQL)
    nobody = events.query("SELECT count(*) FROM orders WHERE retain_customer IS NULL")[0][0]
    assert (totals.rows, totals.used, totals.anonymous) == (400, known["used"].sum(), nobody)
    assert (totals.oldest, totals.newest) == (known["oldest"].min(), known["newest"].max())


def test_ids_are_in_the_order_of_their_bytes(tmp_path):
    ids = _shop(tmp_path).people.ids.to_pylist()
    assert ids == sorted(ids, key=str.encode)
    assert not any(one.strip() == "" for one in ids)


def test_counting_begins_anew_until_no_key_is_shared(tmp_path, monkeypatch):
    tried = []

    def weak(salt):
        tried.append(salt)
        number = "hash(id)" if salt > 2 else f"hash(id) % {salt + 2}"
        return f"CREATE OR REPLACE TEMP MACRO retain_key(id) AS {number}"

    events = _shop(tmp_path)
    monkeypatch.setattr(module.customer_sql, "key_macro", weak)
    counting = Counting(events.connection)
    counting.add("orders")
    assert tried == [0, 1, 2, 3]
    assert counting.people(as_of=events.summary.as_of).ids.equals(events.people.ids)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "b"), ("a", "aa"), ("", "\0"), ("x2345678", "y2345678"), ("1234567890", "x234567890"), ("é", "e")],
)
def test_ids_of_one_key_are_told_apart(one, other):
    marks = _marks(pa.array([one, other, one, None]))
    assert marks[0] == marks[2] != marks[1]
    sliced = _marks(pa.array(["before", other, one])[1:])
    assert sliced.tolist() == [marks[1], marks[0]]
    assert marks.dtype == np.uint64
