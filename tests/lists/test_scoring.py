"""Probability, percentile and band of every eligible customer."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from retain.errors import Refused
from retain.lists import scoring
from retain.progress import Silent

BANDS = {"high": 0.5, "medium": 0.25}


@dataclass(frozen=True)
class Given:
    """Scores with the column `p`."""

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return X["p"].to_numpy(dtype=np.float64)


def dataset(**customers: float) -> SimpleNamespace:
    X = pd.DataFrame({"p": list(customers.values())})
    return SimpleNamespace(customer_id=np.array(list(customers), dtype=object), X=X)


def test_every_customer_has_one_row_in_the_order_of_the_dataset():
    frame = scoring.scores(dataset(b=0.9, a=0.1, c=0.3), Given(), bands=BANDS)
    assert list(frame.columns) == list(scoring.COLUMNS)
    assert frame["customer_id"].tolist() == ["b", "a", "c"]
    assert frame["churn_probability"].tolist() == [0.9, 0.1, 0.3]
    assert frame["risk_band"].tolist() == ["high", "low", "medium"]


def test_what_has_no_model_yet_is_empty_with_its_type():
    frame = scoring.scores(dataset(a=0.1), Given(), bands=BANDS)
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
    assert scoring.scores(dataset(), Given(), bands=BANDS).empty


def test_chunks_do_not_show(monkeypatch):
    X = pd.DataFrame({"p": np.linspace(0, 1, 11)})
    monkeypatch.setattr(scoring, "CHUNK", 4)
    assert scoring.churn_probability(X, Given(), progress=Silent()).tolist() == X["p"].tolist()


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1])
def test_a_score_that_is_no_probability_is_refused(wrong):
    with pytest.raises(Refused, match="for 1 of 2 customers"):
        scoring.scores(dataset(a=0.5, b=wrong), Given(), bands=BANDS)
