"""Who is a customer at a cutoff, and who of them churned, and what they spent: to the day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from retain.config import Churn
from retain.events.tables import ACTIVITY
from retain.learning.labels import churned, eligible, spent
from strategies import DAY, IDS, Event, cutoffs, events, history

CHURN = Churn(table="orders", horizon=10, active_within=20)
CUTOFF = 100


def _eligible(*rows, churn=CHURN):
    return eligible(history(rows).view(CUTOFF), churn).tolist()


def _churned(*rows, churn=CHURN):
    return churned(history(rows), CUTOFF, churn).tolist()


@pytest.mark.parametrize(
    ("time", "is_customer"),
    [
        (80 * DAY - 1, False),
        (80 * DAY, True),  # the first moment of the window
        (100 * DAY - 1, True),  # the last one
        (100 * DAY, False),  # the cutoff's own midnight belongs to the horizon
    ],
)
def test_a_customer_has_an_order_in_the_days_before(time, is_customer):
    assert _eligible(Event("a", time)) == [is_customer]


@pytest.mark.parametrize(
    ("time", "is_lost"),
    [
        (100 * DAY - 1, True),
        (100 * DAY, False),
        (110 * DAY - 1, False),
        (110 * DAY, True),  # after the horizon
    ],
)
def test_a_customer_churns_without_an_order_in_the_horizon(time, is_lost):
    assert _churned(Event("a", 90 * DAY), Event("a", time)) == [is_lost]


def test_a_return_neither_makes_a_customer_nor_keeps_one():
    back = Event("a", 95 * DAY, number=-5), Event("a", 105 * DAY, number=-5)
    assert _eligible(*back) == [False]
    assert _churned(*back) == [True]


def test_an_order_taken_back_on_its_day_neither_makes_nor_keeps_a_customer():
    rows = [Event("a", day * DAY, number=amount) for day in (95, 105) for amount in (5, -5)]
    assert (_eligible(*rows), _churned(*rows)) == ([False], [True])


@pytest.mark.parametrize(("gone", "is_customer"), [(99, False), (100, True), (105, True)])
def test_an_order_makes_a_customer_until_it_is_cancelled(gone, is_customer):
    assert _eligible(Event("a", 95 * DAY, gone=gone)) == [is_customer]


@pytest.mark.parametrize(("gone", "is_lost"), [(105, True), (109, True), (110, False), (200, False)])
def test_an_order_cancelled_within_the_horizon_keeps_nobody(gone, is_lost):
    assert _churned(Event("a", 105 * DAY, gone=gone)) == [is_lost]


def test_an_order_recorded_late_makes_no_customer_but_is_a_stay():
    late = Event("a", 95 * DAY, known=150), Event("a", 105 * DAY, known=150)
    assert (_eligible(*late), _churned(*late)) == ([False], [False])


def test_activity_counts_where_it_defines_churn():
    rows = Event("a", 95 * DAY), Event("a", 105 * DAY, ACTIVITY, 0)
    by_activity = Churn(table="activity", horizon=10, active_within=20)
    assert (_churned(*rows), _churned(*rows, churn=by_activity)) == ([True], [False])
    assert (_eligible(*rows), _eligible(*rows, churn=by_activity)) == ([True], [False])


@settings(max_examples=60)
@given(events(), cutoffs())
def test_the_label_asks_of_the_horizon_what_eligibility_asks_of_the_past(rows, cutoff):
    """To have stayed is to be active, at the horizon's end, within the horizon."""
    past = history(rows, ids=IDS)
    at_end = eligible(past.view(cutoff + 10), Churn(table="orders", horizon=1, active_within=10))
    np.testing.assert_array_equal(churned(past, cutoff, CHURN), ~at_end)


def _spent(*rows):
    return spent(history(rows), CUTOFF, 10).tolist()


@pytest.mark.parametrize(
    ("time", "amount"),
    [(100 * DAY - 1, 0.0), (100 * DAY, 12.3456), (110 * DAY - 1, 12.3456), (110 * DAY, 0.0)],
)
def test_what_was_spent_is_what_was_ordered_in_the_horizon(time, amount):
    assert _spent(Event("a", 90 * DAY), Event("a", time, number=12_3456)) == [amount]


def test_what_was_sent_back_in_the_horizon_is_taken_off():
    rows = (
        Event("a", 105 * DAY, number=30_0000),
        Event("a", 107 * DAY, number=-10_0000),
        Event("a", 111 * DAY, number=-5_0000),
    )
    assert _spent(*rows) == [20.0]


def test_a_return_of_an_earlier_order_counts_on_its_own_day():
    assert _spent(Event("a", 95 * DAY, number=30_0000), Event("a", 105 * DAY, number=-30_0000)) == [-30.0]


def test_an_order_cancelled_within_the_horizon_was_not_spent():
    assert _spent(Event("a", 105 * DAY, number=30_0000, gone=107), Event("a", 106 * DAY, number=2_0000)) == [
        2.0
    ]


def test_orders_without_an_amount_are_spent_nothing_on():
    assert _spent(Event("a", 105 * DAY)) == [0.0]
