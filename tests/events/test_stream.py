"""Lines become orders, orders come and go, and whatever the engine does the features stay the same."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retain.events import customer_sql
from retain.events.days import to_day
from retain.learning.matrix import fit_spec, matrix
from shipped import features, same_bits
from shops import ORDERS, opened, orders, seen, write

LINES = {**ORDERS, "amount": "paid", "order": "nr"}


def _folded(folder, *lines, columns=LINES, header="who,at,paid,nr", table="orders", cutoff=None, **keys):
    last = "z,2020-03-01,1,last" + "," * (header.count(",") - 3)
    content = "\n".join([header, *lines, last, ""])
    return seen(orders(folder, content, columns=columns, **keys), table, cutoff=cutoff).get("a", [])


def test_lines_fold_into_one_order(tmp_path):
    lines = ["a,2020-01-05 10:00,5,1", "a,2020-01-05 10:00,7.5,1", "a,2020-01-05 11:00,1,2"]
    assert _folded(tmp_path, *lines) == [("2020-01-05", 12.5), ("2020-01-05", 1.0)]


def test_without_an_order_column_every_row_is_an_order(tmp_path):
    lines = ["a,2020-01-05 10:00,5,1", "a,2020-01-05 10:00,7.5,1"]
    assert len(_folded(tmp_path, *lines, columns={**ORDERS, "amount": "paid"})) == 2


def test_lines_without_an_order_are_orders_of_their_own(tmp_path):
    assert len(_folded(tmp_path, "a,2020-01-05,5,", "a,2020-01-05,5,")) == 2


def test_one_order_number_on_two_days_is_two_orders(tmp_path):
    assert len(_folded(tmp_path, "a,2020-01-05 23:59,5,1", "a,2020-01-06 00:01,7,1")) == 2


def test_days_are_the_business_s_when_lines_are_folded(tmp_path):
    """23:59 and 00:01 in London are one evening in New York."""
    lines = ["a,2020-01-05 23:59Z,5,1", "a,2020-01-06 00:01Z,7,1"]
    assert _folded(tmp_path, *lines, timezone="America/New_York") == [("2020-01-05", 12.0)]


def test_one_order_number_of_two_customers_is_two_orders(tmp_path):
    assert _folded(tmp_path, "a,2020-01-05,5,1", "b,2020-01-05,7,1") == [("2020-01-05", 5.0)]


def test_a_discount_line_lowers_the_order(tmp_path):
    assert _folded(tmp_path, "a,2020-01-05,5,1", "a,2020-01-05,-1,1") == [("2020-01-05", 4.0)]


@pytest.mark.parametrize("number", ["1", "C1"])
def test_an_order_taken_back_on_its_day_is_none(tmp_path, number):
    lines = ["a,2020-01-05 10:00,5,1", "a,2020-01-05 10:00,7,1", f"a,2020-01-05 10:16,-12,{number}"]
    assert _folded(tmp_path, *lines) == []
    assert _folded(tmp_path, *lines, table="returns") == []


def test_one_of_two_equal_orders_taken_back_leaves_one(tmp_path):
    lines = ["a,2020-01-05,5,1", "a,2020-01-05,5,2", "a,2020-01-05,-5,C1"]
    assert _folded(tmp_path, *lines) == [("2020-01-05", 5.0)]


def test_a_later_return_is_on_its_own_day(tmp_path):
    lines = ["a,2020-01-05,5,1", "a,2020-01-09,-3,C1", "a,2020-01-09,-1,C1"]
    assert _folded(tmp_path, *lines) == [("2020-01-05", 5.0)]
    assert _folded(tmp_path, *lines, table="returns") == [("2020-01-09", -4.0)]


def test_an_order_of_free_lines_is_an_order(tmp_path):
    assert _folded(tmp_path, "a,2020-01-05,0,1", "a,2020-01-05,0,1") == [("2020-01-05", 0.0)]


def test_without_an_amount_every_order_counts(tmp_path):
    columns = {**ORDERS, "order": "nr"}
    assert _folded(tmp_path, "a,2020-01-05,?,1", "a,2020-01-05,?,1", columns=columns) == [
        ("2020-01-05", None)
    ]


CANCELLED = {**LINES, "cancelled": "off"}
HEADER = "who,at,paid,nr,off"


@pytest.mark.parametrize(
    ("off", "cutoff", "there"),
    [
        ("2020-01-09 10:00", "2020-01-09", True),
        ("2020-01-09 10:00", "2020-01-10", False),
        ("2020-01-09 00:00", "2020-01-09", True),  # not before the cutoff
        ("2020-01-05 10:00", "2020-01-06", False),
        ("", "2020-03-01", True),
    ],
)
def test_an_order_exists_until_it_is_cancelled(tmp_path, off, cutoff, there):
    found = _folded(tmp_path, f"a,2020-01-05,5,1,{off}", columns=CANCELLED, header=HEADER, cutoff=cutoff)
    assert bool(found) == there


def test_an_order_is_cancelled_when_all_its_lines_are(tmp_path):
    lines = ["a,2020-01-05,5,1,2020-01-08", "a,2020-01-05,5,1,"]
    assert _folded(tmp_path, *lines, columns=CANCELLED, header=HEADER) == [("2020-01-05", 10.0)]
    lines = ["a,2020-01-05,5,1,2020-01-08", "a,2020-01-05,5,1,2020-02-08"]
    assert _folded(tmp_path, *lines, columns=CANCELLED, header=HEADER, cutoff="2020-02-08") != []
    assert _folded(tmp_path, *lines, columns=CANCELLED, header=HEADER, cutoff="2020-02-09") == []


@pytest.mark.parametrize(
    ("loaded", "cutoff", "there"),
    [
        ("2020-01-08 03:00", "2020-01-08", False),
        ("2020-01-08 03:00", "2020-01-09", True),
        ("2020-01-08 00:00", "2020-01-08", False),
        ("", "2020-01-06", True),
    ],
)
def test_an_order_is_seen_once_it_is_recorded(tmp_path, loaded, cutoff, there):
    columns = {**LINES, "recorded": "loaded"}
    header = "who,at,paid,nr,loaded"
    found = _folded(tmp_path, f"a,2020-01-05,5,1,{loaded}", columns=columns, header=header, cutoff=cutoff)
    assert bool(found) == there


@pytest.mark.parametrize("role", ["recorded", "cancelled"])
def test_a_moment_that_cannot_be_read_is_set_aside(tmp_path, role):
    content = "who,at,moment\na,2020-01-05,soon\na,2020-01-06,\n"
    events = orders(tmp_path, content, columns={**ORDERS, role: "moment"}, gates={"max_missing": 1})
    assert events.summary.table("orders").rejected == {f"{role}: time cannot be read": 1}


def test_categories_are_those_of_the_lines_sold(tmp_path):
    header = "who,at,paid,nr,what"
    lines = [
        "a,2020-01-05,5,1,tea",
        "a,2020-01-05,5,1,tea",
        "a,2020-01-05,5,1,jam",
        "a,2020-01-05,-1,1,coupon",
    ]
    events = _with_categories(tmp_path, header, *lines, "a,2020-01-07,5,2,tea", "a,2020-01-08,-5,C,jam")
    (history,) = events.stream()
    categories = history.view(to_day(events.summary.as_of)).span("orders").categories()
    assert (categories.count(), categories.top_share(), categories.top_age()) == (2, 2 / 3, 2)


def _with_categories(folder, header, *lines):
    content = "\n".join([header, *lines, ""])
    return orders(folder, content, columns={**LINES, "category": "what"})


def test_only_customers_who_can_be_eligible_are_streamed(tmp_path):
    content = "who,at\nold,2019-01-05\na,2020-01-05\nnew,2020-02-05\n"
    events = orders(tmp_path, content, active_within=20)
    chunks = events.stream(cutoffs=[18_267, 18_277])  # 2020-01-06 and -16
    assert [name for history in chunks for name in history.names] == ["a"]


def _weak(salt):
    """At first keys that half of the customers share; then good ones."""
    number = "hash(id)" if salt else "hash(id) % 2"
    return f"CREATE OR REPLACE TEMP MACRO retain_key(id) AS {number}"


def test_customers_who_share_a_key_are_told_apart(tmp_path, monkeypatch):
    content = "who,at\na,2020-01-05\nb,2020-01-06\nc,2020-01-07\nb,2020-01-08\n,2020-01-08\n"
    plain = seen(orders(tmp_path, content))
    monkeypatch.setattr(customer_sql, "key_macro", _weak)
    assert seen(orders(tmp_path, content)) == plain
    assert {who: len(rows) for who, rows in plain.items()} == {"a": 1, "b": 2, "c": 1}


def test_one_who_is_not_streamed_may_share_no_key_either(tmp_path, monkeypatch):
    content = "who,at\na,2019-01-05\nb,2019-01-05\nc,2019-01-05\nnow,2020-01-07\n"
    monkeypatch.setattr(customer_sql, "key_macro", _weak)
    events = orders(tmp_path, content, active_within=20)
    (history,) = events.stream(cutoffs=[18_270])  # 2020-01-09
    assert history.names.tolist() == ["now"]
    assert len(history.tables["orders"]) == 1


def _shop(folder, seed, *, shuffled, files, csv):
    """A shop of lines and visits in one order or another, in one file or several."""
    draw = random.Random(seed)
    moment = [datetime(2020, 1, 1) + timedelta(hours=draw.randrange(24 * 60)) for _ in range(60)]
    lines = [
        (
            draw.choice("abcde"),
            at,
            draw.choice((5.0, -5.0, 7.25, None, 0.0)),
            draw.choice("123"),
            draw.choice("xy"),
        )
        for at in moment
    ]
    visits = [
        (draw.choice("abcdef"), at, draw.choice((1.0, None)), draw.choice(("in", "out"))) for at in moment
    ]
    if shuffled:
        random.Random(seed + 1).shuffle(lines)
        random.Random(seed + 2).shuffle(visits)
    for name, rows, header in (
        ("lines", lines, ("who", "at", "paid", "nr", "what")),
        ("visits", visits, VISIT),
    ):
        for number in range(files):
            _write(folder / f"{name}_{number}", rows[number::files], header, csv=csv)
    return _open(folder, "csv" if csv else "parquet")


VISIT = ("who", "at", "score", "kind")


def _write(path, rows, header, *, csv):
    if csv:
        body = [",".join("" if value is None else str(value) for value in row) for row in rows]
        write(path.with_suffix(".csv"), "\n".join([",".join(header), *body, ""]))
    else:
        write(
            path.with_suffix(".parquet"), dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        )


def _open(folder, suffix, **keys):
    lines = {"source": f"lines_*.{suffix}", "columns": {**LINES, "category": "what"}}
    visits = {"source": f"visits_*.{suffix}", "columns": {**ORDERS, "kind": "kind", "value": "score"}}
    return opened(folder, orders=lines, activity=[visits], gates={"max_missing": 1}, **keys)


def _columns(events, *, chunk_rows=None):
    spec, day = fit_spec(events), to_day(events.summary.as_of) - 5
    made = [
        matrix(history, history.view(day), spec.columns(features()), spec).set_axis(history.names)
        for history in events.stream(chunk_rows=chunk_rows)
    ]
    return pd.concat(made)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 3), st.booleans(), st.integers(1, 40))
def test_neither_the_order_of_rows_nor_the_files_nor_the_chunks_change_a_feature(
    tmp_path_factory, seed, files, csv, chunk_rows
):
    plain = _shop(tmp_path_factory.mktemp("plain"), seed, shuffled=False, files=1, csv=False)
    other = _shop(tmp_path_factory.mktemp("other"), seed, shuffled=True, files=files, csv=csv)
    expected = _columns(plain)
    assert np.isfinite(expected["orders"]).all()
    assert same_bits(_columns(other, chunk_rows=chunk_rows), expected)


@pytest.mark.parametrize("csv", [False, True])
def test_rows_at_or_after_the_as_of_change_no_feature(tmp_path, csv):
    plain = _shop(tmp_path / "plain", 1, shuffled=False, files=1, csv=csv)
    as_of = str(plain.summary.as_of)
    _shop(tmp_path / "later", 1, shuffled=False, files=1, csv=csv)
    late = [
        (who, datetime.fromisoformat(as_of), paid, "1", "x")
        for who in "abz"
        for paid in (-5.0, 1e12, 1e12, None)
    ]
    _write(tmp_path / "later" / "lines_9", late, ("who", "at", "paid", "nr", "what"), csv=csv)
    _write(tmp_path / "later" / "visits_9", [("a", datetime(2020, 5, 1), 1.0, "new")], VISIT, csv=csv)
    later = _open(tmp_path / "later", "csv" if csv else "parquet", as_of=as_of)
    assert same_bits(_columns(later).drop("z", errors="ignore"), _columns(plain))
