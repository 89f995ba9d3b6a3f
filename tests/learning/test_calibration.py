"""Calibrators rise, survive JSON, and find what they were made for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit, logit

from retain.learning import calibration


def sample(rows=2000, slope=1.0, shift=0.0):
    generator = np.random.default_rng(5)
    p = generator.uniform(0.02, 0.98, size=rows)
    return p, generator.uniform(size=rows) < expit(slope * logit(p) + shift)


@pytest.mark.parametrize("method", calibration.METHODS)
def test_ranking_survives_up_to_ties(method):
    p, y = sample(slope=0.5)
    calibrated = calibration.fit(method, p, y).apply(np.sort(p))
    assert np.all(np.diff(calibrated) >= 0)


@pytest.mark.parametrize("method", ["sigmoid", "beta", "isotonic"])
def test_ranking_is_not_turned_over_by_outcomes_that_run_against_it(method):
    p, y = sample(slope=-1)
    calibrated = calibration.fit(method, p, y).apply(np.sort(p))
    assert np.all(np.diff(calibrated) >= 0)


@pytest.mark.parametrize("method", calibration.METHODS)
def test_a_calibrator_survives_json(method):
    p, y = sample(rows=200)
    fitted = calibration.fit(method, p, y)
    again = calibration.from_json(json.loads(json.dumps(calibration.to_json(fitted))))
    assert again == fitted


def test_sigmoid_finds_slope_and_intercept():
    p, y = sample(rows=50_000, slope=0.5, shift=-1)
    fitted = calibration.fit("sigmoid", p, y)
    assert (fitted.slope, fitted.intercept) == pytest.approx((0.5, -1), abs=0.05)


def test_isotonic_is_never_certain():
    calibrated = calibration.fit("isotonic", [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]).apply([0.0, 1.0])
    assert calibrated.tolist() == [1 / 8, 7 / 8]


def test_perfect_scores_keep_a_finite_slope():
    p = np.array([0.1] * 20 + [0.9] * 20)
    fitted = calibration.fit("sigmoid", p, p > 0.5)
    assert 0 < fitted.slope < 100
