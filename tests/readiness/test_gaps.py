"""Gaps between active days, the open one as censored: against a plain loop over customers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.events.rows import Rows
from retain.readiness.gaps import Gaps

END = 60


def gaps(customers, *, end=END):
    customer = np.repeat(np.arange(len(customers)), [len(days) for days in customers])
    day = np.array([day for days in customers for day in sorted(days)], dtype=np.int64)
    return Gaps.none(end).add(Rows(len(customers), customer.astype(np.int64), day), end=end)


def survival(customers, *, end=END):
    """Kaplan and Meier by hand: (length, ended) of every gap."""
    seen = []
    for days in customers:
        days = sorted(set(days))
        seen += [(b - a, True) for a, b in itertools.pairwise(days)]
        seen += [(end - 1 - days[-1], False)] if days else []
    share, found = 1.0, []
    for length in range(end + 1):
        at_risk = sum(lasted >= length for lasted, _ in seen)
        ended = sum(lasted == length and over for lasted, over in seen)
        share *= 1 - ended / max(at_risk, 1)
        found.append(share)
    return found


@given(st.lists(st.lists(st.integers(0, END - 1), max_size=12), max_size=8))
def test_the_survival_is_the_one_of_a_plain_loop(customers):
    assert gaps(customers).survival == pytest.approx(survival(customers))


def test_chunks_add_up():
    customers = [[1, 5, 9], [2], [3, 4, 40]]
    whole = gaps(customers)
    customer = np.array([0, 0, 0], dtype=np.int64)
    parts = gaps(customers[:2]).add(Rows(1, customer, np.array([3, 4, 40])), end=END)
    assert np.array_equal(whole.closed, parts.closed)
    assert np.array_equal(whole.open, parts.open)


def test_a_percentile_is_the_first_day_by_which_so_many_are_over():
    weekly = [list(range(0, END, 7))] * 9 + [[1]]
    found = gaps(weekly)
    assert found.percentile(0.5) == 7
    assert found.percentile(1.0) is None


def test_several_orders_on_a_day_are_one_and_rows_after_the_end_are_none():
    assert gaps([[3, 3, 8]]).closed[5] == 1
    assert gaps([[3, 3, 8, 70]]).open[END - 1 - 8] == 1


def test_rates_are_recovered_from_censored_gaps():
    draw = np.random.default_rng(5)
    customers = [np.cumsum(draw.geometric(0.05, 40)).tolist() for _ in range(600)]
    found = gaps([[day for day in days if day < 120] or [0] for days in customers], end=120)
    assert found.percentile(0.5) == pytest.approx(14, abs=1)  # of a geometric gap: log(.5) / log(.95)
    assert found.percentile(0.9) == pytest.approx(45, abs=2)


def test_who_comes_back_is_known_only_where_the_data_reach_far_enough():
    monthly = [list(range(start, 360, 30)) for start in range(30)] * 2 + [[1]] * 60
    found = gaps(monthly, end=360)
    assert found.come_back(14) == pytest.approx(1 - found.survival[-60] / found.survival[14])
    assert found.come_back(330) is None
