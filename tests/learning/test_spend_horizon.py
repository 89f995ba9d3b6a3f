"""The days of spending that can be learnt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from retain.learning.spend_horizon import spend_horizon

START = date(2020, 1, 1)
MONTHS = tuple(START + timedelta(days=30 * n) for n in range(10))


@pytest.mark.parametrize(("days", "found"), [(90, 90), (365, 91), (10, 10)])
def test_the_longest_horizon_that_can_be_tested_is_learnt(days, found):
    horizon = spend_horizon(MONTHS, asked=days, churn_horizon=30, end=START + timedelta(days=300))
    assert horizon.days == found


def test_a_shorter_horizon_is_told():
    horizon = spend_horizon(MONTHS, asked=364, churn_horizon=30, end=START + timedelta(days=300))
    assert (horizon.days, horizon.asked) == (91, 364)
    assert "91 days were learnt, and go on as buy-till-you-die expects" in horizon.notes[0]


def test_the_churn_horizon_is_the_least_that_is_learnt():
    assert spend_horizon(MONTHS[:1], asked=365, churn_horizon=30, end=START + timedelta(days=30)).days == 30
