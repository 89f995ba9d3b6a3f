"""The holdout: drawn once, kept, and honest about what it can show."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from retain.lists import holdout
from retain.lists.holdout import balance, balance_note, held_out, newly_assigned, power, power_note, uniform

MARCH = date(2011, 3, 1)
IDS = pd.Series([str(number) for number in range(4000)], dtype="str")
NOBODY = pd.DataFrame(
    {
        "customer_id": pd.Series(dtype="str"),
        "campaign": pd.Series(dtype="str"),
        "group": pd.Series(dtype="str"),
        "assigned_on": pd.Series(dtype="datetime64[s]"),
    }
)


def drawn(ids=IDS, *, share=0.1, salt="shop", campaign="spring", as_of=MARCH, assignments=NOBODY):
    return held_out(ids, share=share, salt=salt, campaign=campaign, as_of=as_of, assignments=assignments)


def assigned(on, groups, campaign="spring"):
    frame = pd.DataFrame({"customer_id": list(groups), "group": list(groups.values())})
    return frame.assign(campaign=campaign, assigned_on=pd.Timestamp(on))


def test_about_the_share_is_held_out():
    assert drawn().mean() == pytest.approx(0.1, abs=0.015)


def test_the_draw_depends_on_nothing_but_salt_campaign_and_id():
    assert (drawn(IDS[::-1].reset_index(drop=True))[::-1] == drawn()).all()
    assert (drawn(as_of=date(2012, 1, 1)) == drawn()).all()


@pytest.mark.parametrize("other", [{"salt": "bank"}, {"campaign": "autumn"}])
def test_another_salt_or_campaign_draws_others(other):
    both = (drawn() & drawn(**other)).sum()
    assert both < 80  # 40 are expected of independent draws, 400 of the same


def test_a_greater_share_keeps_those_who_were_held_out():
    assert not (drawn(share=0.1) & ~drawn(share=0.2)).any()


def test_the_hash_never_changes():
    number = uniform(pd.Series(["00123"]), salt="shop", campaign="spring", draws=[0])[0]
    assert number == pytest.approx(0.9581325, abs=1e-6)


@pytest.mark.parametrize(("on", "kept"), [("2011-03-01", True), ("2010-09-03", True), ("2010-09-02", False)])
def test_a_group_holds_for_180_days(on, kept):
    opposite = {one: "contact" if held else "holdout" for one, held in zip(IDS, drawn(), strict=True)}
    found = drawn(assignments=assigned(on, opposite))
    assert (found == ~drawn()).all() == kept


def test_after_180_days_the_group_is_drawn_anew():
    before = dict(zip(IDS, np.where(drawn(), "holdout", "contact"), strict=True))
    again = drawn(assignments=assigned("2010-01-01", before))
    assert again.mean() == pytest.approx(0.1, abs=0.015)
    assert (again & drawn()).sum() < 80


def test_groups_of_other_campaigns_and_of_later_days_do_not_count():
    others = assigned("2011-02-01", dict.fromkeys(IDS, "holdout"), campaign="autumn")
    later = assigned("2011-03-02", dict.fromkeys(IDS, "holdout"))
    assert (drawn(assignments=pd.concat([others, later])) == drawn()).all()


def test_without_a_share_nobody_is_held_out():
    assert not drawn(share=0.0, assignments=assigned("2011-02-01", {"1": "holdout"})).any()


def test_only_those_without_a_group_are_newly_assigned():
    listed = pd.DataFrame(
        {
            "customer_id": ["1", "2"],
            "group": ["holdout", "contact"],
            "risk_band": ["high", "low"],
            "rank": [1, 2],
        }
    )
    found = newly_assigned(
        listed, campaign="spring", as_of=MARCH, assignments=assigned("2011-02-01", {"1": "holdout"})
    )
    assert found.to_dict("records") == [
        {
            "customer_id": "2",
            "group": "contact",
            "risk_band": "low",
            "campaign": "spring",
            "assigned_on": pd.Timestamp(MARCH),
        }
    ]


def banded(**counts):
    rows = [
        {"risk_band": band, "group": group}
        for band, (contact, held) in counts.items()
        for group in ["contact"] * contact + ["holdout"] * held
    ]
    return pd.DataFrame(rows)


def test_balance_counts_the_groups_of_each_band():
    found = balance(banded(high=(9, 1), low=(6, 2)))
    assert found.to_dict("list") == {
        "risk_band": ["high", "low"],
        "contact": [9, 6],
        "holdout": [1, 2],
        "holdout_share": [0.1, 0.25],
    }
    assert (
        balance_note(found) == "Held out by risk band: high 1 of 10, low 2 of 8; no more uneven than chance."
    )


def test_a_holdout_of_one_band_only_is_told():
    assert "unevenly" in balance_note(balance(banded(high=(80, 20), low=(100, 0))))


@pytest.mark.parametrize("counts", [{"high": (9, 0)}, {"high": (9, 1)}])
def test_one_band_or_one_group_cannot_be_uneven(counts):
    assert "no more uneven than chance" in balance_note(balance(banded(**counts)))


def test_power_is_that_of_the_textbook():
    """Fleiss: 0.5 against 0.3 with 93 in each group has 80 % power (two-sided 5 %)."""
    found = power(93, 93, churn_rate=0.5, accept=0.4)
    assert found.effect == pytest.approx(0.2, abs=0.001)
    assert found.weeks in (1, 2)


def test_a_fourth_of_the_customers_takes_four_times_the_weeks():
    assert power(9300 / 4, 9300 / 4, churn_rate=0.5, accept=0.04).weeks == pytest.approx(4, abs=1)


def test_more_customers_show_smaller_effects():
    few, many = (power(9 * n, n, churn_rate=0.4, accept=0.3).effect for n in (50, 500))
    assert many < few


@pytest.mark.parametrize(("contacted", "held", "rate"), [(0, 5, 0.4), (5, 0, 0.4), (5, 5, 0.0)])
def test_without_two_groups_or_churn_nothing_can_be_shown(contacted, held, rate):
    assert power(contacted, held, churn_rate=rate, accept=0.3) == holdout.Power(None, None)


def note(contacted, held, *, accept=0.3):
    groups = {str(n): "contact" for n in range(contacted)} | {f"h{n}": "holdout" for n in range(held)}
    return power_note(assigned("2011-03-01", groups), churn_rate=0.5, accept=accept, horizon=60)


def test_the_note_names_the_smallest_effect_and_the_weeks():
    assert note(450, 50) == (
        "With 50 customers held out and 450 contacted so far, the smallest effect that shows is 19.9 "
        "percentage points less churn; the effect planned for (50% churn falling to 35%) takes 2 weekly "
        "lists like those so far, and 60 days more until the last one's outcome is known (80 % power, "
        "two-sided 5 %)."
    )


def test_a_tiny_holdout_shows_nothing_yet():
    assert "no effect could be told from chance yet" in note(20, 1)


def test_an_effect_too_small_for_ten_years_is_told():
    assert "would not show within 10 years: hold out more" in note(20, 1, accept=0.01)


def test_without_a_holdout_the_note_says_so():
    assert note(20, 0) == "Nobody is held out yet, so the effect of contacting cannot be measured."


def test_whoever_is_drawn_is_drawn_in_pieces_of_any_size_alike(monkeypatch):
    ids = pd.Series([f"c{number}" for number in range(100)], dtype="str")
    whole = uniform(ids, salt="s", campaign="c", draws=range(100))
    monkeypatch.setattr(holdout, "PIECE", 7)
    assert uniform(ids, salt="s", campaign="c", draws=range(100)).tolist() == whole.tolist()
