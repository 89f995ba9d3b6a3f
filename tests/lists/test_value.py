"""What customers are worth, and what contacting them earns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.learning.profit import Offer
from retain.lists.value import Terms, valued

TERMS = Terms(accept=0.3, incentive=10, contact=1)


def scores(*probabilities):
    return pd.DataFrame(
        {"customer_id": list("abcdef"[: len(probabilities)]), "churn_probability": probabilities}
    )


def test_value_at_risk_is_the_probability_times_the_value():
    frame = valued(scores(0.5, 0.1), [200.0, 1000.0], terms=TERMS)
    assert frame["expected_value"].tolist() == [200, 1000]
    assert frame["value_at_risk"].tolist() == [100, 100]


def test_the_expected_saving_is_what_practice_says():
    frame = valued(scores(0.5), [200.0], terms=TERMS)
    assert frame["expected_saving"].tolist() == pytest.approx([0.5 * (0.3 * 190 - 1) - 0.5 * 11])


def test_the_published_break_even():
    assert TERMS.break_even([200.0]) == pytest.approx([0.164], abs=5e-4)


@pytest.mark.parametrize("value", [0.0, 5.0, 40.0, 47.0, 200.0, 1e6])
def test_the_break_even_of_one_customer_is_that_of_an_offer(value):
    published = Offer(value=value, accept=0.3, incentive=10, contact=1).break_even
    assert TERMS.break_even([value]) == pytest.approx([published if published <= 1 else np.nan], nan_ok=True)


def test_only_the_margin_can_be_saved():
    half = valued(scores(0.5), [400.0], terms=Terms(accept=0.3, incentive=10, contact=1, margin=0.5))
    assert (
        half["expected_saving"].tolist()
        == valued(scores(0.5), [200.0], terms=TERMS)["expected_saving"].tolist()
    )
    assert half["value_at_risk"].tolist() == [200]


def test_without_values_the_columns_are_empty():
    frame = valued(scores(0.5, 0.1), None, terms=TERMS)
    assert frame[["expected_value", "value_at_risk", "expected_saving", "break_even"]].isna().all(axis=None)


@given(st.floats(0.01, 1), st.floats(0, 1e5), st.floats(0.01, 0.99))
def test_a_contact_at_the_largest_incentive_earns_nothing(p, value, accept):
    most = Terms(accept=accept, contact=1).largest_incentive(p, value)
    earned = Terms(accept=accept, incentive=float(most), contact=1).saving(p, value)
    assert earned == pytest.approx(0, abs=1e-6 * (1 + value)) or (most == 0 and earned < 0)


def test_a_break_even_customer_earns_nothing():
    at = TERMS.break_even([200.0])
    assert TERMS.saving(at, [200.0]) == pytest.approx([0])
