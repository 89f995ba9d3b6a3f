"""Risk at several horizons: rising, true to a known hazard, and through the model's own probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from retain.learning.concordance import concordance
from retain.learning.dataset import Dataset
from retain.learning.feature import FeatureColumn
from retain.learning.horizons import fit_curve
from retain.learning.lifetimes import Lifetimes
from retain.learning.matrix import MatrixSpec
from retain.learning.model import Model
from retain.learning.recipe import Recipe, Workbench


def subscribers(customers=6000):
    """Exponential lives with a hazard that one column tells; followed for 100 to 500 days."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=customers)
    hazard = 0.002 * np.exp(0.8 * x)
    life, followed = np.floor(rng.exponential(1 / hazard)), rng.integers(100, 500, customers).astype(float)
    lost = np.where(life < followed, life, np.inf)
    X = pd.DataFrame({"x": x, "tenure": rng.uniform(0, 900, customers)}).astype(np.float32)
    rows = Dataset(
        customer_id=np.array([f"c{n}" for n in range(customers)], dtype=object),
        cutoff=np.full(customers, "2020-01-01", dtype="datetime64[D]"),
        churned=lost < 60,
        X=X,
        columns=tuple(FeatureColumn(name, "f", name) for name in X),
        spec=MatrixSpec(layout=None),
        horizon=60,
        facts=pd.DataFrame(index=X.index),
    )
    return rows, Lifetimes(lost, followed), hazard


@pytest.fixture(scope="module")
def made():
    rows, lives, hazard = subscribers()
    model = Model("logit", LogisticRegression)
    found = fit_curve(Workbench(7), model, Recipe("logit"), rows, lives)
    assert found is not None
    return rows, hazard, *found


def test_the_risk_rises_with_the_horizon_and_meets_the_models_own(made):
    rows, hazard, curve, _ = made
    p = 1 - np.exp(-60 * hazard)
    risks = curve.risks(rows.X, p, horizon=60)
    assert list(risks) == [30, 60, 90, 365]
    np.testing.assert_array_equal(risks[60], p)
    assert (np.diff(np.column_stack(list(risks.values())), axis=1) >= 0).all()


def test_a_known_hazard_is_recovered_at_each_horizon(made):
    rows, hazard, curve, _ = made
    risks = curve.risks(rows.X, 1 - np.exp(-60 * hazard), horizon=60)
    for days, risk in risks.items():
        true = 1 - np.exp(-days * hazard)
        assert abs(risk.mean() - true.mean()) < 0.02
        assert np.abs(risk - true).mean() < 0.05


def test_the_report_holds_risks_against_what_became_of_customers(made):
    report = made[3]
    assert [one["horizon"] for one in report.calibration] == [30, 60, 90, 365]
    assert all(abs(one["risk"] - one["lost"]) < 0.04 for one in report.calibration)
    assert report.concordance > 0.65 > 0.55 > report.by_tenure


def test_nothing_is_said_where_hardly_anybody_was_lost():
    rows, lives, _ = subscribers(300)
    nobody = Lifetimes(np.full(300, np.inf), lives.followed)
    assert fit_curve(Workbench(7), Model("logit", LogisticRegression), Recipe("logit"), rows, nobody) is None


def test_a_history_of_less_than_the_shortest_horizon_tells_nothing():
    rows, lives, _ = subscribers()
    short = replace(rows, horizon=20), Lifetimes(lives.lost, np.minimum(lives.followed, 25.0))
    assert fit_curve(Workbench(7), Model("logit", LogisticRegression), Recipe("logit"), *short) is None


def test_concordance_counts_pairs_of_which_it_is_known_who_was_lost_first():
    lost, followed = [10, 20, np.inf, np.inf], [30, 30, 30, 15]
    assert concordance([4, 3, 2, 1], lost, followed) == 1
    assert concordance([1, 2, 3, 4], lost, followed) == 0
    assert concordance([1, 1, 1, 1], lost, followed) == 0.5
    assert np.isnan(concordance([1, 2], [np.inf, np.inf], [5, 5]))
