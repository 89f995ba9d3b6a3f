"""Who is left out of the list, why, and until when."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from retain.lists.skipped import bars, says_yes, skipped

MARCH = date(2011, 3, 1)
IDS = pd.Series(["a", "b", "c", "d"], dtype="str")


def contacts(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "contacted_at", "snooze_until"]).astype(
        {"customer_id": "str"}
    )
    times = {name: pd.to_datetime(frame[name], format="ISO8601") for name in ("contacted_at", "snooze_until")}
    return frame.assign(**times)


def barred(*rows, cooldown=30, opted_out=None, ids=IDS):
    found = bars(ids, as_of=MARCH, contacts=contacts(*rows), cooldown=cooldown, opted_out=opted_out)
    until = found["until"].dt.strftime("%Y-%m-%d")
    pairs = zip(ids, found["reason"], until, strict=True)
    return {one: (why, None if pd.isna(day) else day) for one, why, day in pairs if not pd.isna(why)}


def test_nobody_is_barred_without_contacts():
    assert barred() == {}


@pytest.mark.parametrize(
    ("contacted", "until"), [("2011-02-28 17:00", "2011-03-30"), ("2011-01-31", "2011-03-02")]
)
def test_a_contact_bars_for_the_cooldown(contacted, until):
    assert barred(("b", contacted, None)) == {"b": ("cooldown", until)}


def test_on_the_day_that_the_cooldown_ends_the_customer_is_free():
    assert barred(("b", "2011-01-30 17:00", None)) == {}


def test_what_is_done_on_the_day_or_later_is_not_seen():
    assert barred(("b", "2011-03-01 00:00", None), ("c", "2011-03-05", "2012-01-01")) == {}


def test_a_snooze_holds_until_its_day():
    assert barred(("b", "2011-01-01", "2011-03-02"), ("c", "2011-01-01", "2011-03-01"), cooldown=0) == {
        "b": ("snoozed", "2011-03-02")
    }


def test_the_snooze_that_was_said_last_counts():
    rows = [("b", "2011-01-02", "2011-03-05"), ("b", "2011-01-01", "2011-09-01"), ("b", "2011-01-03", None)]
    assert barred(*rows, cooldown=0) == {"b": ("snoozed", "2011-03-05")}


def test_three_contacts_in_thirty_days_are_enough():
    often = [("b", day, None) for day in ("2011-02-04", "2011-02-05", "2011-02-06")]
    assert barred(*often, cooldown=5) == {"b": ("contacted often", "2011-03-06")}
    assert barred(*often[:2], cooldown=5) == {}
    assert barred(("b", "2011-01-20", None), *often[:2], cooldown=5) == {}


def test_of_several_reasons_the_longest_is_told():
    assert barred(("b", "2011-02-20", "2011-03-05"), ("c", "2011-02-20", "2011-06-01")) == {
        "b": ("cooldown", "2011-03-22"),
        "c": ("snoozed", "2011-06-01"),
    }


def test_an_opt_out_comes_before_all_and_has_no_end():
    out = pd.Series([True, False, None, True], dtype=object)
    found = barred(("a", "2011-02-20", "2011-06-01"), opted_out=out)
    assert found == {"a": ("opted out", None), "d": ("opted out", None)}


def test_the_customers_may_stand_in_any_order_and_need_not_be_known():
    found = barred(("c", "2011-02-20", None), ("gone", "2011-02-20", None), ids=pd.Series(["c", "a"]))
    assert found == {"c": ("cooldown", "2011-03-22")}


def test_an_opt_out_is_read_however_it_is_written():
    said = pd.Series([True, 1, "yes", "2011-01-01", "X", False, 0, 0.0, "No", " false ", "", None, np.nan])
    assert list(says_yes(said)) == [True] * 5 + [False] * 8


SCORES = pd.DataFrame(
    {
        "customer_id": list("abcdef"),
        "churn_probability": [0.9, 0.8, 0.7, 0.6, 0.1, 0.05],
        "risk_band": ["high"] * 4 + ["low"] * 2,
        "expected_saving": [9.0, 8.0, 7.0, 6.0, -1.0, -2.0],
    }
)
FREE = pd.DataFrame({"reason": pd.Series([None] * 6, dtype="str"), "until": pd.Series([pd.NaT] * 6)})


def left_out(listed, *, size="auto", barred=FREE, scores=SCORES):
    found = skipped(scores, barred, listed=np.array(listed, dtype=int), order_by="expected_saving", size=size)
    return dict(zip(found["customer_id"], found["reason"], strict=True))


def with_bar(row, reason="cooldown"):
    return FREE.assign(reason=FREE["reason"].where(FREE.index != row, reason))


def test_as_far_as_contacts_pay_the_rest_is_over_capacity():
    assert left_out([0, 1]) == {"c": "over capacity", "d": "over capacity"}


def test_without_value_the_risk_above_the_lowest_band_counts():
    worthless = SCORES.assign(expected_saving=np.nan)
    assert left_out([0, 1, 2], scores=worthless) == {"d": "over capacity"}


def test_a_barred_customer_of_the_would_be_list_is_told_with_the_reason():
    assert left_out([0, 2, 3], barred=with_bar(1)) == {"b": "cooldown"}


def test_a_barred_customer_who_would_not_have_been_listed_is_not_told():
    assert left_out([0, 1, 2, 3], barred=with_bar(5)) == {}


def test_of_a_list_of_fixed_size_nobody_is_over_capacity():
    assert left_out([0, 1], size=2) == {}
    assert left_out([0, 2, 3], size=3, barred=with_bar(1)) == {"b": "cooldown"}


def test_where_nobody_is_listed_all_the_barred_are_told():
    assert left_out([], size=1, barred=with_bar(0, "opted out")) == {"a": "opted out"}


def test_the_columns_of_skipped_csv():
    found = skipped(SCORES, FREE, listed=np.array([0]), order_by="expected_saving", size="auto")
    assert list(found) == ["customer_id", "reason", "until", "churn_probability"]


def test_a_customer_who_was_held_out_is_spared_as_one_who_was_contacted():
    held = pd.DataFrame({"customer_id": ["a", "b"], "held_on": pd.to_datetime(["2011-02-20", "2011-01-30"])})
    found = bars(IDS, as_of=MARCH, contacts=contacts(), cooldown=30, held=held)
    assert found["reason"].fillna("").tolist() == ["held out", "", "", ""]
    assert str(found["until"][0].date()) == "2011-03-22"
