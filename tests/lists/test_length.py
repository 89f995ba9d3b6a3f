"""What lists of different lengths are expected to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.lists.length import best_length, call_order, ranked_by, what_if
from retain.lists.value import Terms, valued

TERMS = Terms(accept=0.3, incentive=10, contact=1)


def scores(customers=40, value=200.0):
    frame = pd.DataFrame({"churn_probability": np.linspace(0.9, 0.0, customers)})
    return valued(frame, None if value is None else np.full(customers, value), terms=TERMS)


@pytest.mark.parametrize(
    ("saving", "length"),
    [([5, 3, -1], 2), ([5, -1, 3], 3), ([-1, -2], 0), ([], 0), ([3, 0], 1), ([np.nan], 0)],
)
def test_the_best_length_earns_most(saving, length):
    assert best_length(np.array(saving, dtype=float)) == length


def test_each_length_is_what_its_customers_add_up_to():
    table = what_if(scores(), order_by="expected_saving", terms=TERMS).set_index("length")
    first = scores().head(10)
    p = first["churn_probability"]
    assert table.loc[10, "expected_churners"] == pytest.approx(p.sum())
    assert table.loc[10, "contacts_wasted"] == pytest.approx(10 - p.sum())
    assert table.loc[10, "cost"] == pytest.approx((1 + 10 * (1 - p * 0.7)).sum())
    assert table.loc[10, "saved"] == pytest.approx((0.3 * p * 200).sum())
    assert table.loc[10, "profit"] == pytest.approx(first["expected_saving"].sum())


def test_the_most_profitable_length_is_among_those_shown():
    table = what_if(scores(), order_by="expected_saving", terms=TERMS)
    earned = scores()["expected_saving"]
    assert table["length"].tolist() == [10, 20, 30, int((earned > 0).sum()), 40]
    assert table["profit"].max() == pytest.approx(earned[earned > 0].sum())


def test_a_large_business_is_shown_in_steps():
    table = what_if(scores(25_000), order_by="expected_saving", terms=TERMS)
    assert len(table) <= 105
    assert (table["length"].iloc[0], table["length"].iloc[-1]) == (10, 25_000)


def test_without_values_money_is_empty_and_churners_are_counted():
    table = what_if(scores(value=None), order_by="expected_saving", terms=TERMS)
    assert table[["cost", "saved", "profit"]].isna().all(axis=None)
    assert table["expected_churners"].iloc[-1] == pytest.approx(18)


def test_nobody_makes_an_empty_table():
    assert what_if(scores(0), order_by="expected_saving", terms=TERMS).empty


def test_customers_without_a_value_come_after_those_with_one():
    frame = pd.DataFrame({"churn_probability": [0.9, 0.5, 0.6], "value_at_risk": [np.nan, 10.0, 30.0]})
    assert call_order(frame, "value_at_risk").tolist() == [2, 1, 0]
    assert call_order(frame, "churn_probability").tolist() == [0, 2, 1]


def test_a_business_without_values_is_ranked_by_probability():
    assert ranked_by(scores(value=None), "expected_saving") == "churn_probability"
