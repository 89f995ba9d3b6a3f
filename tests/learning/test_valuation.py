"""Models of spending compared on a later cutoff."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from learning.test_spending import customers
from retain.learning.dataset import Dataset
from retain.learning.feature import Layout
from retain.learning.matrix import MatrixSpec
from retain.learning.model import Model
from retain.learning.spend_horizon import SpendHorizon
from retain.learning.spending import SpendRegressor
from retain.learning.valuation import BTYD, HISTORIC, figures, fit_value

START = date(2020, 1, 1)
TREES = Model("value", lambda: SpendRegressor(n_estimators=30, n_jobs=1), predicts="spend")
QUARTER = SpendHorizon(90, 90)


def rows(*, cutoffs=(0, 120), known=(True, True)):
    """Customers at cutoffs, with what they went on to spend where that is known."""
    parts = [customers(300, seed=number) for number, _ in enumerate(cutoffs)]
    spent = np.concatenate(
        [y if there else np.full(300, np.nan) for (_, y), there in zip(parts, known, strict=True)]
    )
    days = np.repeat(np.datetime64(START) + np.array(cutoffs), 300)
    return Dataset(
        customer_id=np.tile(np.arange(300).astype(str).astype(object), len(cutoffs)),
        cutoff=days,
        churned=np.nan_to_num(spent, nan=1.0) <= 0,
        X=pd.concat([X for X, _ in parts], ignore_index=True),
        columns=(),
        spec=MatrixSpec(Layout()),
        horizon=30,
        facts=pd.DataFrame(index=np.arange(len(days))),
        spent=spent,
    )


class Oracle(BaseEstimator):
    """Knows that customers keep their rate, and that whoever stays orders once at least."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        orders = (X["order_days"] / X["days_since_first_order"] * 90).clip(lower=1)
        return (orders * X["spend"] / X["order_days"]).to_numpy(float)


class Blind(Oracle):
    """Expects the same of everybody."""

    def predict(self, X):
        return np.full(len(X), 1000.0)


def test_all_three_are_compared_on_the_later_cutoff():
    report = fit_value(rows(), model=TREES, horizon=QUARTER, seed=7).report
    assert set(report.figures) == {"value", HISTORIC, BTYD}
    assert report.cutoff == START + timedelta(days=120)
    assert report.customers == int((~rows().churned[300:]).sum())


@pytest.mark.parametrize(("estimator", "wins"), [(Oracle, True), (Blind, False)])
def test_the_model_is_used_where_it_is_better(estimator, wins):
    valuation = fit_value(rows(), model=Model("value", estimator), horizon=QUARTER, seed=7)
    assert (valuation.report.chosen == "value") == wins
    assert valuation.model.name == valuation.report.chosen


def test_a_value_goes_on_to_the_horizon_asked_for():
    known = rows()
    once, on = (
        fit_value(known, model=Model("value", Oracle), horizon=SpendHorizon(90, asked), seed=7).model
        for asked in (90, 360)
    )
    times = on.predict(known.X) / once.predict(known.X)
    assert ((times > 1) & (times <= 4)).all()
    often = (known.X["order_days"] >= 12).to_numpy()
    assert times[often].mean() > times[~often].mean()


def test_a_horizon_that_is_not_over_teaches_nothing():
    complete = fit_value(rows(cutoffs=(0, 120)), model=TREES, horizon=QUARTER, seed=7)
    open_ended = rows(cutoffs=(0, 120, 240), known=(True, True, False))
    assert fit_value(open_ended, model=TREES, horizon=QUARTER, seed=7).report == complete.report


def test_rows_whose_horizon_reaches_into_the_test_teach_nothing_before_it():
    late = fit_value(rows(cutoffs=(0, 60)), model=TREES, horizon=QUARTER, seed=7)
    assert late.report.figures == {}
    assert late.report.chosen == HISTORIC
    assert "untested" in late.report.notes[-1]


def test_the_same_seed_gives_the_same_values():
    known = rows()
    first, second = (fit_value(known, model=TREES, horizon=QUARTER, seed=3).model for _ in range(2))
    assert (first.predict(known.X) == second.predict(known.X)).all()


def test_a_business_without_amounts_gets_no_values_and_is_told_so():
    without = replace(rows(), X=rows().X.drop(columns="spend"))
    valuation = fit_value(without, model=TREES, horizon=QUARTER, seed=7)
    assert valuation.model is None
    assert "ranked by churn probability" in valuation.report.notes[0]


def test_the_report_is_a_document():
    document = fit_value(rows(), model=TREES, horizon=QUARTER, seed=7).report.to_json()
    assert document["figures"][BTYD].keys() == {"total_ratio", "rank_correlation", "top_20", "deviance"}
    assert document["cutoff"] == "2020-04-30"


def test_a_perfect_prediction():
    found = figures([0.0, 10.0, 20.0, 30.0, 40.0], [0.0, 10.0, 20.0, 30.0, 40.0])
    assert (found.total_ratio, found.rank_correlation, found.top_20) == pytest.approx((1, 1, 1))
    assert found.deviance == pytest.approx(0, abs=0.2)


def test_the_top_fifth_is_found_or_missed():
    spent = np.arange(10.0)
    assert figures(spent, [9, 0, 0, 0, 0, 0, 0, 0, 5, 1]).top_20 == 0.5


def test_a_customer_who_sent_back_more_than_they_bought_spent_nothing():
    assert figures([-50.0, 10.0], [0.0, 10.0]).total_ratio == 1
