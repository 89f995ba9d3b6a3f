"""The recommended horizon and its reason."""

from __future__ import annotations

import numpy as np
import pytest

from retain.config import Churn
from retain.readiness.gaps import Gaps
from retain.readiness.window import HORIZONS, Choice, advise, candidates, judge


def window(length, *, history=2000, horizon=60, open_for=None):
    """Advice for customers all of whose gaps have one length; open_for: gaps that never end instead."""
    gaps = Gaps.none(history)
    gaps.closed[length] = 100
    if open_for:
        gaps.open[open_for] = 100
    churn = Churn(horizon=horizon)
    choices = [Choice(h, w, 10, 0.3, 0.4, h == horizon) for h, w in candidates(churn)]
    return advise(gaps, choices, churn=churn, history=history)


@pytest.mark.parametrize(("gap", "recommended"), [(3, 14), (14, 14), (45, 45), (365, 365), (700, 365)])
def test_the_recommendation_is_the_ninetieth_percentile_within_its_bounds(gap, recommended):
    found = window(gap)
    assert found.percentiles[0.9] == gap
    assert (found.recommended, found.usable) == (recommended, recommended)


def test_gaps_that_never_end_recommend_the_longest():
    found = window(30, open_for=1500)
    assert (found.percentiles[0.9], found.recommended) == (None, 365)
    assert "only 50% of gaps are ever over" in found.why


def test_a_short_history_names_what_can_be_tested_until_then():
    found = window(200, history=300)
    assert (found.recommended, found.usable) == (200, 100)
    assert "300 days is too short to test it (that takes 400)" in found.why


def test_the_configs_own_horizon_is_shown_in_its_proportion():
    churn = Churn(horizon=45, active_within=90)
    assert dict(candidates(churn)) == {h: 2 * h for h in (*HORIZONS, 45)}


def test_a_horizon_far_from_the_recommended_one_is_a_hint():
    assert not judge(window(60))
    (one,) = judge(window(200))
    assert "the horizon is 60 days, and 200 are recommended" in one.says
    assert "--write" in one.do


def test_the_document_has_the_percentiles_and_every_horizon():
    document = window(45).to_json()
    assert document["percentiles"] == {"50": 45, "80": 45, "90": 45, "95": 45}
    assert [one["horizon"] for one in document["horizons"]] == list(HORIZONS)
    assert np.isclose(document["horizons"][0]["churn_rate"], 0.3)
