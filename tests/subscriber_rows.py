"""Rows of subscribers with a known hazard, met at several cutoffs while they last."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from retain.learning.dataset import Dataset
from retain.learning.feature import FeatureColumn
from retain.learning.lifetimes import Lifetimes
from retain.learning.matrix import MatrixSpec
from retain.learning.model import Model

DAYS = np.arange("2020-01-01", "2020-05-02", 30, dtype="datetime64[D]")
END = np.datetime64("2021-06-30")
LOGIT = Model("logit", LogisticRegression)


def subscribers(customers=3000, *, days=DAYS, end=END):
    """Exponential lives with a hazard that one column tells, met at each of the days while they last."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=customers)
    life, tenure = np.floor(rng.exponential(1 / hazard_of(x))), rng.uniform(0, 900, customers)
    parts = [
        _met(np.flatnonzero(life >= ago), life - ago, x, tenure + ago) for ago in range(0, 30 * len(days), 30)
    ]
    who = np.concatenate([one for one, _, _ in parts])
    cutoff = np.repeat(days, [len(one) for one, _, _ in parts])
    left = np.concatenate([one for _, one, _ in parts])
    followed = (end - cutoff) / np.timedelta64(1, "D")
    lives = Lifetimes(np.where(left < followed, left, np.inf), followed)
    X = pd.concat([one for _, _, one in parts], ignore_index=True)
    return Dataset(
        customer_id=np.array([f"c{n:05d}" for n in who], dtype=object),
        cutoff=cutoff,
        churned=lives.lost < 60,
        X=X,
        columns=tuple(FeatureColumn(name, "f", name) for name in X),
        spec=MatrixSpec(layout=None),
        horizon=60,
        facts=pd.DataFrame(index=X.index),
        lives=lives,
    )


def _met(who, left, x, tenure):
    X = pd.DataFrame({"x": x[who], "tenure": tenure[who]}).astype(np.float32)
    return who, left[who], X


def hazard_of(x):
    return 0.002 * np.exp(0.8 * x)
