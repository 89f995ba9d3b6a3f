"""The features that ship: what each says of customers whose whole history fits on a page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.events.tables import ACTIVITY
from retain.learning.feature import Layout
from retain.learning.matrix import MatrixSpec, matrix
from shipped import FOLDER, SPEC, columns_of, features
from strategies import DAY, KINDS, Event, history

TODAY = 1000


def _order(days_ago, amount=10.0, *, who="a", category=-1):
    return Event(who, (TODAY - days_ago) * DAY, label=category, number=round(amount * 10_000))


def _visit(days_ago, value=None, *, kind="visit", who="a"):
    number = None if value is None else round(value * 10_000)
    return Event(who, (TODAY - days_ago) * DAY, ACTIVITY, KINDS.index(kind), number)


def _row(*rows, who="a"):
    return columns_of(rows, TODAY).loc[who]


REGULAR = [_order(days) for days in (40, 30, 20, 12)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("days_since_last_order", 12),
        ("days_since_2nd_last_order", 20),
        ("days_since_3rd_last_order", 30),
        ("days_since_first_order", 40),
        ("mean_gap", 28 / 3),
        ("std_gap", np.std([10, 10, 8], ddof=1)),
        ("last_gap", 8),
        ("longest_gap", 10),
        ("gap_trend", 8 / (28 / 3)),
        ("gap_share", 12 / (28 / 3)),
        ("gap_share_p90", 12 / 10),
        ("orders_7d", 0),
        ("orders_30d", 3),  # the one 30 days ago is inside
        ("orders_90d", 4),
        ("orders", 4),
        ("order_days_30d", 3),
        ("order_pace_30d", (3 / 30) / (4 / 40)),
        ("order_pace_90d", (4 / 90) / (4 / 40)),
        ("active_weeks_28d", 2 / 4),
        ("active_weeks_91d", 4 / 13),
    ],
)
def test_a_regular_customer(column, value):
    assert _row(*REGULAR)[column] == pytest.approx(value)


SPENDER = [_order(300, 100), _order(20, 30), _order(10, 10), _order(5, -8)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spend_7d", 0),
        ("spend_30d", 40),
        ("spend", 140),  # returns are apart
        ("mean_order_30d", 20),
        ("largest_order_30d", 30),
        ("largest_order", 100),
        ("last_order_amount", 10),
        ("spend_pace_30d", (40 / 30) / (140 / 300)),
        ("return_share_90d", 1 / 2),
        ("return_share", 1 / 3),
        ("return_spend_share_90d", 8 / 40),
        ("return_spend_share", 8 / 140),
    ],
)
def test_a_customer_who_spends_and_sends_back(column, value):
    assert _row(*SPENDER)[column] == pytest.approx(value)


VISITOR = [_visit(80, 1), _visit(20, 5), _visit(20, 3), _visit(3), _visit(2, kind="login"), _order(60)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("events_visit_7d", 1),
        ("events_visit_30d", 3),
        ("events_login_7d", 1),
        ("days_since_visit", 3),
        ("days_since_login", 2),
        ("pace_visit_30d", (3 / 30) / (4 / 80)),
        ("event_days_visit_30d", 2),
        ("event_weeks_visit_91d", 3),
        ("mean_value_visit_90d", 3),
        ("mean_value_visit", 3),
        ("active_days_30d", 3),
        ("active_days", 4),
        ("days_since_last_activity", 2),
        ("days_since_first_activity", 80),
    ],
)
def test_a_customer_who_visits(column, value):
    assert _row(*VISITOR)[column] == pytest.approx(value)


def test_the_last_value_is_that_of_the_last_row_even_if_unknown():
    assert np.isnan(_row(*VISITOR)["last_value_visit"])
    assert _row(_visit(9, 1), _visit(3, 4))["last_value_visit"] == 4


BUYER = [_order(300, category=0), _order(200, category=0), _order(30, category=1)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("categories_90d", 1), ("categories", 2), ("favourite_share", 2 / 3), ("days_since_favourite", 200)],
)
def test_a_customer_s_assortment(column, value):
    assert _row(*BUYER)[column] == pytest.approx(value)


def test_a_first_order_has_a_date_but_no_gap():
    row = _row(_order(3))
    assert (row["days_since_last_order"], row["days_since_first_order"], row["orders"]) == (3, 3, 1)
    unknown = ["days_since_2nd_last_order", "mean_gap", "std_gap", "gap_share", "gap_share_p90", "gap_trend"]
    assert row[unknown].isna().all()


def test_an_order_yesterday_is_one_day_old():
    assert _row(_order(1))["days_since_last_order"] == 1


def test_a_dormant_customer_is_a_row():
    row = _row(_order(900), _order(800))
    assert (row["orders_365d"], row["orders"], row["spend_365d"], row["gap_share"]) == (0, 2, 0, 8)
    assert np.isnan(row["order_pace_30d"])  # there is no pace of the past year to compare with


def test_a_customer_with_activity_but_no_order_is_a_row():
    row = _row(_visit(3))
    assert (row["orders"], row["spend"], row["events_visit_7d"]) == (0, 0, 1)
    assert np.isnan(row["days_since_last_order"])


def test_a_customer_with_an_order_but_no_activity_is_a_row():
    row = _row(_order(3), _visit(3, who="b"))
    assert (row["events_visit_365d"], row["active_days_30d"]) == (0, 0)
    assert row[["days_since_visit", "days_since_last_activity", "pace_visit_30d"]].isna().all()


def test_no_feature_is_infinite():
    rows = [
        *REGULAR,
        *SPENDER,
        *VISITOR,
        *BUYER,
        _order(3, 0, who="b"),
        _order(1, -5, who="c"),
        _visit(1, who="d"),
    ]
    assert not np.isinf(columns_of(rows, TODAY)).any(axis=None)


@pytest.mark.parametrize(
    ("roles", "families"),
    [
        ({"orders": {"customer", "time"}}, {"recency", "frequency"}),
        ({"orders": {"customer", "time", "amount"}}, {"recency", "frequency", "monetary"}),
        ({"orders": {"customer", "time", "category"}}, {"recency", "frequency", "assortment"}),
        ({"activity": {"customer", "time"}}, {"engagement"}),
    ],
)
def test_families_need_what_their_features_read(roles, families):
    layout = Layout({table: frozenset(given) for table, given in roles.items()}, kinds=KINDS)
    columns = [column for column, _ in MatrixSpec(layout).columns(features())]
    assert {column.family for column in columns} == families


def test_every_feature_has_a_family_and_a_line_of_documentation():
    assert {one.family for one in features()} == {file.stem for file in FOLDER.glob("*.py")}
    assert [one.name for one in features() if not one.doc] == []


def test_columns_are_named_by_feature_kind_and_window():
    for column, _ in SPEC.columns(features()):
        window = "" if column.window is None else f"_{column.window}d"
        kind = "" if column.kind is None else f"_{column.kind}"
        assert column.name == f"{column.feature}{kind}{window}"


def test_a_matrix_of_nobody_has_its_columns():
    past = history([_order(3)])
    view = past.view(TODAY, chosen=np.zeros(0, dtype=np.int64))
    made = matrix(past, view, SPEC.columns(features()), SPEC)
    assert isinstance(made, pd.DataFrame)
    assert made.shape == (0, len(SPEC.columns(features())))


@pytest.mark.parametrize("name", ["days_since", "days_since_last_activity"])
def test_an_absence_of_days_is_only_said_when_it_is_longer_than_a_week(name):
    (one,) = (each for each in features() if each.name == name)
    assert one.normal == 7
    assert all("{rise:if}" in template for template in one.says)
