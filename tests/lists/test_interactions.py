"""What the segments' rules ask of orders, answered by activity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.learning.feature import FeatureColumn
from retain.lists.interactions import by_activity

COLUMNS = tuple(
    FeatureColumn(f"events_{kind}_{days}d", "engagement", "events", days, kind)
    for kind in ("login", "call")
    for days in (30, 90, 365)
)
FACTS = pd.DataFrame({"days_since_last": [20.0, 5.0], "usual_gap": [4.0, np.nan]})


def rows(**changes):
    counts = {column.name: [column.window / 10, 0.0] for column in COLUMNS}
    known = {"active_days": [40.0, 1.0], "days_since_first_activity": [900.0, 5.0]}
    return pd.DataFrame({**counts, **known, **changes})


def test_days_gaps_and_first_activity_stand_for_those_of_orders():
    found = by_activity(rows(), COLUMNS, facts=FACTS)
    assert found["order_days"].tolist() == [40.0, 1.0]
    assert found["days_since_first_order"].tolist() == [900.0, 5.0]
    assert found["gap_share"].tolist()[0] == 5.0
    assert np.isnan(found["gap_share"][1])


def test_the_pace_is_that_of_all_kinds_against_the_year():
    found = by_activity(rows(events_login_30d=[0.0, 0.0]), COLUMNS, facts=FACTS)
    assert found["order_pace_90d"][0] == pytest.approx(1.0)
    assert found["order_pace_30d"][0] == pytest.approx(0.5)
    assert np.isnan(found["order_pace_30d"][1])  # nothing in the year, nothing to fall from


def test_what_the_orders_say_stays():
    assert by_activity(rows(order_days=[7.0, 7.0]), COLUMNS, facts=FACTS)["order_days"].tolist() == [7.0, 7.0]


def test_without_features_of_activity_only_the_gap_is_known():
    found = by_activity(pd.DataFrame({"age": [1.0, 2.0]}), (), facts=FACTS)
    assert list(found) == ["age", "gap_share"]
