"""Orders, returns and what takes what back; chunks of whole customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from retain.events.history import Customers, history_of
from strategies import DAY, IDS, Event, chunks, history, runs

NOON = DAY // 2


def _amounts(*events, table="orders", cutoff=1000):
    rows = history(events).view(cutoff).tables[table]
    return [(int(day), number / 10_000) for day, number in zip(rows.day, rows.numbers, strict=True)]


def _order(day, amount, *, minute=0, **more):
    return Event("a", day * DAY + minute, number=round(amount * 10_000), **more)


def test_an_opposite_amount_of_the_same_day_leaves_neither_order_nor_spend():
    both = _order(100, 168_469.60), _order(100, -168_469.60, minute=NOON)
    assert _amounts(*both, _order(100, 5)) == [(100, 5.0)]
    assert _amounts(*both, _order(100, 5), table="returns") == []


@pytest.mark.parametrize("backs", [1, 2, 3])
def test_as_many_orders_are_taken_back_as_there_are_opposite_amounts(backs):
    orders = [_order(100, 5, minute=n) for n in range(2)]
    returns = [_order(100, -5, minute=NOON + n) for n in range(backs)]
    assert len(_amounts(*orders, *returns)) == max(2 - backs, 0)
    assert len(_amounts(*orders, *returns, table="returns")) == max(backs - 2, 0)


def test_a_later_negative_amount_is_a_return_on_its_own_day():
    events = _order(100, 5), _order(101, -5)
    assert _amounts(*events) == [(100, 5.0)]
    assert _amounts(*events, table="returns") == [(101, -5.0)]


def test_another_amount_of_the_same_day_is_a_return():
    events = _order(100, 5), _order(100, -4, minute=NOON)
    assert (_amounts(*events), _amounts(*events, table="returns")) == ([(100, 5.0)], [(100, -4.0)])


def test_another_customer_s_opposite_amount_takes_nothing_back():
    events = _order(100, 5), Event("b", 100 * DAY, number=-50_000)
    assert _amounts(*events) == [(100, 5.0)]


def test_an_order_of_zero_or_of_unknown_amount_is_an_order():
    events = Event("a", 100 * DAY, number=0), Event("a", 101 * DAY, number=None)
    assert len(_amounts(*events)) == 2


def test_a_cancelled_order_is_there_until_then():
    events = _order(100, 5, gone=110), _order(101, 6)
    assert len(_amounts(*events, cutoff=110)) == 2
    assert _amounts(*events, cutoff=111) == [(101, 6.0)]


def test_an_opposite_amount_recorded_later_takes_nothing_back_before():
    events = _order(100, 5, label=1, known=101), _order(100, -5, minute=NOON, known=105)
    assert _amounts(*events, cutoff=104) == _amounts(*events, cutoff=104, table="categories") == [(100, 5.0)]
    assert _amounts(*events, cutoff=105) == _amounts(*events, cutoff=105, table="categories") == []


def test_in_hindsight_rows_recorded_later_are_seen():
    late = history([_order(100, 5, known=200)])
    assert len(late.tables_at(150)["orders"]) == 0
    assert len(late.tables_at(150, hindsight=True)["orders"]) == 1


@pytest.mark.parametrize(("cutoff", "categories"), [(110, [1, 2, 2]), (111, [2])])
def test_an_order_of_many_categories_is_a_row_of_each(cutoff, categories):
    events = [_order(100, 5, gone=110), _order(101, 6), Event("a", 101 * DAY, number=-1)]
    labels = pa.array([[1, 2], [], [2]], pa.list_(pa.int32()))  # in order: 100, then the return, then 101
    (run,) = runs(events, ["a"], labels=labels, rows=2)
    made = history_of(run, Customers(pa.array(["a"])), kinds=())
    assert made.view(cutoff).tables["categories"].label.tolist() == categories


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 100])
@pytest.mark.parametrize("rows", [1, 2, 100])
def test_no_customer_is_cut_in_two(chunk_rows, rows):
    events = [Event(c, day * DAY) for c in ("a", "b", "c") for day in range(3)]
    people = Customers(pa.array(["a", "b", "c"]))
    found = runs(events, ["a", "b", "c"], rows=rows, chunk_rows=chunk_rows)
    made = [history_of(run, people, kinds=()) for run in found]
    counts = [history.view(10).span("orders").count() for history in made]
    np.testing.assert_array_equal(np.concatenate(counts), [3, 3, 3])


def test_customers_without_rows_have_histories_all_the_same():
    (made,) = chunks([Event("b", 100 * DAY)], ids=["a", "b", "c"])
    assert made.view(101).span("orders").count().tolist() == [0, 1, 0]


def test_attributes_stay_with_their_customers():
    events = [Event(c, 100 * DAY) for c in IDS]
    lands = pa.array(["GB", None, "DE", "FR", "GB"])
    people = Customers(pa.array(IDS), {"land": lands})
    made = [history_of(run, people, kinds=()) for run in runs(events, IDS, chunk_rows=1)]
    assert len(made) == len(IDS)
    assert [land for history in made for land in history.attributes["land"].to_pylist()] == lands.to_pylist()


def test_no_rows_make_no_history():
    assert list(runs([], [])) == []
