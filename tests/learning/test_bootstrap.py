"""Intervals over customers, and pairs of models on the same draws."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from retain.learning.bootstrap import (
    Replicates,
    Terms,
    Trial,
    _Ranking,
    bootstrap,
    bootstrap_together,
    interval,
)
from retain.learning.metrics import evaluate


def names():
    return [field.name for field in fields(Replicates)]


def sample(rows=300):
    generator = np.random.default_rng(3)
    p = np.round(generator.uniform(0.05, 0.95, size=rows), 1)
    return generator.uniform(size=rows) < p, p


def test_weighted_figures_equal_scikit_learns():
    y, p = sample()
    weight = np.random.default_rng(4).integers(0, 4, size=len(y)).astype(float)
    found = dict(zip(names(), _Ranking.of(y, p).measure(weight, Terms()), strict=True))
    assert found["auc"] == pytest.approx(roc_auc_score(y, p, sample_weight=weight))
    assert found["log_loss"] == pytest.approx(log_loss(y, p, sample_weight=weight))
    assert found["average_precision"] == pytest.approx(average_precision_score(y, p, sample_weight=weight))
    assert found["brier"] == pytest.approx(brier_score_loss(y, p, sample_weight=weight))


def test_everybody_drawn_once_gives_the_figures_of_metrics():
    y, p = sample()
    found = dict(zip(names(), _Ranking.of(y, p).measure(np.ones(len(y)), Terms(capacity=40)), strict=True))
    figures = evaluate(y, p, capacity=40)
    assert found == pytest.approx({name: getattr(figures, name) for name in names()})


def test_a_customer_of_two_tests_is_drawn_in_both():
    y, p = sample()
    who = np.arange(len(y))
    first, second = bootstrap_together([Trial(y, {"m": p}, who)] * 2, replicates=20)
    assert np.array_equal(first["m"].auc, second["m"].auc)


def test_the_interval_holds_the_figure():
    y, p = sample()
    low, high = interval(bootstrap(y, {"m": p})["m"].auc)
    assert low < roc_auc_score(y, p) < high
    assert high - low < 0.2


def test_two_models_see_the_same_customers():
    y, p = sample()
    found = bootstrap(y, {"one": p, "same": p}, replicates=50)
    assert np.array_equal(found["one"].log_loss, found["same"].log_loss)


def test_a_seed_repeats_the_draws():
    y, p = sample()
    first, again = (bootstrap(y, {"m": p}, replicates=20, seed=1)["m"].auc for _ in range(2))
    assert np.array_equal(first, again)


def test_rows_of_one_customer_are_drawn_together():
    y, p = sample()
    thrice = [np.repeat(part, 3) for part in (y, p, np.arange(len(y)))]
    apart = interval(bootstrap(thrice[0], {"m": thrice[1]})["m"].auc)
    together = interval(bootstrap(thrice[0], {"m": thrice[1]}, customers=thrice[2])["m"].auc)
    assert together[1] - together[0] > 1.4 * (apart[1] - apart[0])


def test_no_interval_where_only_one_class_is_there():
    found = bootstrap(np.zeros(5, bool), {"m": np.linspace(0.1, 0.5, 5)}, replicates=5)["m"]
    assert np.isnan(interval(found.auc)).all()
