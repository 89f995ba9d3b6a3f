"""Probability, percentile and band of every eligible customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.errors import Refused
from retain.lists import scoring

BANDS = {"high": 0.5, "medium": 0.25}


def scores(**customers: float) -> pd.DataFrame:
    ids = pd.Series(list(customers), dtype="str")
    return scoring.scores(ids, np.array(list(customers.values()), dtype=float), bands=BANDS)


def test_every_customer_has_one_row_in_the_given_order():
    frame = scores(b=0.9, a=0.1, c=0.3)
    assert list(frame.columns) == list(scoring.COLUMNS)
    assert frame["customer_id"].tolist() == ["b", "a", "c"]
    assert frame["churn_probability"].tolist() == [0.9, 0.1, 0.3]
    assert frame["risk_band"].tolist() == ["high", "low", "medium"]


def test_what_has_no_model_yet_is_empty_with_its_type():
    frame = scores(a=0.1)
    assert frame[["segment", "expected_value", "value_at_risk", "expected_saving"]].isna().all(axis=None)
    assert frame["segment"].dtype == "str"
    assert frame["expected_value"].dtype == "float64"


def test_the_percentile_is_the_middle_of_the_ranks():
    percentile = scoring.risk_percentile(np.array([0.1, 0.2, 0.3, 0.4]))
    assert percentile.tolist() == [12.5, 37.5, 62.5, 87.5]


def test_equal_probabilities_share_their_percentile():
    percentile = scoring.risk_percentile(np.array([0.2, 0.7, 0.2, 0.2]))
    assert percentile.tolist() == [37.5, 87.5, 37.5, 37.5]


def test_a_threshold_belongs_to_its_band():
    bands = scoring.risk_band(np.array([0.5, 0.4999, 0.25, 0.2499, 0.0]), BANDS)
    assert bands.tolist() == ["high", "medium", "medium", "low", "low"]


def test_nobody_eligible_gives_an_empty_frame():
    assert scores().empty


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1])
def test_a_score_that_is_no_probability_is_refused(wrong):
    with pytest.raises(Refused, match="for 1 of 2 customers"):
        scores(a=0.5, b=wrong)


def test_texts_are_named_by_number_and_none_is_missing():
    found = scoring.texts(["low", None, "high"], np.array([2, 0, 1, 2]))
    assert found.dtype == "str"
    assert found.fillna("-").tolist() == ["high", "low", "-", "high"]
