"""Trained on the past, tested on what came after, refitted on all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression

from learning.rows import HORIZON, sample, turned
from retain.errors import DataError
from retain.learning.classifier import ChurnClassifier
from retain.learning.model import Model
from retain.learning.recipe import Workbench
from retain.learning.training import train

CONFIG = SimpleNamespace(
    churn=SimpleNamespace(horizon=HORIZON),
    training=SimpleNamespace(seed=7, trials=0),
    listing=SimpleNamespace(capacity=50),
    campaign=SimpleNamespace(accept=0.3, incentive=10.0, contact=1.0),
)


class Rule(LogisticRegression):
    def contributions(self, X):
        return X.to_numpy(float) * self.coef_[0]


def trees(**params):
    return LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1, **params)


MODELS = {"gbm": Model("gbm", trees), "recency": Model("recency", Rule, rule=True)}


def trained(data, chosen="gbm"):
    return train(data, models=MODELS, chosen=chosen, config=CONFIG)


@pytest.fixture(scope="module")
def result():
    return trained(sample())


def test_every_model_is_tested_on_the_newest_cutoff(result):
    assert result.cutoff == date(2011, 5, 31)
    assert set(result.metrics) == {"gbm", "recency"}
    assert all(found.customers == 400 and found.auc > 0.7 for found in result.metrics.values())


def test_the_chosen_model_and_the_best_rule_are_refitted(result):
    assert set(result.scorers) == set(result.recipes) == {"gbm", "recency"}
    assert result.notes == ()


def test_a_rule_is_calibrated(result):
    assert result.recipes["recency"].calibration != "none"


def test_two_runs_give_identical_scores(result):
    again, X = trained(sample()), sample().X
    assert np.array_equal(result.scorers["gbm"].predict(X), again.scorers["gbm"].predict(X))
    assert np.array_equal(result.test.predictions["gbm"], again.test.predictions["gbm"])


def test_the_tested_models_know_nothing_of_the_newest_cutoffs(result):
    data = sample()
    late = data.cutoff > np.datetime64("2011-04-01")
    assert np.array_equal(trained(turned(data, late)).test.predictions["gbm"], result.test.predictions["gbm"])


def test_the_refit_has_learnt_from_the_newest_cutoff(result):
    data = sample()
    newest = data.cutoff == np.datetime64("2011-05-31")
    refitted = trained(turned(data, newest)).scorers["gbm"]
    assert not np.allclose(refitted.predict(data.X), result.scorers["gbm"].predict(data.X))


def test_calibration_sees_no_customer_that_its_model_was_fitted_on():
    data, seen = sample(cutoffs=2, customers=50), []

    class Watching(Rule):
        def fit(self, X, y):
            seen.append(set(X.index))
            return super().fit(X, y)

        def predict_proba(self, X):
            mine = set(data.customer_id[list(X.index)])
            assert mine.isdisjoint(data.customer_id[list(seen[-1])])
            return super().predict_proba(X)

    Workbench(seed=7).find(Model("w", Watching), data, at=date(2011, 1, 31))
    assert len(seen) == 6


def test_a_short_history_is_tested_on_unseen_customers_and_says_so():
    result = trained(sample(cutoffs=2))
    assert "No earlier cutoff's horizon" in result.notes[0]
    assert result.metrics["gbm"].customers == 400


def test_importance_names_what_matters_first():
    assert trained(sample(cutoffs=2), chosen="recency").importance[0][0] == "a"


def test_the_recipe_settles_what_was_left_to_the_fit():
    model = Model("gbm", lambda **params: ChurnClassifier(n_jobs=1, **params))
    recipe, scorer = Workbench(seed=7).find(model, sample(cutoffs=1), at=date(2011, 1, 1))
    assert recipe.params == {"n_estimators": scorer.estimator.n_estimators_}


@pytest.mark.parametrize(
    ("churning", "told"),
    [
        (0, "no customers churn in the 800 training rows, and 10 is the least"),
        (1, "1 customer churns in the 800"),
        (9, "9 customers churn in"),
        (400, "no customers stay in"),
    ],
)
def test_nothing_can_be_learnt_from_next_to_no_churners(churning, told):
    data = sample(cutoffs=2)
    names = np.unique(data.customer_id)[:churning]
    with pytest.raises(DataError, match=told):
        trained(replace(data, churned=np.isin(data.customer_id, names)))


def test_a_scorer_takes_columns_in_any_order_and_names_missing_ones(result):
    X = sample().X
    mixed = X.astype(float)[["c", "a", "b"]].assign(extra=1.0)
    assert np.array_equal(result.scorers["gbm"].predict(mixed), result.scorers["gbm"].predict(X))
    with pytest.raises(DataError, match="lack 1 of the model's columns: b"):
        result.scorers["gbm"].predict(X.drop(columns="b"))
