"""What probabilities promise is what comes about where they are right."""

from __future__ import annotations

import numpy as np
import pytest

from retain.learning.metrics import auc, brier, log_loss
from retain.watch.estimated import Estimate, estimate, expected_auc

P = np.random.default_rng(5).beta(1.2, 2.0, 3000).round(3)
LISTED = P > 0.6


def test_what_comes_about_averages_to_what_was_promised():
    draw, found = np.random.default_rng(6), estimate(P, LISTED)
    came = [draw.uniform(size=len(P)) < P for _ in range(60)]
    assert np.mean([auc(y, P) for y in came]) == pytest.approx(found.auc, abs=0.003)
    assert np.mean([brier(y, P) for y in came]) == pytest.approx(found.brier, abs=0.002)
    assert np.mean([y[LISTED].mean() for y in came]) == pytest.approx(found.precision, abs=0.005)
    losses = [log_loss(y, P) for y in came]
    assert np.mean(losses) == pytest.approx(found.log_loss, abs=0.004)
    assert np.std(losses) == pytest.approx(found.log_loss_error, rel=0.3)


def test_the_area_is_that_of_all_pairs_weighed():
    p = np.array([0.1, 0.4, 0.4, 0.9])
    above = (p[:, None] > p).astype(float) + (p[:, None] == p) / 2
    pairs = p[:, None] * (1 - p) * (1 - np.eye(4))
    assert expected_auc(p) == pytest.approx((above * pairs).sum() / pairs.sum())


def test_a_constant_cannot_rank():
    assert expected_auc(np.full(10, 0.3)) == pytest.approx(0.5)


@pytest.mark.parametrize("p", [[], [1.0], [0.0, 0.0]])
def test_where_nothing_can_be_told_the_figure_is_undefined(p):
    assert np.isnan(expected_auc(p))


def test_it_comes_back_from_json_and_undefined_is_null():
    found = estimate([0.2, 0.4], [False, False])
    document = found.to_json()
    assert document["precision"] is None
    assert Estimate.from_json(document).to_json() == document
