"""Risk at several horizons: rising, true to a known hazard, and through the model's own probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retain.learning.concordance import concordance
from retain.learning.horizons import fit_curve
from retain.learning.lifetimes import Lifetimes
from retain.learning.recipe import Recipe, Workbench
from subscriber_rows import LOGIT, hazard_of, subscribers


@pytest.fixture(scope="module")
def made():
    rows = subscribers()
    curve = fit_curve(Workbench(7), LOGIT, Recipe("logit"), rows)
    assert curve is not None
    return rows, hazard_of(rows.X["x"].to_numpy(float)), curve


def test_the_risk_rises_with_the_horizon_and_meets_the_models_own(made):
    rows, hazard, curve = made
    p = 1 - np.exp(-60 * hazard)
    risks = curve.risks(rows.X, p, horizon=60)
    assert list(risks) == [30, 60, 90, 365]
    np.testing.assert_array_equal(risks[60], p)
    assert (np.diff(np.column_stack(list(risks.values())), axis=1) >= 0).all()


def test_a_known_hazard_is_recovered_at_each_horizon(made):
    rows, hazard, curve = made
    risks = curve.risks(rows.X, 1 - np.exp(-60 * hazard), horizon=60)
    for days, risk in risks.items():
        true = 1 - np.exp(-days * hazard)
        assert abs(risk.mean() - true.mean()) < 0.02
        assert np.abs(risk - true).mean() < 0.05


def test_a_model_that_errs_does_not_err_twice(made):
    """Beyond its own horizon the risk of who stayed is the curve's: noise in the model does not grow."""
    rows, hazard, curve = made
    noisy = np.clip(
        (1 - np.exp(-60 * hazard)) * np.random.default_rng(1).uniform(0.2, 1.8, len(rows)), 0, 0.99
    )
    risk = curve.risks(rows.X, noisy, horizon=60)[365]
    assert abs(risk.mean() - (1 - np.exp(-365 * hazard)).mean()) < 0.02


def test_nothing_is_said_where_hardly_anybody_was_lost():
    rows = subscribers(300)
    nobody = replace(rows, lives=Lifetimes(np.full(len(rows), np.inf), rows.lives.followed))
    assert fit_curve(Workbench(7), LOGIT, Recipe("logit"), nobody) is None


def test_a_history_of_less_than_the_shortest_horizon_tells_nothing():
    rows = subscribers(end=np.datetime64("2020-05-25"))
    assert fit_curve(Workbench(7), LOGIT, Recipe("logit"), replace(rows, horizon=20)) is not None
    short = replace(rows, horizon=20, lives=rows.lives.until(np.full(len(rows), 25.0)))
    assert fit_curve(Workbench(7), LOGIT, Recipe("logit"), short) is None


def test_concordance_counts_pairs_of_which_it_is_known_who_was_lost_first():
    lost, followed = [10, 20, np.inf, np.inf], [30, 30, 30, 15]
    assert concordance([4, 3, 2, 1], lost, followed) == 1
    assert concordance([1, 2, 3, 4], lost, followed) == 0
    assert concordance([1, 1, 1, 1], lost, followed) == 0.5
    assert np.isnan(concordance([1, 2], [np.inf, np.inf], [5, 5]))
