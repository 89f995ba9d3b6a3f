import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retain.learning.model import Model

MODELS = Path(__file__).parents[1] / "models"
RULES = {"no_order", "own_gap", "prior", "recency", "tenure"}
SPEND = {"value"}
NAMES = sorted({path.stem for path in MODELS.glob("*.py")} - SPEND)


def defined(name):
    found = [
        value for value in runpy.run_path(str(MODELS / f"{name}.py")).values() if isinstance(value, Model)
    ]
    assert len(found) == 1
    return found[0]


def customers(n=300, seed=0):
    rng = np.random.default_rng(seed)
    last, repeats = rng.exponential(40, n).round() + 1, rng.integers(0, 5, n)
    X = pd.DataFrame(
        {
            "days_since_last_order": last,
            "days_since_first_order": last + 20 * repeats,
            "order_days": repeats + 1,
            "orders": repeats + 1,
            "spend": rng.exponential(100, n),
            "tenure": last,
        }
    )
    return X.astype(np.float32), rng.uniform(size=n) < last / (last + 40)


@cache
def fitted(name):
    takes_horizon = name in {"bg_nbd", "no_order", "pareto_nbd", "tenure"}
    X, churned = customers()
    return defined(name).build(**({"horizon": 60} if takes_horizon else {})).fit(X, churned, np.ones(len(X)))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_named_like_its_file_and_says_what_it_is(name):
    model = defined(name)
    assert model.name == name
    assert model.doc.endswith(".")
    assert model.rule == (name in RULES)


@pytest.mark.parametrize("name", NAMES)
def test_every_model_gives_each_customer_two_probabilities(name):
    X, _ = customers()
    proba = fitted(name).predict_proba(X)
    assert proba.shape == (len(X), 2)
    assert proba.sum(axis=1) == pytest.approx(1)
    assert ((proba >= 0) & (proba <= 1)).all()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"prior"}))
def test_every_model_but_the_prior_explains_itself_feature_by_feature(name):
    X, _ = customers()
    contributions = fitted(name).contributions(X)
    assert contributions.shape == X.shape
    assert np.isfinite(contributions).all()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"prior"}))
def test_every_model_but_the_prior_finds_the_absent(name):
    X, churned = customers()
    churn = fitted(name).predict_proba(X)[:, 1]
    assert churn[churned].mean() > churn[~churned].mean()


def test_the_prior_is_the_same_for_everyone():
    X, churned = customers()
    churn = fitted("prior").predict_proba(X)[:, 1]
    assert churn == pytest.approx(churned.mean())


@pytest.mark.parametrize("name", sorted(SPEND))
def test_a_model_of_spending_says_that_it_predicts_no_churn(name):
    model = defined(name)
    assert (model.name, model.predicts) == (name, "spend")
    X, churned = customers()
    spent = X["spend"] * ~churned
    assert (model.build(n_jobs=1).fit(X, spent).predict(X) >= 0).all()
