"""The gamma-gamma model of what an order is worth."""

from __future__ import annotations

import numpy as np
import pytest

from retain.learning.gamma_gamma import GammaGamma

# Fader and Hardie's own estimates for 946 buyers of CDNOW; `fit` gives 6.250, 3.744, 15.44 on them.
CDNOW = GammaGamma(6.25, 3.74, 15.44)


def simulated(customers=20_000, *, truth=CDNOW, seed=1):
    """Orders and mean amounts drawn from the model."""
    random = np.random.default_rng(seed)
    x = random.integers(1, 12, customers).astype(float)
    nu = random.gamma(truth.q, 1 / truth.gamma, customers)
    return x, random.gamma(truth.p * x, 1 / (nu * x))


def test_the_published_example_is_reproduced():
    assert CDNOW.expected_amount(np.array([2.0]), np.array([22.35])) == pytest.approx(24.66, abs=0.01)


def test_maximum_likelihood_finds_what_was_simulated():
    found = GammaGamma.fit(*simulated())
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.15)
    assert found.p * found.gamma / (found.q - 1) == pytest.approx(6.25 * 15.44 / 2.74, rel=0.01)


def test_the_unit_of_money_does_not_matter():
    x, mean = simulated(2_000)
    pounds, pence = GammaGamma.fit(x, mean), GammaGamma.fit(x, 100 * mean)
    assert pence.expected_amount(x, 100 * mean) == pytest.approx(
        100 * pounds.expected_amount(x, mean), rel=1e-3
    )


def test_few_orders_are_drawn_to_the_mean_of_all():
    of_all = CDNOW.p * CDNOW.gamma / (CDNOW.q - 1)
    once, often = CDNOW.expected_amount(np.array([1.0, 100.0]), np.array([200.0, 200.0]))
    assert of_all < once < often < 200


def test_without_orders_the_mean_of_all_is_expected():
    assert CDNOW.expected_amount(np.array([0.0]), np.array([np.nan])) == pytest.approx(35.2, abs=0.1)


def test_rows_without_an_amount_are_passed_over():
    x, mean = simulated(500)
    with_gifts = GammaGamma.fit(np.append(x, [3.0, 0.0]), np.append(mean, [0.0, 50.0]))
    assert with_gifts == GammaGamma.fit(x, mean)


def test_a_shop_that_gives_everything_away_is_refused():
    with pytest.raises(ValueError, match="no customer has an order with an amount"):
        GammaGamma.fit([1.0, 2.0], [0.0, 0.0])
