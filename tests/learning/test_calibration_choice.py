"""A calibration is chosen by log loss on customers not seen, and only if it would have helped before."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from retain.learning.calibration_choice import Unseen, choose, cross_fitted, helped
from retain.learning.metrics import log_loss

HORIZON, EVERY = 60, 30


def unseen(*, slopes=(1.0,), shifts=None, rows=2000, seed=5):
    """At each cutoff the true log-odds are slope x those predicted + shift."""
    generator = np.random.default_rng(seed)
    p = generator.uniform(0.02, 0.98, size=(len(slopes), rows))
    truth = np.array(slopes)[:, None] * logit(p) + np.array(shifts or [0.0] * len(slopes))[:, None]
    customer = np.tile(np.arange(rows), len(slopes))
    return Unseen(
        p.ravel(),
        generator.uniform(size=p.size) < expit(truth).ravel(),
        customer,
        np.repeat(np.datetime64("2011-01-01") + EVERY * np.arange(len(slopes)), rows),
        customer % 5,
    )


def method(rows):
    return choose(rows, horizon=HORIZON).method


def test_good_probabilities_are_left_alone():
    assert method(unseen()) == "none"


def test_overconfidence_is_mended_by_the_simplest_method_that_does():
    rows = unseen(slopes=[0.4])
    fitted = choose(rows, horizon=HORIZON)
    assert fitted.method == "sigmoid"
    assert log_loss(rows.churned, fitted.apply(rows.p)) < log_loss(rows.churned, rows.p)


def test_a_bent_curve_takes_a_method_that_bends():
    generator = np.random.default_rng(6)
    p = generator.uniform(size=8000)
    y = generator.uniform(size=8000) < np.where(p < 0.5, 0.05, 0.6)
    cutoff = np.full(8000, np.datetime64("2011-01-01"))
    assert method(Unseen(p, y, np.arange(8000), cutoff, np.arange(8000) % 5)) == "isotonic"


def test_what_is_wrong_at_every_cutoff_is_mended():
    assert method(unseen(slopes=[0.4] * 5)) == "sigmoid"


def test_a_season_of_the_newest_cutoff_is_not_taken_into_the_next():
    season = [-0.4, 0.4, 0.4, -0.4, -0.4, 0.4]
    rows = unseen(slopes=[1.0] * 6, shifts=season)
    assert method(rows.newest) == "sigmoid"
    assert method(rows) == "none"


def test_a_level_that_keeps_moving_one_way_is_followed():
    assert method(unseen(slopes=[1.0] * 6, shifts=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6])) == "sigmoid"


def test_a_level_that_moved_once_is_not_yet_believed():
    assert method(unseen(slopes=[1.0] * 6, shifts=[0.0, 0.0, 0.0, 0.0, 0.0, 0.8])) == "none"


@pytest.mark.parametrize(("slope", "answer"), [(0.4, True), (1.0, False)])
def test_one_past_cutoff_is_judged_by_its_sign(slope, answer):
    assert helped("sigmoid", unseen(slopes=[slope] * 3), horizon=HORIZON) is answer


def test_the_calibrator_is_fitted_at_the_newest_cutoff():
    rows = unseen(slopes=[0.7, 0.7, 0.4])
    fitted = choose(rows, horizon=HORIZON)
    assert fitted.slope == pytest.approx(0.4, abs=0.05)


def test_a_score_is_calibrated_whatever_came_before():
    season = unseen(slopes=[1.0] * 6, shifts=[-0.4, 0.4, 0.4, -0.4, -0.4, 0.4])
    for rows in (season, unseen()):
        assert choose(rows, horizon=HORIZON, score=True).method == "sigmoid"


def test_no_customer_is_calibrated_by_its_own_outcome():
    rows = unseen(slopes=[0.4], rows=200)
    turned = Unseen(rows.p, rows.churned ^ (rows.fold == 0), rows.customer, rows.cutoff, rows.fold)
    before, after = (cross_fitted("sigmoid", one, one) for one in (rows, turned))
    assert np.array_equal(before[rows.fold == 0], after[rows.fold == 0])
    assert not np.array_equal(before[rows.fold == 1], after[rows.fold == 1])


def test_a_customer_alone_is_left_as_predicted():
    rows = unseen(rows=1)
    assert cross_fitted("sigmoid", rows, rows).tolist() == rows.p.tolist()
