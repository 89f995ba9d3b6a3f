"""Recurring revenue: the identities, and the shares of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.retention.revenue import Left, Recurring

MONEY = st.integers(0, 10**9).map(float)


def recurring(start=1000.0, new=0.0, expansion=0.0, reactivation=0.0, contraction=0.0, churned=0.0, **more):
    end = start + new + expansion + reactivation - contraction - churned
    return Recurring(start, new, expansion, reactivation, contraction, churned, end, **more)


@st.composite
def movements(draw):
    """No more is lost than there was."""
    start = draw(MONEY)
    contraction = draw(st.integers(0, int(start)))
    churned = draw(st.integers(0, int(start) - contraction))
    gains = {name: draw(MONEY) for name in ("new", "expansion", "reactivation")}
    return recurring(start, contraction=float(contraction), churned=float(churned), **gains)


def test_the_shares_of_a_worked_example():
    found = recurring(10_000, new=2_000, expansion=800, contraction=300, churned=500)
    assert found.nrr == 100.0
    assert found.grr == 92.0
    assert found.quick_ratio() == pytest.approx(3.5)
    assert found.revenue_churn == 5.0


@given(movements())
def test_gross_retention_is_never_over_a_hundred_nor_over_net(found):
    if found.start:
        assert 0 <= found.grr <= 100
        assert found.grr <= found.nrr
    else:
        assert found.grr is found.nrr is None


def test_reactivation_is_gained_only_where_it_is_asked_for():
    found = recurring(100, new=10, reactivation=30, churned=20)
    assert found.quick_ratio() == 0.5
    assert found.quick_ratio("reactivation") == 2.0


def test_without_losses_there_is_no_quick_ratio():
    assert recurring(100, new=10).quick_ratio() is None


def test_logos_and_money_leave_in_different_shares():
    found = recurring(1000, churned=900, customers={"start": 10, "churned": 1})
    assert (found.logo_churn, found.revenue_churn) == (10.0, 90.0)


def test_involuntary_are_the_reasons_that_are_named():
    found = recurring(left=[Left("card expired", 3, 30.0), Left("price", 5, 50.0), Left("death", 1, 9.0)])
    assert found.involuntary(["card expired", "death"]) == 4
    assert found.involuntary([]) == 0
