"""Rows to learn from, generated: churn follows the first of three columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from retain.learning.dataset import Dataset
from retain.learning.feature import Layout
from retain.learning.matrix import MatrixSpec

HORIZON = 60


def sample(*, cutoffs=6, customers=400, signal=1.5):
    """Snapshots of the same customers every 30 days from 2011-01-01."""
    generator = np.random.default_rng(2)
    days = np.repeat(np.datetime64("2011-01-01") + 30 * np.arange(cutoffs), customers)
    x = generator.normal(size=(len(days), 3)).astype(np.float32)
    return Dataset(
        customer_id=np.tile(np.arange(customers).astype(str).astype(object), cutoffs),
        cutoff=days,
        churned=generator.uniform(size=len(days)) < 1 / (1 + np.exp(-signal * x[:, 0])),
        X=pd.DataFrame(x, columns=["a", "b", "c"]),
        columns=(),
        spec=MatrixSpec(Layout()),
        horizon=HORIZON,
        facts=pd.DataFrame(index=np.arange(len(days))),
    )


def turned(data, where):
    """The rows with the outcome turned over in some of them."""
    return replace(data, churned=data.churned ^ where)


def thinned(data, taken):
    """The rows that a sample leaves of these, as snapshots would make them."""
    churners = np.isin(data.customer_id, data.customer_id[data.churned])
    days = data.cutoff.astype("datetime64[D]").astype(int)
    fair, weight = np.zeros(len(data), dtype=bool), np.ones(len(data))
    for day in np.unique(days):
        here = days == day
        fair[here] = taken.fair(data.customer_id[here], int(day))
        weight[here] = taken.weight(churners[here], int(day))
    drawn = taken.drawn(data.customer_id) & (churners | fair)
    return replace(data, weight=weight, fair=fair).rows(drawn)
