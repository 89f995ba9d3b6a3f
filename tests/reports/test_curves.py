"""Curves as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from retain.learning.profit import Offer, maximum_profit
from retain.reports.curves import gains, profit, reliability

CHURNED = np.array([True, True, False, False])
P = np.array([0.9, 0.4, 0.4, 0.1])


def test_gains_run_down_the_ranking_and_cross_ties_in_a_line():
    customers, churners = gains(CHURNED, P)
    assert customers.tolist() == [0, 0.25, 0.75, 1]
    assert churners.tolist() == [0, 0.5, 1, 1]


def test_the_top_of_the_profit_curve_is_the_maximum_profit():
    generator = np.random.default_rng(1)
    p = generator.uniform(size=500)
    churned = generator.uniform(size=500) < p / 3
    offer = Offer(incentive=30)
    _, earned = profit(churned, p, offer)
    assert earned[0] == 0
    assert earned.max() == pytest.approx(maximum_profit(churned, p, offer).per_customer)


def test_reliability_has_bins_of_equally_many_customers():
    x, y, bars = reliability(CHURNED, P, bins=2)
    assert x.tolist() == pytest.approx([0.25, 0.65])
    assert y.tolist() == [0.5, 0.5]
    assert all(0 <= low <= rate <= high <= 1 for rate, (low, high) in zip(y, bars, strict=True))


def test_the_interval_is_wilsons():
    _, _, [(low, high)] = reliability(np.arange(100) < 20, np.full(100, 0.2), bins=1)
    assert (low, high) == pytest.approx((0.1334, 0.2888), abs=1e-4)
