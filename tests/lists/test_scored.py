"""Scoring chunk by chunk: the same as at once, and only the asked-for features of everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from retain.events.days import to_day
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import Snapshots
from retain.lists.scored import Scoring, joined
from shipped import features
from shops import ORDERS, orders

CUTOFF = date(2020, 2, 1)
ROWS = [f"c{who:02d},2020-01-{1 + who % 28:02d},{who}" for who in range(40)]


@dataclass(frozen=True)
class ByRecency:
    """As likely to be lost as the last order is old."""

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return X["days_since_last_order"].to_numpy(float) / 100


@dataclass(frozen=True)
class Spend:
    """What was spent is expected again."""

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return X["spend"].to_numpy(float)


@dataclass(frozen=True)
class Halved:
    """Half the risk within half the days."""

    def risks(self, X: pd.DataFrame, p: np.ndarray, *, horizon: int) -> dict[int, np.ndarray]:
        return {horizon // 2: p / 2}


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    content = "\n".join(["who,at,paid", *ROWS])
    shop = orders(tmp_path_factory.mktemp("shop"), content, columns={**ORDERS, "amount": "paid"})
    with shop:
        yield shop


@pytest.fixture(scope="module")
def work(events):
    spec, day = fit_spec(events), to_day(CUTOFF)
    rows = Snapshots(spec.columns(features()), spec, events.config.churn, (day,), day, labelled=False)
    return Scoring(rows, ByRecency(), Spend(), Halved(), asked=("spend", "no_such_feature"))


def test_each_customer_has_what_the_models_say(events, work):
    scored = joined(list(events.each(work)))
    assert len(scored) == len(scored.customer_id) == len(scored.facts) == 18
    assert scored.customer_id.iloc[0] == "c11"
    np.testing.assert_allclose(scored.churn_probability, scored.facts["days_since_last"] / 100)
    np.testing.assert_allclose(scored.risks[5], scored.churn_probability / 2)
    assert scored.expected_value.tolist() == scored.asked["spend"].tolist()
    assert list(scored.asked) == ["spend"]


def test_chunks_do_not_show(events, work):
    whole = joined([part for history in events.stream() for part in work(history)])
    apart = joined([part for history in events.stream(chunk_rows=3) for part in work(history)])
    assert whole.customer_id.tolist() == apart.customer_id.tolist()
    assert whole.churn_probability.tolist() == apart.churn_probability.tolist()


def test_features_lie_column_by_column_for_the_trees(events, work):
    (part,) = events.each(work)
    assert part.rows.X.to_numpy().flags.f_contiguous
    assert part.rows.X.to_numpy().dtype == np.float32


def test_a_share_of_the_customers_hand_on_their_features(events, work):
    (part,) = events.each(replace(work, share=0.5))
    assert 0 < len(part.rows) < len(part) == 18


def test_without_a_model_of_value_nobody_has_one(events, work):
    scored = joined(list(events.each(replace(work, value=None, curve=None))))
    assert scored.expected_value is None
    assert scored.risks == {}


def test_the_rules_are_answered_by_activity_where_they_count(events, work):
    (part,) = events.each(replace(work, asked=("gap_share",), by_activity=True))
    assert list(part.asked) == ["gap_share"]


@dataclass(frozen=True)
class Products:
    """As many of whatever is asked for as BLAS has threads meanwhile."""

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return np.full(len(X), float(products_threads()))


def products_threads() -> int:
    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")


def test_products_have_one_thread_while_a_chunk_is_scored(events, work):
    with threadpool_limits(limits=2, user_api="blas"):
        first, *_ = events.each(replace(work, scorer=Products(), value=Products()))
        assert products_threads() == 2
    assert (first.churn_probability == 1).all()
    assert (first.expected_value == 1).all()
