"""A backtest of generated customers, small enough to be made in a second."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import shops
from retain import model
from retain.learning.backtest import backtest
from retain.learning.dataset import Dataset
from retain.learning.feature import FeatureColumn, Layout
from retain.learning.matrix import MatrixSpec
from retain.project import load_definitions

HORIZON, EVERY = 60, 30
COLUMNS = (
    FeatureColumn(
        "days_since_last_order", "recency", "days_since_last_order", doc="Days since the last order."
    ),
    FeatureColumn("orders_90d", "frequency", "orders", 90, doc="Orders in the window."),
)


class Logit(LogisticRegression):
    """A logistic regression that explains itself."""

    def fit(self, X, y, sample_weight=None):
        self.mean_ = X.to_numpy(float).mean(axis=0)
        return super().fit(X, y, sample_weight)

    def contributions(self, X):
        return (X.to_numpy(float) - self.mean_) * self.coef_[0]


@model
def logit():
    """A model in little."""
    return Logit()


def rows(*, cutoffs=7, customers=300, signal=1.0, seed=3):
    """Customers every 30 days from 2011-01-01; they churn the more, the longer away and the fewer orders."""
    generator = np.random.default_rng(seed)
    days = np.repeat(np.datetime64("2011-01-01") + EVERY * np.arange(cutoffs), customers)
    away = generator.exponential(35, size=len(days)).round()
    orders = generator.poisson(3, size=len(days))
    odds = signal * (0.8 * np.log((away + 1) / 20) - 0.7 * (orders - 3))
    X = pd.DataFrame({"days_since_last_order": away, "orders_90d": orders}).astype(np.float32)
    return Dataset(
        customer_id=np.tile(np.arange(customers).astype(str).astype(object), cutoffs),
        cutoff=days,
        churned=generator.uniform(size=len(days)) < 1 / (1 + np.exp(-odds)),
        X=X,
        columns=COLUMNS,
        spec=MatrixSpec(Layout()),
        horizon=HORIZON,
        facts=pd.DataFrame({"days_since_last": away}),
    )


def config(folder=Path(), **keys):
    """A shop whose training searches nothing."""
    training = {"trials": 0, "every": EVERY, **keys.pop("training", {})}
    table = {"source": "orders.csv", "columns": shops.ORDERS}
    keys = {"list": {"capacity": 50}, "orders": table, **keys}
    return shops.config(folder, horizon=HORIZON, active_within=2 * HORIZON, training=training, **keys)


def models(*names, chosen=logit):
    """The model in little, and of those that ship the ones that are named."""
    shipped = load_definitions(Path(__file__).parents[1]).models
    return {chosen.name: chosen, **{name: shipped[name] for name in names}}


def evaluated(data=None, *, folds=3, names=("recency", "no_order", "prior"), chosen=logit, **keys):
    """The backtest of `data`."""
    return backtest(
        rows() if data is None else data,
        models=models(*names, chosen=chosen),
        chosen=chosen.name,
        config=config(**keys),
        folds=folds,
    )


@cache
def found():
    """A backtest to look at."""
    return evaluated()


def shuffled(data, seed=1):
    """The rows with the outcomes dealt out anew: nothing to learn."""
    return replace(data, churned=np.random.default_rng(seed).permutation(data.churned))
