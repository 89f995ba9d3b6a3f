"""What the engine counts is what pen and paper count."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledgers
from ledgers import Order, day, measured, period
from retain.errors import UsageError
from retain.retention.flows import Flows
from retain.retention.periods import Period
from retain.retention.rates import Counts


def order(who, at, amount=10):
    return Order(who, day(at), amount)


def begun(*rows):
    """With an order so early that every start is known."""
    return [order("z", "2019-01-01"), *rows]


def test_start_new_and_end_are_told_by_the_days_before_the_moments():
    rows = begun(
        order("stays", "2019-03-12"),
        order("stays", "2019-03-31"),
        order("lost", "2019-03-31"),
        order("too early", "2019-03-11"),
        order("new", "2019-04-20"),
        order("back", "2019-01-02"),
        order("back", "2019-04-30"),
        order("later", "2019-05-01"),
    )
    found = measured(rows, period("2019-04-01", "2019-04-30"))
    assert found.whole.counts == Counts(start=2, new=1, end=2, kept=0)
    assert found.whole.counts.returned == 1


def test_an_order_on_the_last_day_counts_and_one_on_the_next_does_not():
    rows = begun(order("a", "2019-04-30"), order("b", "2019-05-01"))
    assert measured(rows, period("2019-04-01", "2019-04-30")).whole.counts.new == 1


@settings(max_examples=15, deadline=None)
@given(ledgers.orders(), ledgers.periods())
def test_every_count_is_what_pen_and_paper_count(rows, whole):
    found, (orders, returns) = measured(rows, whole), ledgers.sold(rows)
    known = [row for row in orders if row.day < whole.stop]
    former = [part.period for part in found.parts]
    former = [former[0].before(), *former[:-1], whole.before()]
    for part, before in zip((*found.parts, found.whole), former, strict=True):
        assert part.counts == ledgers.counts(known, part.period)
        assert part.flows == ledgers.flows(known, part.period, before)
        assert_trade(part, known, returns)
    assert_cohorts(found, known)


def assert_trade(part, orders, returns):
    inside = ledgers.inside(orders, part.period)
    number = [sum(row.who == who for row in inside) for who in {row.who for row in inside}]
    assert (part.trade.orders, part.trade.amount) == (len(inside), sum(row.amount for row in inside))
    assert (part.trade.customers, part.trade.repeat) == (len(number), sum(n > 1 for n in number))
    buyers = {row.who for row in orders}
    back = [row.amount for row in ledgers.inside(returns, part.period) if row.who in buyers]
    assert part.trade.returned == -sum(back)


def assert_cohorts(found, orders):
    """The cohorts sum to the customers; every cell that is filled is right."""
    assert found.cohorts.sizes.sum() == found.whole.ever == len({row.who for row in orders})
    cells = ledgers.cells(orders)
    for start, row in zip(found.cohorts.starts, found.cohorts.active, strict=True):
        for since, cell in enumerate(row):
            assert np.isnan(cell) or cell == cells.get(((start.year, start.month), since), 0)


@settings(max_examples=6, deadline=None)
@given(ledgers.orders(), st.integers(40, ledgers.DAYS))
def test_later_rows_change_nothing_as_of_a_day(rows, days):
    day = ledgers.BEGAN + timedelta(days=days)
    whole, earlier = Period(ledgers.BEGAN + timedelta(days=9), day), [row for row in rows if row.day < day]
    seen, never = measured(rows, whole, as_of=str(day)), measured(earlier, whole, as_of=str(day))
    assert (seen.whole, seen.parts) == (never.whole, never.parts)
    complete = np.isfinite(never.cohorts.active)  # later rows only prove that a month was over
    np.testing.assert_array_equal(seen.cohorts.active[complete], never.cohorts.active[complete])


def test_only_cells_of_months_that_are_over_are_filled():
    rows = begun(order("a", "2019-02-03"), order("a", "2019-03-04"), order("a", "2019-04-05"))
    found = measured(rows, period("2019-02-01", "2019-04-30")).cohorts
    assert [int(np.isfinite(row).sum()) for row in found.active] == [3, 2]  # April ends after the data


def test_a_month_that_is_over_is_complete_to_its_last_day():
    rows = begun(order("a", "2019-02-03"), order("b", "2019-03-31"))
    found = measured(rows, period("2019-02-01", "2019-03-31")).cohorts
    assert [int(np.isfinite(row).sum()) for row in found.active] == [3, 2, 1]


def test_the_whole_period_is_held_against_as_many_days_before_it():
    rows = begun(order("a", "2019-02-27"), order("a", "2019-03-20"), order("b", "2019-03-01"))
    found = measured(rows, period("2019-03-11", "2019-03-22"))  # before it: 27 February to 10 March
    assert found.whole.flows == Flows(new=0, current=1, resurrected=0, dormant=1)


def test_segments_sum_to_the_whole(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("who,land\na,North\nb,South\nc, \n")
    table = {"source": str(people), "columns": {"customer": "who"}, "show": ["land"]}
    rows = begun(*(order(who, f"2019-0{month}-15") for who in "abcd" for month in (2, 3)))
    found = measured(rows, period("2019-03-01", "2019-03-31"), segment="land", customers=table)
    assert {name: whole.counts.start for name, (whole, _) in found.segments.items()} == {
        "(unknown)": 2,
        "North": 1,
        "South": 1,
    }
    wholes = [whole for whole, _ in found.segments.values()]
    assert sum(one.trade.orders for one in wholes) == found.whole.trade.orders
    assert sum(one.lifetime.customers for one in wholes) == found.whole.lifetime.customers


def test_a_segment_that_is_no_column_names_those_there_are(tmp_path):
    (tmp_path / "people.csv").write_text("who,land,plan\na,North,x\n")
    table = {"source": str(tmp_path / "people.csv"), "columns": {"customer": "who"}, "attributes": ["plan"]}
    with pytest.raises(UsageError, match=r"'land' is no column .* \(there are: plan\)"):
        measured(begun(), period("2019-01-01", "2019-01-31"), segment="land", customers=table)


def test_a_segment_with_too_many_values_is_refused(tmp_path):
    lines = "".join(f"c{i},name {i}\n" for i in range(60))
    (tmp_path / "people.csv").write_text(f"who,name\n{lines}")
    table = {"source": str(tmp_path / "people.csv"), "columns": {"customer": "who"}, "show": ["name"]}
    rows = [order(f"c{i}", "2019-01-05") for i in range(60)]
    with pytest.raises(UsageError, match="'name' has 60 values"):
        measured(rows, period("2019-01-01", "2019-01-31"), segment="name", customers=table)


def test_historic_value_is_net_of_returns_up_to_the_end():
    rows = [order("a", "2019-01-01", 25), order("a", "2019-01-03", -10), order("b", "2019-01-09", 10)]
    found = measured([*rows, order("b", "2019-02-09", 10)], period("2019-01-01", "2019-01-31"))
    assert (found.whole.lifetime.customers, found.whole.lifetime.mean) == (2, 12.5)
