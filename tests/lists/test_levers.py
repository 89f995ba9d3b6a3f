"""What would lower a customer's risk most."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.learning.feature import FeatureColumn
from retain.lists.levers import levers

COLUMNS = (
    FeatureColumn("orders_30d", "frequency", "orders", 30, actionable=True, normal="orders_before_30d"),
    FeatureColumn("orders_before_30d", "frequency", "orders_before", 30),
    FeatureColumn("tickets", "support", "tickets", actionable=True, normal=0),
    FeatureColumn("age", "recency", "age"),
)


class Risk:
    """Falls by a tenth with each order, and rises by a fifth with each ticket."""

    def predict(self, X):
        return np.clip(0.5 - 0.1 * X["orders_30d"] + 0.2 * X["tickets"], 0, 1).to_numpy(float)


def lever(orders, before, tickets):
    X = pd.DataFrame(
        [[orders, before, tickets, 90.0]], columns=[column.name for column in COLUMNS], dtype="float32"
    )
    return levers(X, COLUMNS, scorer=Risk()).iloc[0]


def test_the_family_that_lowers_the_risk_most_is_named():
    found = lever(1.0, 4.0, 1.0)
    assert found["lever"] == "Ordering as often as before, the risk would be 30% instead of 60%"
    assert (found["lever_family"], found["lever_risk"]) == ("frequency", pytest.approx(0.3))


def test_a_family_of_ones_own_is_named_plainly():
    assert lever(1.0, 1.0, 1.0)["lever"].startswith("With support as usual for them, the risk would be 40%")


@pytest.mark.parametrize("before", [0.0, 1.0, np.nan])
def test_nothing_is_said_where_normal_is_no_better(before):
    found = lever(1.0, before, 0.0)
    assert (found["lever"], found["lever_family"]) == ("", "")
    assert np.isnan(found["lever_risk"])


def test_without_anything_to_change_nothing_is_said():
    X = pd.DataFrame({"orders_30d": [1.0], "tickets": [0.0], "age": [3.0]})
    assert levers(X, COLUMNS[3:], scorer=Risk())["lever"].tolist() == [""]
