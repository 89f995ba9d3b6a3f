"""Boosted trees asked column by column."""

from __future__ import annotations

import pickle

import lightgbm as lgb
import numpy as np
import pytest

from retain.learning import forest
from retain.learning.forest import Forest

ROWS = 3_000


def rows(n=ROWS, *, seed=0):
    """Counts, money, days, each sometimes unknown; one never; a category's codes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 40, (n, 6)).astype(np.float32)
    X[:, 1] = rng.poisson(2, n)
    X[rng.uniform(size=(n, 6)) < 0.15] = np.nan
    X[:, 4] = rng.exponential(30, n)
    X[:, 5] = rng.integers(0, 9, n)
    return X


def trained(X, *, categories=(), **settings):
    """A booster of a target that every column has its part in."""
    signal = np.nan_to_num(X, nan=-7) @ np.arange(1, 7) + 40 * np.isin(X[:, 5], [1, 4, 6])
    data = lgb.Dataset(X, label=signal, categorical_feature=list(categories), params={"verbosity": -1})
    given = {"verbosity": -1, "num_threads": 1, "seed": 0, "min_data_in_leaf": 5, **settings}
    return lgb.train(given, data, num_boost_round=30)


def unseen():
    """Other rows, some with values that training did not have: unknown, zero, far away, on a threshold."""
    X = rows(seed=1)
    X[:50, 4], X[50:90], X[90:120] = np.nan, 0.0, 3e38
    X[120:150, 5] = [-3, -0.5, 200] * 10
    return X


@pytest.mark.parametrize("leaves", [2, 7, 15, 31, 63])
@pytest.mark.parametrize("how", [{}, {"extra_trees": True}, {"use_missing": False}])
def test_sums_are_lightgbms_to_the_last_bit(leaves, how):
    booster = trained(rows(), num_leaves=leaves, **how)
    found = Forest(booster).raw(unseen(), threads=1)
    assert Forest(booster)._trees is not None
    assert np.array_equal(found, booster.predict(unseen(), raw_score=True))


def test_categories_go_where_lightgbm_sends_them():
    booster = trained(rows(), categories=[5], num_leaves=15)
    assert "==" in str(booster.dump_model())
    assert np.array_equal(Forest(booster).raw(unseen(), threads=1), booster.predict(unseen(), raw_score=True))


def test_a_value_on_a_threshold_goes_left():
    booster = trained(rows(), num_leaves=15)
    edges = [question.threshold for tree in Forest(booster)._trees for byte in tree.bytes_
             for question in byte.questions]  # fmt: skip
    X = np.resize(np.array(edges, dtype=np.float32), (ROWS, 6))
    assert np.array_equal(Forest(booster).raw(X, threads=1), booster.predict(X, raw_score=True))


def test_columns_may_lie_either_way_and_pieces_have_any_size(monkeypatch):
    booster, X = trained(rows(), num_leaves=31), unseen()
    monkeypatch.setattr(forest, "PIECE", 777)
    found = Forest(booster).raw(np.asfortranarray(X), threads=1)
    assert np.array_equal(found, booster.predict(X, raw_score=True))


@pytest.mark.parametrize("how", [{"num_leaves": 100}, {"zero_as_missing": True}, {"linear_tree": True}])
def test_trees_of_another_kind_are_left_to_lightgbm(how):
    booster = trained(rows(), **how)
    assert Forest(booster)._trees is None
    assert np.array_equal(Forest(booster).raw(unseen(), threads=1), booster.predict(unseen(), raw_score=True))


def test_few_rows_are_left_to_lightgbm_and_nothing_is_got_ready():
    trees = Forest(trained(rows(), num_leaves=15))
    trees.raw(rows(10), threads=1)
    assert "_trees" not in vars(trees)


def test_what_was_got_ready_is_not_packed():
    trees = Forest(trained(rows(), num_leaves=15))
    before = trees.raw(unseen(), threads=1)
    again = pickle.loads(pickle.dumps(trees))
    assert "_trees" not in vars(again)
    assert np.array_equal(again.raw(unseen(), threads=1), before)
