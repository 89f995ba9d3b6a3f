"""How sure a rule is of its own: the fewer the customers, the less."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from retain.learning.refits import drawn, expectation
from retain.learning.rules import BtydClassifier

rule = partial(BtydClassifier, horizon=30)


def histories(customers):
    """Customers who order every few days and stop by chance."""
    generator = np.random.default_rng(2)
    age = generator.uniform(30, 60, size=customers).round()
    repeats = generator.poisson(generator.gamma(1.0, 2.0, size=customers))
    away = np.where(repeats > 0, (age * generator.uniform(size=customers)).round(), age)
    return pd.DataFrame(
        {"days_since_first_order": age, "days_since_last_order": away, "order_days": repeats + 1}
    ).astype(np.float32)


@cache
def expected(customers):
    return refitted(customers)


def refitted(customers):
    X = histories(customers)
    nobody = np.zeros(customers, bool)
    p = rule().fit(X, nobody).predict_proba(X)[:, 1]

    def again(generator):
        weight = drawn(generator, customers)
        return rule().fit(X, nobody, sample_weight=weight).predict_proba(X)[:, 1]

    return expectation(again, p, seed=7, refits=20), p


def test_the_interval_holds_what_is_expected():
    found, p = expected(100)
    assert found.churners == pytest.approx(p.sum())
    assert found.interval[0] < found.churners < found.interval[1]


def test_more_customers_make_it_surer():
    few, many = expected(100)[0], expected(800)[0]
    assert many.customer < few.customer
    width = [(one.interval[1] - one.interval[0]) / one.customers for one in (few, many)]
    assert width[1] < width[0]


def test_the_same_seed_draws_the_same_customers():
    assert refitted(100)[0] == expected(100)[0]


def test_it_says_how_many_and_how_sure():
    found, _ = expected(100)
    low, high = found.interval
    assert f"Of 100 customers as of 2011-09-01 it expects {found.churners:.0f} to churn" in found.says(
        "2011-09-01"
    )
    assert f"95% interval {low:,.0f} to {high:,.0f}" in found.says("2011-09-01")
