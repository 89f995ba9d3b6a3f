"""Segments by explicit rules, and loyalty tiers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from retain.errors import ConfigError
from retain.lists.segments import (
    SEGMENTS,
    Condition,
    Segments,
    Tiers,
    counts,
    read_segmentation,
    segment,
    segmented,
    tier,
)
from shipped import features

SHIPPED = Path(__file__).parents[2] / "configs" / "segments.yaml"


def rules():
    return read_segmentation(SHIPPED, features=features()).segments


def customer(**changes):
    """A steady customer of a year."""
    steady = {
        "order_days": 20.0,
        "order_days_365d": 12.0,
        "spend_365d": 300.0,
        "days_since_first_order": 400.0,
        "gap_share": 0.5,
        "order_pace_30d": 1.0,
        "order_pace_90d": 1.0,
        "days_since_last_activity": 5.0,
    }
    return {**steady, **changes}


def segments_of(*customers):
    """With nine poorer customers beside them, so that one can be among the best fifth."""
    others = [customer(order_days_365d=2.0, spend_365d=20.0)] * 9
    return segment(pd.DataFrame([*customers, *others]), rules()).tolist()[: len(customers)]


def written(folder, **tree):
    path = folder / "segments.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"order_days": 1.0, "gap_share": np.nan}, "new"),
        ({"days_since_first_order": 30.0}, "new"),
        ({"order_days_365d": 40.0, "spend_365d": 5000.0}, "high_value"),
        ({"gap_share": 2.0}, "lapsing"),
        ({"order_pace_90d": 0.5}, "at_risk"),
        ({"order_pace_30d": 0.1, "gap_share": 1.5}, "at_risk"),
        ({"days_since_last_activity": 60.0}, "at_risk"),
        ({}, "active"),
        ({"gap_share": np.nan, "days_since_last_activity": np.nan}, "active"),
    ],
)
def test_the_shipped_rules_tell_the_segments_apart(changes, name):
    steady = customer(order_days_365d=10.0, spend_365d=100.0)
    best = customer(order_days_365d=40.0, spend_365d=5000.0)
    assert segments_of({**steady, **changes}, best, best, best)[0] == name


def test_one_customer_has_one_segment_the_first_that_fits():
    assert segments_of(customer(order_days=1.0, gap_share=3.0, order_pace_90d=0.1)) == ["new"]


def test_columns_that_the_tables_do_not_give_fit_no_rule():
    assert segment(pd.DataFrame({"gap_share": [3.0, 0.5]}), rules()).tolist() == ["lapsing", "active"]


def test_all_conditions_of_a_rule_must_hold_and_any_rule_is_enough():
    either = Segments(new=({"a": Condition(above=1), "b": Condition(below=5)}, {"a": Condition(at_most=-1)}))
    frame = pd.DataFrame({"a": [2.0, 2.0, -1.0], "b": [4.0, 5.0, 9.0]})
    assert segment(frame, either).tolist() == ["new", "active", "new"]


def test_the_top_share_holds_ties_but_nobody_with_nothing():
    top = Condition(top=0.2)
    assert top.holds([1.0, 2.0, 3.0, 4.0, 5.0]).tolist() == [False] * 4 + [True]
    assert top.holds([5.0, 5.0, 1.0, np.nan]).tolist() == [True, True, False, False]
    assert not top.holds([0.0, 0.0]).any()


def test_every_segment_is_counted():
    frame = pd.DataFrame({"segment": ["new", "new", "active"]})
    assert counts(frame) == {"new": 2, "high_value": 0, "lapsing": 0, "at_risk": 0, "active": 1}


def test_the_percentile_within_the_segment_stands_beside_the_overall_one():
    scores = pd.DataFrame({"churn_probability": [0.9, 0.1, 0.2, 0.3], "segment": None})
    X = pd.DataFrame({"order_days": [1.0, 1.0, 9.0, 9.0]})
    frame = segmented(scores, X, Segments(new=({"order_days": Condition(at_most=1)},)))
    assert frame["segment"].tolist() == ["new", "new", "active", "active"]
    assert frame["segment_percentile"].tolist() == [75, 25, 25, 75]


def test_the_segments_are_those_of_the_contract():
    assert set(SEGMENTS) == {"new", "active", "high_value", "at_risk", "lapsing"}


def test_a_misspelt_column_is_named_with_its_place(tmp_path):
    path = written(tmp_path, segments={"lapsing": [{"gap_shre": {"at_least": 2}}]})
    with pytest.raises(ConfigError, match=r"segments\.lapsing\[0\]\.gap_shre: .*did you mean 'gap_share'"):
        read_segmentation(path, features=features())


def test_all_mistakes_are_told_at_once(tmp_path):
    path = written(
        tmp_path,
        segments={"lapsd": [], "new": [{"order_days": {}}, {"order_days": {"atmost": 1}}]},
        tiers={"thresholds": {"gold": 10, "silver": 5}},
    )
    with pytest.raises(ConfigError) as error:
        read_segmentation(path)
    said = str(error.value)
    assert "segments.lapsd: unknown key; did you mean 'lapsing'?" in said
    assert "segments.new[1].order_days.atmost: unknown key; did you mean 'at_most'?" in said
    assert "a condition needs" in said
    assert "each threshold must be more" in said


TIERS = Tiers(base="bronze", thresholds={"silver": 500, "gold": 2000}, keep=0.9)


def tiers(*spent, previous=None):
    before = None if previous is None else pd.Series(previous, dtype="str")
    return tier(spent, TIERS, previous=before)


def test_a_tier_is_reached_at_its_threshold():
    assert tiers(0.0, 499.99, 500.0, 2500.0, np.nan)["tier"].tolist() == [
        "bronze",
        "bronze",
        "silver",
        "gold",
        "bronze",
    ]


def test_what_is_missing_to_the_next_tier_is_told():
    frame = tiers(460.0, 2500.0)
    assert frame["next_tier"].iloc[0] == "silver"
    assert frame["to_next_tier"].iloc[0] == 40
    assert frame.iloc[1][["next_tier", "to_next_tier"]].isna().all()


def test_a_tier_is_kept_until_well_below_its_threshold():
    kept = tiers(460.0, 449.0, 460.0, 460.0, previous=["silver", "silver", None, "bronze"])
    assert kept["tier"].tolist() == ["silver", "bronze", "bronze", "bronze"]


def test_a_tier_is_never_kept_above_what_was_reached():
    assert tiers(1900.0, 100.0, previous=["gold", "gold"])["tier"].tolist() == ["gold", "bronze"]


def test_a_tier_that_was_renamed_is_forgotten():
    assert tiers(460.0, previous=["diamond"])["tier"].tolist() == ["bronze"]


def test_a_customer_above_the_kept_tier_still_misses_something_to_it():
    assert tiers(460.0, previous=["silver"])["to_next_tier"].tolist() == [1540]
