"""Cohort tables from what was counted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ledgers import day, period
from retain.retention.cohorts import cohorts, names_of
from retain.retention.periods import Scope

NAN = np.nan


def frame(*rows):
    found = pd.DataFrame(rows, columns=["cohort", "unit", "customers"])
    return found.assign(**{name: pd.to_datetime(found[name]) for name in ("cohort", "unit")})


@pytest.fixture
def scope():
    whole = period("2019-01-01", "2019-04-30")
    return Scope.of(
        whole,
        by="month",
        as_of=day("2019-04-11"),
        reached=day("2019-04-11"),
        began=day("2019-01-01"),
        active_within=30,
    )


@pytest.fixture
def found(scope):
    sized = frame(
        ("2019-01-01", "2019-01-01", 5),
        ("2019-01-01", "2019-03-01", 4),
        ("2019-01-01", "2019-04-01", 1),
        ("2019-02-01", "2019-03-01", 6),
        ("2019-02-01", "2019-02-01", 24),
    )
    active = frame(
        ("2019-01-01", "2019-01-01", 10),
        ("2019-01-01", "2019-02-01", 2),
        ("2019-01-01", "2019-03-01", 4),
        ("2019-01-01", "2019-04-01", 1),
        ("2019-02-01", "2019-02-01", 30),
        ("2019-02-01", "2019-03-01", 6),
    )
    money = frame(
        ("2019-01-01", "2019-01-01", 50.0),
        ("2019-01-01", "2019-03-01", 60.0),
        ("2019-02-01", "2019-02-01", 0.0),
    )
    return cohorts(scope, sized=sized, active=active, revenue=money)


def test_bounded_retention_is_of_exactly_that_month(found):
    np.testing.assert_allclose(found.retention, [[100, 20, 40, NAN], [100, 20, NAN, NAN]])


def test_unbounded_retention_is_of_that_month_or_later(found):
    np.testing.assert_allclose(found.unbounded, [[100, 50, 50, NAN], [100, 20, NAN, NAN]])


def test_averages_weigh_cohorts_by_their_customers_over_complete_cells(found):
    assert found.average(found.retention) == [100, 20, 40, None]
    assert found.average(found.unbounded)[1] == pytest.approx((50 * 10 + 20 * 30) / 40)


def test_revenue_is_held_against_the_first_month_where_there_was_any(found):
    np.testing.assert_allclose(found.revenue_retention, [[100, 0, 120, NAN], [NAN] * 4])
    np.testing.assert_allclose(found.revenue_per_customer[0], [5, 5, 11, NAN])


def test_cohorts_are_called_by_their_months(found, scope):
    assert found.starts == (date(2019, 1, 1), date(2019, 2, 1))
    assert names_of(found, scope) == ["2019-01", "2019-02"]


def test_what_was_sent_back_before_the_first_order_is_nobodys(scope):
    sized = frame(("2019-02-01", "2019-02-01", 1))
    money = frame(("2019-02-01", "2019-01-01", -9.0), ("2019-02-01", "2019-02-01", 5.0))
    assert cohorts(scope, sized=sized, active=sized, revenue=money).revenue[0, 0] == 5
