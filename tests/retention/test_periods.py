"""Periods and their parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers import day, period
from retain.errors import UsageError
from retain.retention.periods import Period, Scope, newest_year, unit_of, units_between

DATES = st.dates(date(1990, 1, 1), date(2060, 1, 1))


def scope(whole, *, as_of="2020-06-01", by="month"):
    return Scope.of(
        whole, by=by, as_of=day(as_of), reached=day(as_of), began=day("2018-01-01"), active_within=30
    )


@given(DATES, st.integers(1, 3000), st.sampled_from(["month", "quarter", "year"]))
def test_parts_follow_one_another_and_fill_the_period(start, length, by):
    whole = Period(start, start + timedelta(days=length))
    parts = whole.cut(by)
    assert [parts[0].start, *(part.stop for part in parts)] == [*(part.start for part in parts), whole.stop]
    assert all(unit_of(part.start, by) == unit_of(part.last, by) for part in parts)


@pytest.mark.parametrize(
    ("first", "last", "name", "years"),
    [
        ("2011-03-01", "2011-03-31", "2011-03", 1 / 12),
        ("2011-04-01", "2011-06-30", "2011-Q2", 0.25),
        ("2011-01-01", "2011-12-31", "2011", 1),
        ("2011-03-05", "2011-03-31", "2011-03 (5 to 31)", 27 / 365),
        ("2011-02-01", "2011-04-30", "2011-02-01 to 2011-04-30", 0.25),
    ],
)
def test_a_period_is_called_as_people_write_it(first, last, name, years):
    assert period(first, last).name == name
    assert period(first, last).years == pytest.approx(years)


def test_the_period_before_has_the_same_length():
    assert period("2011-03-01", "2011-03-31").before() == period("2011-02-01", "2011-02-28")
    assert period("2011-01-01", "2011-12-31").before() == period("2010-01-01", "2010-12-31")
    assert period("2011-03-05", "2011-03-14").before() == period("2011-02-23", "2011-03-04")


def test_the_last_day_lies_inside():
    assert period("2011-03-01", "2011-03-31").stop == date(2011, 4, 1)
    assert period("2011-03-01", "2011-03-01").days == 1


@pytest.mark.parametrize(
    ("whole", "message"),
    [
        (period("2019-03-01", "2019-02-01"), "--to 2019-02-01 lies before --from 2019-03-01"),
        (period("2020-06-01", "2020-06-30"), "as of 2020-06-01 the period has not begun"),
        (period("2000-01-01", "2019-12-31"), "240 parts by month; at most 120"),
    ],
)
def test_a_period_that_cannot_be_measured_says_why(whole, message):
    with pytest.raises(UsageError, match=message):
        scope(whole)


def test_a_period_is_over_when_the_data_reach_its_end():
    found = replace(scope(period("2020-04-01", "2020-06-30")), reached=day("2020-05-01"))
    assert [found.over(part) for part in found.parts] == [True, False, False]
    assert found.seen == day("2020-06-01")


def test_a_start_is_known_when_the_history_reaches_back_far_enough():
    found = replace(scope(period("2020-01-01", "2020-03-31")), began=day("2020-01-02"))
    assert [found.remembered(part) for part in found.parts] == [False, True, True]


@given(DATES, DATES)
def test_units_between_count_the_months(a, b):
    months = units_between(unit_of(a, "month"), unit_of(b, "month"), "month")
    assert months == (b.year - a.year) * 12 + b.month - a.month


def test_by_default_the_newest_whole_year_or_what_there_is_of_it():
    assert newest_year(reached=day("2011-12-10"), began=day("2009-01-15")) == period(
        "2010-12-01", "2011-11-30"
    )
    assert newest_year(reached=day("2011-12-10"), began=day("2011-08-15")) == period(
        "2011-09-01", "2011-11-30"
    )
    assert newest_year(reached=day("2011-12-10"), began=day("2011-12-02")) == period(
        "2011-12-02", "2011-12-09"
    )
    assert newest_year(reached=day("2011-12-10"), began=day("2010-12-01"), active_within=180) == period(
        "2011-06-01", "2011-11-30"
    )
    assert newest_year(reached=day("2011-12-10"), began=day("2011-10-01"), active_within=180) == period(
        "2011-10-01", "2011-11-30"
    )
