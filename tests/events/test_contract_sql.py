"""How contracts are read: what is set aside, what was known when, and their attributes."""

from __future__ import annotations

from datetime import date

import pytest

import shops
from retain.errors import ConfigError
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from shipped import features

COLUMNS = {"customer": "who", "start": "from", "end": "to", "amount": "paid"}
CHURN = {"when": "ended", "horizon": 30, "grace": 10}
HEADER = "who,from,to,paid,plan,told,trial,term,why\n"
ANN = "ann,2019-01-01,,10,pro,,no,monthly,\n"


def opened(folder, text, *, attributes=(), as_of=None, **roles):
    shops.write(folder / "s.csv", HEADER + text)
    table = {"source": "s.csv", "columns": {**COLUMNS, **roles}, "attributes": list(attributes)}
    return shops.opened(folder, as_of=as_of, subscriptions=table, churn=CHURN, gates={"max_missing": 0.9})


def matrix(events):
    chosen = [one for one in features() if one.table == "subscriptions"]
    rows = build(events, chosen, fit_spec(events), cutoffs=[events.summary.as_of], labelled=False)
    return rows.frame().set_index("customer_id")


def test_rows_that_cannot_be_are_set_aside_with_a_reason(tmp_path):
    wrong = ("2019-02-01,2019-01-01,5", ",,5", "2019-02-01,soon,5", "2019-01-05,,ten")
    events = opened(tmp_path, ANN + "".join(f"bob,{row},,,,,\n" for row in wrong))
    assert events.summary.tables[0].rejected == {
        "amount is not a number": 1,
        "end lies before the start": 1,
        "end: time cannot be read": 1,
        "time is missing": 1,
    }
    assert len(shops.rejects(tmp_path, "subscriptions")) == 4


def test_the_data_run_to_the_last_start_or_end_that_has_come(tmp_path):
    rows = "bob,2019-02-01,2019-03-01,5,,,,,\neve,2019-02-02,2044-01-01,5,,,,,\n"
    summary = opened(tmp_path, ANN + rows).summary
    assert (summary.start, summary.end) == (date(2019, 1, 1), date(2019, 3, 2))


def test_an_end_recorded_after_the_as_of_is_not_known_at_it(tmp_path):
    text = ANN + "bob,2019-01-01,2019-03-01,5,,2019-04-01,,,\n"
    found = matrix(opened(tmp_path, text, known_at="told", as_of="2019-03-20"))
    assert found["live_contracts"].to_dict() == {"ann": 1, "bob": 1}
    assert found["notice_given"].to_dict() == {"ann": 0, "bob": 0}


def test_an_end_to_come_is_a_notice_from_the_day_it_was_recorded(tmp_path):
    text = ANN + "bob,2019-01-01,2019-05-01,5,,2019-03-01,,,\n"
    bob = matrix(opened(tmp_path, text, known_at="told", as_of="2019-03-20")).loc["bob"]
    assert (bob["notice_given"], bob["days_to_end"], bob["days_since_notice"]) == (1, 42, 19)


def test_a_contract_recorded_later_is_not_there_before(tmp_path):
    text = ANN + "bob,2019-01-01,,5,,2019-03-01,,,\n"
    assert list(matrix(opened(tmp_path, text, recorded="told", as_of="2019-03-01")).index) == ["ann"]
    assert list(matrix(opened(tmp_path, text, recorded="told", as_of="2019-03-02")).index) == ["ann", "bob"]


def test_trials_and_terms_are_read_from_words(tmp_path):
    text = ANN + "bob,2019-01-01,,5,,,TRUE,Yearly,\neve,2019-01-01,,5,,,0,90,\n"
    found = matrix(opened(tmp_path, text, trial="trial", term="term", as_of="2019-01-11"))
    assert found["in_trial"].to_dict() == {"ann": 0, "bob": 1, "eve": 0}
    assert found["contract_term"].round(0).to_dict() == {"ann": 30, "bob": 365, "eve": 90}


def test_attributes_are_those_of_the_current_contract(tmp_path):
    plans = [("ann", "lite", n) for n in range(40)] + [("bob", "pro", n) for n in range(40)]
    rows = "".join(f"{who}{n},2019-01-01,2019-02-01,5,{plan},,,,\n" for who, plan, n in plans)
    again = "".join(f"{who}{n},2019-02-01,,5,pro,,,,\n" for who, _, n in plans)
    events = opened(tmp_path, rows + again, attributes=["plan"])
    assert fit_spec(events).contract_attributes == {"plan": ("lite", "pro")}
    assert set(matrix(events)["plan"]) == {2.0}


def test_an_attribute_may_be_called_like_a_column_of_ours(tmp_path):
    rows = "".join(f"c{n:02},2019-01-01,,5,pro,,{n / 2},monthly,\n" for n in range(40))
    events = opened(tmp_path, rows, attributes=["trial", "term"], term="term")
    assert fit_spec(events).contract_attributes == {"trial": None, "term": ("monthly",)}
    assert matrix(events).loc["c07", "trial"] == 3.5
    running, _ = events.running_contracts()
    assert running["term"].unique() == pytest.approx(365.25 / 12, rel=0.01)


def test_an_attribute_of_many_numbers_is_a_number(tmp_path):
    rows = "".join(f"c{n:02},2019-01-01,,5,{n / 2},,,,\n" for n in range(40))
    events = opened(tmp_path, rows, attributes=["plan"])
    assert fit_spec(events).contract_attributes == {"plan": None}
    assert matrix(events).loc["c07", "plan"] == 3.5


def test_an_attribute_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"attributes\[0\]: 'tier' is not a column of s\.csv"):
        opened(tmp_path, ANN, attributes=["tier"])


def test_who_left_before_the_first_cutoff_is_not_streamed(tmp_path):
    events = opened(tmp_path, ANN + "bob,2019-01-01,2019-02-01,5,,,,,\n", as_of="2019-03-01")
    names = [name for history in events.stream(cutoffs=[17_955]) for name in history.names]
    assert names == ["ann"]
