"""Profit of a list, against the worked example and the definition by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from retain.learning.profit import Offer, expected_maximum_profit, maximum_profit


def sample():
    generator = np.random.default_rng(1)
    p = np.round(generator.uniform(size=400), 2)
    return generator.uniform(size=400) < p**2, p


def best_by_trying_all(y, p, offer):
    lists = [p >= threshold for threshold in [*np.unique(p), np.inf]]
    kept = offer.accept * (offer.value - offer.incentive) - offer.contact
    spent = offer.incentive + offer.contact
    return max((kept * (y & listed).sum() - spent * (~y & listed).sum()) / len(y) for listed in lists)


def test_break_even_is_the_worked_example():
    assert Offer(value=200, accept=0.3, incentive=10, contact=1).break_even == pytest.approx(0.164, abs=5e-4)


def test_contacting_at_break_even_earns_nothing():
    offer = Offer()
    assert offer.saving([offer.break_even]) == pytest.approx([0], abs=1e-12)


def test_saving_takes_each_customers_own_value():
    assert Offer().saving([0.5, 0.5], [100, 1000])[1] > Offer().saving([0.5], [100])[0]


def test_contacting_never_pays_where_the_incentive_exceeds_the_value():
    assert Offer(value=5, incentive=10, accept=1.0, contact=6).break_even > 1


def test_maximum_profit_is_that_of_the_best_list():
    y, p = sample()
    assert maximum_profit(y, p, Offer()).per_customer == pytest.approx(best_by_trying_all(y, p, Offer()))


def test_nobody_is_listed_where_no_list_earns_anything():
    found = maximum_profit([0, 0, 1], [0.9, 0.8, 0.1], Offer(value=12))
    assert (found.per_customer, found.size) == (0.0, 0)


def test_expected_maximum_profit_is_the_mean_over_acceptance_rates():
    y, p = sample()
    quantiles = beta.ppf((np.arange(400) + 0.5) / 400, 6, 14)
    tried = [best_by_trying_all(y, p, Offer(accept=accept)) for accept in quantiles]
    assert expected_maximum_profit(y, p, Offer()).per_customer == pytest.approx(np.mean(tried), rel=2e-3)


def test_a_perfect_ranking_lists_the_churners():
    assert maximum_profit([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], Offer()).size == 2
