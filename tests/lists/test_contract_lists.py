"""The lists of contracts: what is cancelled but runs on, and what ends soon."""

from __future__ import annotations

from datetime import date

import pandas as pd

from retain.lists.contract_lists import cancelled_running, ending_soon

AS_OF = date(2020, 3, 1)
DATES = ("started", "ends_on", "known_on", "price_until")


def running(*rows):
    usual = {"amount": 10.0, "trial": False, "term": float("nan"), "reason": None, "plan": "pro"}
    frame = pd.DataFrame([{"started": "2020-01-01", **usual, **row} for row in rows]).reindex(
        columns=["customer_id", *DATES, *usual]
    )
    return frame.astype(dict.fromkeys(DATES, "datetime64[s]"))


def soon(*rows, trial_days=None):
    found = ending_soon(running(*rows), as_of=AS_OF, within=30, trial_days=trial_days)
    return list(zip(found["customer_id"], found["what"], found["days_left"], strict=True))


LEAVING = {"customer_id": "a", "ends_on": "2020-03-11", "known_on": "2020-02-20", "reason": "price"}
FIXED = {"customer_id": "b", "ends_on": "2020-03-05", "known_on": "2020-01-01"}


def test_an_end_recorded_after_the_start_is_a_cancellation():
    found = cancelled_running(running(LEAVING, FIXED, {"customer_id": "c"}), as_of=AS_OF)
    assert found["customer_id"].tolist() == ["a"]
    assert found.loc[0, ["days_left", "reason", "amount", "plan"]].tolist() == [10, "price", 10.0, "pro"]


def test_the_next_to_end_is_first():
    later = {**LEAVING, "customer_id": "0", "ends_on": "2020-04-01"}
    assert cancelled_running(running(later, LEAVING), as_of=AS_OF)["customer_id"].tolist() == ["a", "0"]


def test_a_fixed_term_ends_soon_and_a_cancelled_one_is_not_told_twice():
    assert soon(LEAVING, FIXED) == [("b", "contract ends", 4)]


def test_what_ends_later_is_not_soon():
    assert soon({**FIXED, "ends_on": "2020-03-30"}) == [("b", "contract ends", 29)]
    assert soon({**FIXED, "ends_on": "2020-03-31"}) == []


def test_a_yearly_contract_renews_soon_and_a_monthly_one_always_does():
    yearly = {"customer_id": "y", "started": "2019-03-15", "term": 365.0}
    assert soon(yearly, {"customer_id": "m", "term": 30.4}) == [("y", "contract renews", 13)]


def test_a_trial_ends_when_trials_do():
    trial = {"customer_id": "t", "started": "2020-02-20", "trial": True}
    assert soon(trial, trial_days=14.0) == [("t", "trial ends", 4)]
    assert soon(trial) == []


def test_an_introductory_price_ends():
    assert soon({"customer_id": "p", "price_until": "2020-03-02"}) == [("p", "introductory price ends", 1)]
