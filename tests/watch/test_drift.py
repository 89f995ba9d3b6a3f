"""The customers scored now against those of the training."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from retain.learning.feature import FeatureColumn
from retain.watch.drift import OTHERS, Population, Reference, compare

COLUMNS = (
    FeatureColumn("orders_30d", "frequency", "orders", 30, doc="Orders in the window."),
    FeatureColumn("tenure", "recency", "tenure", doc="Days since the first order."),
    FeatureColumn("country", "attributes", "country", doc="The customer's country.", categorical=True),
)
IMPORTANCE = (("orders_30d", 3.0), ("country", 1.0))


def customers(rows=4000, *, seed=1, orders=2.0, abroad=0.2, tenure=200.0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "orders_30d": draw.poisson(orders, rows),
            "tenure": draw.exponential(tenure, rows),
            "country": np.where(draw.uniform(size=rows) < abroad, 2.0, 1.0),
        }
    )


def reference(importance=IMPORTANCE):
    X = customers()
    return Reference.of(
        X,
        _risk(X),
        columns=COLUMNS,
        cutoff="2011-06-01",
        importance=importance,
        attributes={"country": ("UK", "abroad")},
    )


def _risk(X):
    return 1 / (2 + X["orders_30d"])


def drift(importance=IMPORTANCE, **changes):
    X, known = customers(seed=2, **changes), reference(importance)
    return compare(known, known.count(X, _risk(X)))


def test_other_customers_of_the_same_kind_are_no_drift():
    found = drift()
    assert found.moved == ()
    assert found.scores.level == "none"
    assert not found.exceeds(0.05)


def test_a_feature_that_moved_is_told_in_plain_words():
    found = drift(orders=4.0)
    first = found.moved[0]
    assert first.meaning == "Orders in the window (last 30 days)"
    assert first.how == "median 2, now 4"
    assert (first.weight, first.shift.level) == (0.75, "large")
    assert found.exceeds(0.25)
    assert found.mean_now < found.mean_before


def test_a_category_that_grew_is_told_by_its_value():
    (first,) = drift(abroad=0.5).moved
    assert (first.name, first.shift.level) == ("country", "large")
    assert first.how.startswith(("UK: 8", "abroad: 2"))


def test_what_the_model_does_not_look_at_is_left_out():
    found = drift(tenure=400.0)
    assert next(one for one in found.features if one.name == "tenure").shift.level == "large"
    assert found.moved == ()
    assert found.features_size < 0.01


def test_without_importances_every_feature_counts_alike():
    found = drift(importance=(), tenure=400.0)
    assert [one.name for one in found.moved] == ["tenure"]
    assert found.moved[0].weight is None


def test_both_come_back_from_json():
    known = reference()
    counted = known.count(customers(300), np.full(300, 0.2))
    assert Reference.from_json(json.loads(json.dumps(known.to_json()))) == known
    assert Population.from_json(json.loads(json.dumps(counted.to_json()))) == counted


def test_a_column_that_is_no_longer_there_is_not_compared():
    X = customers().drop(columns="tenure")
    known = reference()
    assert [one.name for one in compare(known, known.count(X, _risk(X))).features] == [
        "orders_30d",
        "country",
    ]


def test_an_unseen_category_is_counted_with_the_others():
    X = customers().assign(country=0.0)
    known = reference()
    first = next(one for one in compare(known, known.count(X, _risk(X))).features if one.name == "country")
    assert known.columns[2].labels[0] == OTHERS
    assert first.how == "any other value: 0%, now 100%"


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_anybody_to_compare_is_no_drift(rows):
    assert not drift(rows=rows).exceeds(0.25)


def test_a_value_that_became_unknown_is_a_drift():
    X = customers().assign(orders_30d=float("nan"))
    known = reference()
    first = compare(known, known.count(X, np.full(len(X), 0.3))).features[0]
    assert first.how == "not known: 0%, now 100%"


def test_one_feature_that_moves_without_end_is_no_drift_of_all():
    found = drift(importance=(("orders_30d", 0.9), ("tenure", 0.1)), tenure=20_000.0)
    assert found.moved[0].shift.size > 3
    assert found.features_size == pytest.approx(0.1, abs=0.02)
