"""A business and a training of it, small enough to write down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from retain import tracking
from retain.learning.calibration import Sigmoid
from retain.learning.scorer import Scorer


@dataclass(frozen=True)
class Business:
    """What tracking asks of a configuration."""

    name: str
    tracking_uri: str

    def public(self):
        return {"name": self.name, "password": "***"}


def features(rows=20):
    values = np.random.default_rng(1).normal(size=(rows, 2)).astype(np.float32)
    return pd.DataFrame(values, columns=["orders_30d", "mean_gap"])


def scorer(estimator=None):
    X = features()
    fitted = (estimator or LogisticRegression()).fit(X, X["orders_30d"] > 0)
    return Scorer("gbm", fitted, Sigmoid(0.5, -0.1), tuple(X.columns))


def record(*, champion=True, estimator=None, **changes):
    package = tracking.Package(
        scorer=scorer(estimator),
        spec={"columns": ["orders_30d", "mean_gap"]},
        sources={"features/frequency.py": "def orders(span): ..."},
        metadata={"horizon": 60},
    )
    values = {
        "metrics": {"gbm": {"auc": 0.8}, "recency": {"auc": 0.7}},
        "params": {"gbm.n_estimators": 50},
        "tags": {"label": "model", "cutoff": "2011-09-01"},
        "pictures": {"gains.png": b"\x89PNG"},
        "importance": (("orders_30d", 1.5),),
    }
    return tracking.TrainingRecord(package, champion, features(3), **(values | changes))
