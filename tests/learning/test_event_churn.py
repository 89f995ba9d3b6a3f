"""Churn as an event: who had it, who is still a customer, and who is one again."""

from __future__ import annotations

import pytest

from retain.config import Churn
from retain.errors import ConfigError
from retain.events.tables import ACTIVITY
from retain.learning.labels import churned, eligible
from strategies import DAY, Event, history

LOGIN, VISIT = 0, 1
CHURN = Churn(when="event", table="activity", horizon=10, active_within=20, kinds=("visit",))
CUTOFF = 100


def _row(day, kind=LOGIN, **keys):
    return Event("a", day * DAY, ACTIVITY, kind, **keys)


def _eligible(*rows, churn=CHURN):
    return eligible(history(rows).view(CUTOFF), churn).tolist()


def _churned(*rows, churn=CHURN):
    return churned(history(rows), CUTOFF, churn).tolist()


@pytest.mark.parametrize(("day", "is_lost"), [(99, False), (100, True), (109, True), (110, False)])
def test_a_customer_churns_with_an_event_of_the_kinds_in_the_horizon(day, is_lost):
    assert _churned(_row(90), _row(day, VISIT)) == [is_lost]


def test_one_event_of_several_kinds_is_enough():
    both = CHURN.model_copy(update={"kinds": ("uninstall", "login", "visit")})
    assert _churned(_row(90), _row(105, LOGIN), churn=both) == [True]


def test_a_kind_that_nobody_has_is_told():
    unknown = CHURN.model_copy(update={"kinds": ("uninstall",)})
    with pytest.raises(ConfigError, match=r"no activity of the kind uninstall; there are: login, visit"):
        _churned(_row(90), churn=unknown)


@pytest.mark.parametrize(("day", "is_customer"), [(79, False), (80, True), (99, True), (100, False)])
def test_a_customer_was_active_in_the_days_before(day, is_customer):
    assert _eligible(_row(day)) == [is_customer]


def test_the_event_itself_makes_no_customer():
    assert _eligible(_row(95, VISIT)) == [False]


@pytest.mark.parametrize(("back", "is_customer"), [(94, False), (95, False), (96, True)])
def test_who_had_the_event_is_a_customer_again_with_activity_on_a_later_day(back, is_customer):
    assert _eligible(_row(85), _row(95, VISIT), _row(back)) == [is_customer]


def test_orders_count_where_they_are_the_counted_table():
    by_orders = CHURN.model_copy(update={"table": "orders"})
    assert _eligible(Event("a", 95 * DAY), _row(90, VISIT), churn=by_orders) == [True]
    assert _eligible(_row(95), Event("a", 70 * DAY), churn=by_orders) == [False]


def test_an_event_recorded_late_leaves_a_customer_and_is_a_churn():
    late = _row(90), _row(95, VISIT, known=150), _row(105, VISIT, known=150)
    assert (_eligible(*late), _churned(*late)) == ([True], [True])
