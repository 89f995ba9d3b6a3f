"""A planted effect is found, and nothing is found where nothing was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from past_lists import customers
from retain.watch.effect import assigned, effect, stacked

WEEKS = 3


def units(*, kept=0.3, count=1500, reached=1.0, seed=4, before=0.0):
    people = customers(count=count, kept=kept * reached, seed=seed)
    draw = np.random.default_rng(seed + 1)
    contact = (people["group"] == "contact").to_numpy()
    return people.assign(
        contacted=contact & (draw.uniform(size=len(people)) < reached),
        contacted_recently=draw.uniform(size=len(people)) < before,
        score=people["expected_saving"],
    )


def test_the_planted_effect_is_recovered():
    """A contact keeps 0.3 of those who would churn, 0.55 of all: 16.5 points."""
    found = effect(units(), feedback=False).intended
    assert found.difference.value == pytest.approx(0.165, abs=0.03)
    assert found.difference.low > 0
    assert found.smallest < 0.08


def test_where_nobody_called_the_effect_is_about_nothing():
    found = effect(units(kept=0.0), feedback=False).intended.difference
    assert found.low < 0 < found.high
    assert abs(found.value) < 0.04


def test_on_average_over_many_draws_the_estimate_is_right():
    found = [effect(units(count=100, seed=seed), feedback=False).intended.difference for seed in range(40)]
    assert np.mean([one.value for one in found]) == pytest.approx(0.165, abs=0.02)
    assert np.mean([one.low <= 0.165 <= one.high for one in found]) >= 0.85


def test_each_customer_counts_in_the_group_they_were_drawn_into():
    people = units(reached=0.5)
    found = effect(people, feedback=True)
    assert found.intended.groups.contacted == (people["group"] == "contact").sum()
    assert found.treated.groups.contacted == people["contacted"].sum()
    assert found.reached == pytest.approx((0.5, 0.0), abs=0.03)


def test_without_feedback_there_is_no_estimate_as_treated():
    found = effect(units(count=50), feedback=False)
    assert (found.treated, found.reached) == (None, None)


def test_customers_contacted_before_are_apart():
    people = units(before=0.4)
    found = effect(people, feedback=True)
    inside = found.intended.groups.contacted + found.intended.groups.held
    apart = found.recently.groups.contacted + found.recently.groups.held
    assert apart == people["contacted_recently"].sum()
    assert inside + apart == len(people)


def test_weeks_and_segments_are_told_apart():
    people = units()
    people.loc[people["segment"] == "active", "stayed"] = True
    found = effect(people, feedback=False)
    assert [one.name for one in found.weeks] == ["2019-02-04", "2019-02-11", "2019-02-18"]
    by_name = {one.name: one.difference.value for one in found.segments}
    assert by_name["active"] == 0
    assert by_name["at_risk"] == pytest.approx(0.165, abs=0.05)


@pytest.mark.parametrize("group", ["contact", "holdout"])
def test_with_one_group_only_nothing_is_compared(group):
    found = effect(units(count=30).assign(group=group), feedback=False)
    assert not found.intended.difference.known
    assert found.intended.smallest is None
    assert found.to_json()["intention_to_treat"]["value"] is None


def test_nobody_drawn_is_no_effect():
    assert effect(stacked([]), feedback=True) is None


def test_only_those_whose_group_began_with_the_list_count_and_the_action_is_without_its_details():
    rows = customers(count=4, weeks=1).assign(
        churned=lambda frame: ~frame["stayed"], listed=True, contacted=False, contacted_recently=False
    )
    drawn = pd.DataFrame({"customer_id": ["00001", "00003"], "group": ["holdout", "contact"]})
    found = assigned(rows, drawn)
    assert found["group"].tolist() == ["holdout", "contact"]
    assert set(found["action"]) == {"Write personally"}
    assert found["stayed"].tolist() == rows["stayed"].iloc[[1, 3]].tolist()
