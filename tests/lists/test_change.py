"""What changed since the list before."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.lists.change import changes, left, overlap, previous_of, steady_band
from retain.lists.scoring import risk_band

BANDS = {"high": 0.5, "medium": 0.25}


def ranked(*ids):
    frame = pd.DataFrame({"customer_id": pd.Series(ids, dtype="str"), "rank": range(1, len(ids) + 1)})
    return frame.assign(as_of=pd.Timestamp("2020-03-01"))


def band(p, previous=None):
    before = None if previous is None else pd.Series([previous], dtype="str")
    return steady_band([p], BANDS, previous=before).iloc[0]


def test_customers_are_new_or_have_moved_or_stayed():
    now = ranked("b", "a", "c", "d")
    assert changes(now, ranked("a", "b", "c")).tolist() == ["up", "down", "same", "new"]


def test_nobody_moves_because_others_came_or_left():
    assert changes(ranked("x", "b", "y", "c"), ranked("a", "b", "c")).tolist() == [
        "new",
        "same",
        "new",
        "same",
    ]


def test_on_a_first_list_everybody_is_new():
    assert changes(ranked("a", "b"), None).tolist() == ["new", "new"]


def test_an_empty_list_has_no_changes():
    assert changes(ranked(), ranked("a")).tolist() == []


def test_who_left_is_told_with_the_reason():
    scores = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "churn_probability": [0.1, 0.2, 0.3, 0.9]})
    facts = pd.DataFrame(
        {"last_order": pd.to_datetime(["2020-03-01", "2020-02-29", "2020-01-01", "2020-02-01"])}
    )
    frame = left(
        ranked("d"), ranked("a", "b", "gone", "c", "d"), scores=scores, facts=facts, skipped={"c": "cooldown"}
    )
    assert frame["customer_id"].tolist() == ["a", "b", "gone", "c"]
    assert frame["why"].tolist() == ["returned", "below the line", "churned", "cooldown"]
    assert frame["rank"].tolist() == [1, 2, 3, 4]


def test_a_customer_who_was_called_and_came_back_has_returned():
    scores = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.1]})
    facts = pd.DataFrame({"last_order": pd.to_datetime(["2020-03-05"])})
    frame = left(ranked(), ranked("a"), scores=scores, facts=facts, skipped={"a": "cooldown"})
    assert frame["why"].tolist() == ["returned"]


def test_a_list_read_from_its_file_has_days_instead_of_times():
    scores = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.1]})
    facts = pd.DataFrame({"last_order": pd.to_datetime(["2020-03-05"])})
    read = ranked("a").assign(as_of=[date(2020, 3, 1)])
    assert left(ranked(), read, scores=scores, facts=facts)["why"].tolist() == ["returned"]


def test_the_overlap_is_counted():
    assert overlap(ranked("b", "c", "d"), ranked("a", "b")) == {
        "previous_as_of": "2020-03-01",
        "previous": 2,
        "listed": 3,
        "both": 1,
        "kept_share": 0.5,
        "jaccard": 0.25,
    }


def test_a_first_list_overlaps_with_nothing():
    assert overlap(ranked("a"), None) is None
    assert overlap(ranked("a"), ranked())["kept_share"] is None


@pytest.mark.parametrize(
    ("p", "previous", "name"),
    [
        (0.5, "low", "high"),
        (0.45, "high", "high"),  # above 0.8 x 0.5
        (0.45, "medium", "medium"),
        (0.45, None, "medium"),
        (0.39, "high", "medium"),
        (0.22, "high", "medium"),  # above 0.8 x 0.25, and no longer high
        (0.19, "medium", "low"),
        (0.19, "a band of old", "low"),
    ],
)
def test_a_band_is_entered_at_its_threshold_and_left_well_below_it(p, previous, name):
    assert band(p, previous or "none") == name


@given(st.floats(0, 1))
def test_without_a_time_before_bands_are_those_of_the_thresholds(p):
    assert band(p) == risk_band([p], BANDS).iloc[0]


@given(st.floats(0, 1), st.sampled_from(["high", "medium", "low"]))
def test_a_band_settles_at_once(p, previous):
    assert band(p, band(p, previous)) == band(p, previous)


def test_what_was_known_of_a_customer_before_is_found_by_id():
    before = pd.DataFrame({"customer_id": ["b", "a"], "risk_band": ["high", "low"]})
    found = previous_of("risk_band", pd.DataFrame({"customer_id": ["a", "c", "b"]}), before)
    assert found.fillna("-").tolist() == ["low", "-", "high"]
    assert previous_of("tier", before, before) is None
    assert previous_of("tier", before, None) is None
