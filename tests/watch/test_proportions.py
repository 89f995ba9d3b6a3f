"""Differences of shares and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from retain.watch.proportions import UNKNOWN, Groups, difference, pooled_difference


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        (Groups(70, 80, 56, 48), (0.2, 0.0524, 0.3339)),
        (Groups(10, 10, 9, 3), (0.6, 0.1705, 0.8090)),
        (Groups(10, 20, 10, 0), (1.0, 0.6791, 1.0)),
    ],
)
def test_the_interval_is_that_of_newcombe(groups, wanted):
    """Newcombe 1998, table II, method 10: the cases a, b and g."""
    found = difference(groups)
    assert (found.value, found.low, found.high) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("groups", [Groups(0, 5, 0, 3), Groups(5, 0, 3, 0)])
def test_an_empty_group_tells_nothing(groups):
    assert not difference(groups).known
    assert difference(groups).to_json() == {"value": None, "low": None, "high": None}
    assert not pooled_difference([groups, groups]).known


@pytest.mark.parametrize("others", [[], [Groups(3, 0, 1, 0)]])
def test_one_stratum_pooled_is_that_stratum(others):
    groups = Groups(70, 80, 56, 48)
    assert pooled_difference([groups, *others]) == difference(groups)


def test_the_pooled_difference_weighs_by_the_sizes():
    """Weights n m / (n + m): 24 and 12."""
    found = pooled_difference([Groups(40, 60, 20, 15), Groups(30, 20, 12, 8)])
    assert found.value == pytest.approx((24 * 0.25 + 12 * 0.0) / 36)


def test_pooling_does_not_mistake_a_difference_of_weeks_for_an_effect():
    """Simpson's paradox: no effect in either week, but the easy week has more to contact."""
    found = pooled_difference([Groups(900, 100, 810, 90), Groups(100, 100, 10, 10)])
    assert found.value == pytest.approx(0)
    assert found.low < 0 < found.high


@pytest.mark.parametrize(("weeks", "contacted", "held"), [(8, 40, 5), (3, 300, 60), (20, 9, 1)])
def test_the_pooled_interval_holds_the_truth_as_often_as_it_says(weeks, contacted, held):
    draw = np.random.default_rng(11)
    base = draw.uniform(0.3, 0.6, weeks)
    covered = []
    for _ in range(400):
        x, y = draw.binomial(contacted, base + 0.1), draw.binomial(held, base)
        found = pooled_difference(
            [Groups(contacted, held, int(a), int(b)) for a, b in zip(x, y, strict=True)]
        )
        covered.append(found.low <= 0.1 <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_nobody_to_pool_is_unknown():
    assert pooled_difference([]) is UNKNOWN
