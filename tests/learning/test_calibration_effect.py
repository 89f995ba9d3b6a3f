"""What calibration did is the difference of the same customers' figures, with an interval."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.special import expit, logit

from retain.learning import metrics
from retain.learning.calibration_effect import Calibrated, calibration_effect


def scored(*, slope=0.4, method="sigmoid", seed=1, rows=1000):
    """Probabilities as overconfident as the slope says, mended where there is a method."""
    generator = np.random.default_rng(seed)
    after = generator.uniform(0.05, 0.95, size=rows)
    churned = generator.uniform(size=rows) < after
    before = after if method == "none" else expit(logit(after) / slope)
    return Calibrated(date(2011, 9, 1), method, np.arange(rows), churned, before, after)


def test_mended_overconfidence_lowers_log_loss_and_calibration_error():
    effect = calibration_effect([scored(seed=1), scored(seed=2)], seed=7)
    for change in effect.mean.values():
        assert change.difference < 0
        assert change.interval[0] < change.difference < change.interval[1] < 0


def test_the_figures_are_those_of_the_metrics():
    one = scored()
    (fold,) = calibration_effect([one], seed=7).folds
    assert fold.changes["log_loss"].before == pytest.approx(metrics.log_loss(one.churned, one.before))
    assert fold.changes["log_loss"].after == pytest.approx(metrics.log_loss(one.churned, one.after))
    assert fold.changes["ece"].after == pytest.approx(metrics.ece(one.churned, one.after))


def test_what_was_left_alone_is_not_different():
    effect = calibration_effect([scored(method="none")], seed=7)
    assert {change.difference for change in effect.mean.values()} == {0.0}
    assert {change.interval for change in effect.mean.values()} == {(0.0, 0.0)}


def test_the_mean_is_that_of_the_folds():
    effect = calibration_effect([scored(seed=1), scored(seed=2)], seed=7)
    each = [fold.changes["ece"].difference for fold in effect.folds]
    assert effect.mean["ece"].difference == pytest.approx(np.mean(each))
