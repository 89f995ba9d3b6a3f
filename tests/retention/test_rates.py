"""Retention and churn, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.retention import rates
from retain.retention.rates import Counts

LARGE = st.integers(0, 10**9)


@st.composite
def counts(draw):
    start, new, returned = draw(LARGE), draw(LARGE), draw(LARGE)
    kept = draw(st.integers(0, start))
    return Counts(start=start, new=new, end=kept + new + returned, kept=kept)


@pytest.mark.parametrize(("start", "new", "end", "crr"), [(1000, 200, 800, 60.0), (500, 50, 480, 86.0)])
def test_the_worked_examples(start, new, end, crr):
    assert rates.retention_rate(start=start, new=new, end=end) == crr
    found = Counts(start=start, new=new, end=end, kept=end - new)
    assert rates.retention(found) == crr
    assert rates.churn(found) == 100 - crr


@given(counts(), st.sampled_from(["retained", "apart"]))
def test_retention_and_churn_make_a_hundred(found, win_backs):
    kept, lost = rates.retention(found, win_backs), rates.churn(found, win_backs)
    assert (kept is None) == (lost is None) == (found.start == 0)
    assert kept is None or kept + lost == pytest.approx(100)


@given(counts())
def test_the_customers_at_the_end_are_kept_new_or_back(found):
    assert found.end == found.kept + found.new + found.returned
    assert found.start == found.kept + found.lost


@given(counts())
def test_win_backs_apart_leave_the_share_that_stayed(found):
    assert rates.retention(found, "apart") == rates.kept_share(found)
    assert found.start == 0 or rates.kept_share(found) <= 100


def test_customers_who_come_back_can_lift_retention_over_a_hundred():
    found = Counts(start=10, new=0, end=12, kept=9)
    assert rates.retention(found) == 120
    assert rates.retention(found, "apart") == 90


def test_a_months_churn_compounds_over_a_year():
    assert rates.annualised(5.0, years=1 / 12) == pytest.approx(100 * (1 - 0.95**12))
    assert rates.annualised(30.0, years=1) == pytest.approx(30)
    assert rates.annualised(100.0, years=1 / 12) == 100
    assert rates.annualised(None, years=1) is None


@pytest.mark.parametrize(
    ("percent", "light"), [(90.0, "green"), (89.99, "amber"), (85.0, "amber"), (84.9, "red"), (None, None)]
)
def test_the_light_changes_at_the_target_and_at_the_minimum(percent, light):
    assert rates.traffic_light(percent, target=0.9, minimum=0.85) == light
