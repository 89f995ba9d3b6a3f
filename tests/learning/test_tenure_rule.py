"""The rule by tenure: what the product-limit estimate says of those who were there as long."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.learning.lifetimes import Lifetimes
from retain.learning.tenure_rule import TenureRule


def learnt(tenure, lost, *, lives=None, horizon=60, **options):
    return TenureRule(horizon=horizon).fit(pd.DataFrame({"tenure": tenure}), lost, lives=lives, **options)


def told(rule, *tenure):
    return rule.predict_proba(pd.DataFrame({"tenure": np.array(tenure, float)}))[:, 1]


def test_the_rate_at_a_tenure_is_that_of_its_survivors():
    tenure = np.repeat([10.0, 1000.0], 5000)
    lost = np.arange(10_000) % 10 < np.repeat([4, 1], 5000)
    np.testing.assert_allclose(told(learnt(tenure, lost), 10, 1000), [0.4, 0.1], atol=0.003)


def weibull(customers=200_000):
    """Lives of shape 0.5 and scale 400, met at a tenure."""
    rng = np.random.default_rng(1)
    life, tenure = 400 * rng.weibull(0.5, customers), np.floor(rng.uniform(1, 900, customers))
    there = life > tenure
    return tenure[there], np.floor(life[there] - tenure[there])


@pytest.mark.parametrize("followed", [None, 25.0, 60.0])
def test_a_hazard_that_falls_with_tenure_is_recovered(followed):
    """Known at every tenure; also where nobody was followed for as long as the horizon."""
    tenure, left = weibull()
    lives = (
        None
        if followed is None
        else Lifetimes(np.where(left < followed, left, np.inf), np.full(len(left), followed))
    )
    at = np.array([100.0, 300.0, 600.0])
    true = 1 - np.exp(np.sqrt(at / 400) - np.sqrt((at + 60) / 400))
    np.testing.assert_allclose(told(learnt(tenure, left < 60, lives=lives), *at), true, atol=0.015)


def test_those_who_leave_for_another_reason_are_followed_until_then():
    """A hundred of 200 are censored halfway to the day on which half of the others are lost."""
    lost = np.array([np.inf] * 100 + [40.0] * 50 + [np.inf] * 50)
    followed = np.array([20.0] * 100 + [60.0] * 100)
    rule = learnt(np.zeros(200), np.isfinite(lost), lives=Lifetimes(lost, followed))
    assert told(rule, 0)[0] == pytest.approx(0.5, abs=0.07)  # the overall rate has a little weight


def test_weights_count_customers():
    lost = np.array([True, False])
    heavy = learnt([5.0, 5.0], lost, sample_weight=np.array([300.0, 100.0]))
    assert told(heavy, 5)[0] == pytest.approx(0.75, abs=0.03)


def test_who_has_no_tenure_gets_the_rate_of_all():
    rule = learnt(np.full(1000, 5.0), np.arange(1000) % 5 == 0)
    assert 0.15 < told(rule, np.nan)[0] < 0.25


def test_a_matrix_without_tenure_is_told():
    with pytest.raises(
        ValueError, match="needs one of the features subscribed_for, tenure, days_since_first_order or"
    ):
        TenureRule(horizon=30).fit(pd.DataFrame({"orders": [1.0]}), [True])


def test_a_horizon_is_needed():
    with pytest.raises(ValueError, match="horizon is missing"):
        TenureRule().fit(pd.DataFrame({"tenure": [1.0]}), [True])
