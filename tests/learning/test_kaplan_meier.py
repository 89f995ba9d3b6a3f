"""The product-limit estimate: as in the textbook, and true to what it estimates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.learning.kaplan_meier import ProductLimit

REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
"""Weeks of 21 patients on 6-MP (Freireich and others 1963; Klein and Moeschberger, table 4.1)."""

lives = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 40), st.booleans()).map(
        lambda one: (one[0], one[0] + one[1], one[2])
    ),
    min_size=1,
    max_size=40,
)


def test_it_is_the_textbooks():
    found = ProductLimit.of(np.zeros(21), REMISSION, RELAPSED)
    after = found.survival(np.array([6, 7, 10, 13, 16, 22, 23]) + 1)
    np.testing.assert_allclose(after, [0.857, 0.807, 0.753, 0.690, 0.628, 0.538, 0.448], atol=0.0006)


def test_the_interval_is_greenwoods_on_the_scale_of_log_minus_log():
    found = ProductLimit.of(np.zeros(21), REMISSION, RELAPSED)
    share, error = 0.857, np.sqrt(3 / (21 * 18))  # by hand: after week 6 three of 21 have relapsed
    spread = 1.96 * error / abs(np.log(share))
    np.testing.assert_allclose(
        found.interval(7), [share ** np.exp(spread), share ** np.exp(-spread)], atol=0.002
    )
    assert found.interval(0) == (1, 1)


def test_who_comes_late_counts_from_then_on():
    """By hand: at age 2 only the first is there and stays; at 5 one of three is lost, at 8 one of two."""
    found = ProductLimit.of([0, 3, 4], [9, 5, 8], [False, True, True])
    np.testing.assert_allclose(found.survival([5, 6, 9]), [1, 2 / 3, 1 / 3])
    np.testing.assert_allclose(found.lost_within(4, age=[0, 2, 5, 6]), [0, 1 / 3, 2 / 3, 1 / 2])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(0, 60))
def test_without_censoring_it_is_the_share_still_there(ends, age):
    found = ProductLimit.of(np.zeros(len(ends)), ends, np.ones(len(ends)))
    assert float(found.survival(age)) == pytest.approx(np.mean(np.array(ends) >= age), abs=1e-9)


@given(lives, st.sampled_from([0.0, 20.0]))
def test_survival_never_rises(rows, strength):
    entry, end, lost = zip(*rows, strict=True)
    found = ProductLimit.of(entry, end, lost, strength=strength)
    share = found.survival(np.arange(100))
    assert share[0] == 1
    assert (np.diff(share) <= 1e-12).all()
    assert ((share >= 0) & (share <= 1)).all()


@given(lives)
def test_a_life_told_in_two_parts_is_the_same_life(rows):
    entry, end, lost = (np.array(one) for one in zip(*rows, strict=True))
    middle = (entry + end) // 2
    whole = ProductLimit.of(entry, end, lost)
    parts = ProductLimit.of(
        np.concatenate([entry, middle + 1]),
        np.concatenate([np.where(middle == end, end, middle), end]),
        np.concatenate([lost & (middle == end), lost]),
    )
    np.testing.assert_allclose(parts.survival(np.arange(80)), whole.survival(np.arange(80)))


@given(lives)
def test_a_weight_of_two_is_the_life_twice(rows):
    entry, end, lost = (np.array(one) for one in zip(*rows, strict=True))
    twice = ProductLimit.of(np.tile(entry, 2), np.tile(end, 2), np.tile(lost, 2))
    weighed = ProductLimit.of(entry, end, lost, weight=np.full(len(rows), 2.0))
    np.testing.assert_allclose(weighed.survival(np.arange(80)), twice.survival(np.arange(80)))


def test_beyond_all_that_was_seen_it_goes_on_at_the_overall_rate():
    rng = np.random.default_rng(1)
    life, followed = np.floor(rng.exponential(1 / 0.004, 20_000)), 50
    found = ProductLimit.of(np.zeros(20_000), np.minimum(life, followed - 1), life < followed, strength=20)
    assert found.reach == followed
    assert found.rate == pytest.approx(0.004, rel=0.03)
    assert float(found.lost_within(365, age=30)) == pytest.approx(1 - np.exp(-365 * 0.004), abs=0.02)


def test_a_single_survivor_does_not_decide_alone():
    entry, end, lost = np.zeros(101), np.append(np.full(100, 20), 60), np.append(np.zeros(100), 1)
    alone, steadied = (ProductLimit.of(entry, end, lost, strength=c) for c in (0, 20))
    assert float(alone.lost_within(5, age=58)) == pytest.approx(1)
    assert float(steadied.lost_within(5, age=58)) < 0.1


def test_nobody_tells_nothing():
    assert float(ProductLimit.of([], [], []).lost_within(30, age=10)) == 0
