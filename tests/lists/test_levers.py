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
    assert found["lever"] == "Ordering as often as before: 30 % risk instead of 60 %"
    assert (found["lever_family"], found["lever_risk"]) == ("frequency", pytest.approx(0.3))


def test_a_family_of_ones_own_is_named_plainly():
    assert lever(1.0, 1.0, 1.0)["lever"].startswith("With support as usual for them: 40 % risk")


@pytest.mark.parametrize("before", [0.0, 1.0, np.nan])
def test_nothing_is_said_where_normal_is_no_better(before):
    found = lever(1.0, before, 0.0)
    assert (found["lever"], found["lever_family"]) == ("", "")
    assert np.isnan(found["lever_risk"])


def test_without_anything_to_change_nothing_is_said():
    X = pd.DataFrame({"orders_30d": [1.0], "tickets": [0.0], "age": [3.0]})
    assert levers(X, COLUMNS[3:], scorer=Risk())["lever"].tolist() == [""]


def said(feature, value, normal, *, family="frequency", window=30, kind=None, says="{fall}"):
    """The lever of a customer whose only feature is at `value` and was at `normal`."""
    column = FeatureColumn("one", family, feature, window, kind, (says,), actionable=True, normal="before")
    X = pd.DataFrame({"one": [value], "before": [normal]}, dtype="float32")

    class Off:
        def predict(self, X):
            return np.where(X["one"] == X["before"], 0.31, 0.74)

    return levers(X, (column,), scorer=Off())["lever"].iloc[0]


@pytest.mark.parametrize(
    ("feature", "given", "sentence"),
    [
        ("orders", {}, "Ordering 7 times in 30 days as before, not 2"),
        ("order_days", {}, "Ordering on 7 days of 30 as before, not on 2"),
        ("spend", {"family": "monetary"}, "Spending 7.00 in 30 days as before, not 2.00"),
        ("events", {"kind": "login", "family": "usage"}, "'login' 7 times in 30 days as before, not 2"),
        ("orders", {"window": None}, "Ordering as often as before"),
        ("unheard_of", {"family": "monetary"}, "Spending as much as before"),
    ],
)
def test_it_is_said_with_the_customers_own_numbers(feature, given, sentence):
    assert said(feature, 2.0, 7.0, **given) == f"{sentence}: 31 % risk instead of 74 %"


def test_a_gap_is_back_to_normal_when_it_is_shorter():
    told = said("days_since_last_order", 60.0, 12.0, family="recency", window=None, says="{rise:every day}")
    assert told.startswith("Ordering again, every 12 days as usual:")


def test_what_was_better_than_normal_before_does_not_speak():
    assert said("orders", 9.0, 7.0).startswith("Ordering as often as before:")


def test_an_absence_shorter_than_the_normal_is_not_made_longer():
    column = FeatureColumn("away", "engagement", "days_since", kind="visit", actionable=True, normal=7)

    class Away:
        def predict(self, X):
            return X["away"].to_numpy(float) / 100

    X = pd.DataFrame({"away": [1.0, 30.0]}, dtype="float32")
    assert levers(X, (column,), scorer=Away())["lever_risk"].tolist()[1] == pytest.approx(0.07)
    assert np.isnan(levers(X, (column,), scorer=Away())["lever_risk"][0])
