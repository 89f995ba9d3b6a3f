"""The rule by tenure: the share lost of those who were there as long."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.learning.life_table import TenureRule


def test_the_rate_at_a_tenure_is_that_of_its_survivors():
    tenure = np.repeat([10.0, 1000.0], 5000)
    lost = np.arange(10_000) % 10 < np.repeat([4, 1], 5000)
    rule = TenureRule().fit(pd.DataFrame({"tenure": tenure}), lost)
    p = rule.predict_proba(pd.DataFrame({"tenure": [10.0, 1000.0]}))[:, 1]
    np.testing.assert_allclose(p, [0.4, 0.1], atol=0.002)


def test_a_hazard_that_falls_with_tenure_is_recovered():
    """Weibull lives of shape 0.5: the conditional survival over 60 days is known at every tenure."""
    rng = np.random.default_rng(1)
    life, tenure = 400 * rng.weibull(0.5, 200_000), rng.uniform(1, 900, 200_000)
    there = life > tenure
    rule = TenureRule().fit(pd.DataFrame({"tenure": tenure[there]}), (life < tenure + 60)[there])
    at = np.array([100.0, 300.0, 600.0])
    true = 1 - np.exp(np.sqrt(at / 400) - np.sqrt((at + 60) / 400))
    found = rule.predict_proba(pd.DataFrame({"tenure": at}))[:, 1]
    np.testing.assert_allclose(found, true, atol=0.015)


def test_who_has_no_tenure_gets_the_share_of_all():
    rule = TenureRule().fit(pd.DataFrame({"tenure": [1.0, 2.0]}), [True, False])
    assert rule.predict_proba(pd.DataFrame({"tenure": [np.nan]}))[0, 1] == 0.5


def test_a_matrix_without_tenure_is_told():
    with pytest.raises(ValueError, match="needs one of the features subscribed_for or tenure"):
        TenureRule().fit(pd.DataFrame({"orders": [1.0]}), [True])
