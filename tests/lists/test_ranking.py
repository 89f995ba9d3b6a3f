"""Who is listed, in which order, with which columns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from retain.errors import ConfigError
from retain.lists import ranking
from retain.lists.length import call_order
from retain.lists.ranking import Provenance, at_risk, first_to_call

PROVENANCE = Provenance(as_of=date(2011, 9, 1), model_version="3", run_id="abc")


def scores(**probabilities: float) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": pd.Series(list(probabilities), dtype="str")})
    frame["churn_probability"] = list(probabilities.values())
    frame["risk_percentile"] = 50.0
    frame["risk_band"] = pd.Series("high", index=frame.index, dtype="str")
    frame["segment"] = pd.Series(None, index=frame.index, dtype="str")
    return frame.assign(expected_value=np.nan, value_at_risk=np.nan, expected_saving=np.nan)


def facts(*rows: tuple[str | None, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["last_order", "days_since_last", "usual_gap"])
    return frame.astype({"last_order": "datetime64[s]"})


def no_reasons(count: int) -> pd.DataFrame:
    return pd.DataFrame({f"reason_{n}": [""] * count for n in (1, 2, 3)}, dtype="str")


def listed(people: pd.DataFrame | None = None, **probabilities: float) -> pd.DataFrame:
    frame = scores(**probabilities)
    return at_risk(
        frame,
        facts(*[("2011-08-20", 12.0, 4.4)] * len(frame)),
        listed=first_to_call(frame, size="auto", capacity=10),
        reasons=no_reasons(len(frame)),
        provenance=PROVENANCE,
        people=people,
    )


def ids(size: int | str, capacity: int, **probabilities: float) -> list[str]:
    frame = scores(**probabilities)
    return frame["customer_id"].iloc[first_to_call(frame, size=size, capacity=capacity)].tolist()


def dates(last_order: str | None, since: float, gap: float) -> pd.Series:
    frame = at_risk(
        scores(a=0.5),
        facts((last_order, since, gap)),
        listed=np.array([0]),
        reasons=no_reasons(1),
        provenance=PROVENANCE,
    )
    return frame.iloc[0]


def test_the_likeliest_to_leave_come_first():
    assert ids("auto", 10, a=0.2, b=0.9, c=0.5) == ["b", "c", "a"]


def test_ties_go_by_customer_id():
    assert ids(3, 10, z=0.5, y=0.5, x=0.5, w=0.5, a=0.1) == ["w", "x", "y"]


def test_auto_is_as_long_as_the_capacity():
    assert ids("auto", 2, a=0.2, b=0.9, c=0.5) == ["b", "c"]


def test_a_number_is_the_length_whatever_the_capacity():
    assert ids(3, 1, a=0.2, b=0.9, c=0.5) == ["b", "c", "a"]


@pytest.mark.parametrize("size", [0, 5])
def test_the_list_is_never_longer_than_the_eligible(size):
    assert len(ids(size, 10, a=0.2, b=0.9)) == min(size, 2)


def test_nobody_eligible_gives_an_empty_list():
    frame = listed()
    assert frame.empty
    assert list(frame.columns) == list(ranking.COLUMNS)


def test_the_columns_are_those_of_the_contract_in_its_order():
    frame = listed(a=0.2, b=0.9)
    assert list(frame.columns) == list(ranking.COLUMNS)
    assert frame["rank"].tolist() == [1, 2]
    assert frame["customer_id"].tolist() == ["b", "a"]
    assert set(frame["group"]) == {"contact"}


def test_provenance_stands_in_every_row():
    frame = listed(a=0.2, b=0.9)
    assert frame["as_of"].eq(pd.Timestamp("2011-09-01")).all()
    assert frame[["model_version", "run_id"]].drop_duplicates().to_numpy().tolist() == [["3", "abc"]]


@pytest.mark.parametrize("column", ["segment", "action", "owner", "change"])
def test_what_is_not_built_yet_is_empty_text(column):
    frame = listed(a=0.2)
    assert frame[column].dtype == "str"
    assert frame[column].isna().all()


def test_the_next_order_is_expected_after_the_usual_gap():
    row = dates("2011-08-20", 12, 4.4)
    assert row["expected_next_order"] == pd.Timestamp("2011-08-24")
    assert row["days_overdue"] == 8


def test_a_customer_who_is_not_due_is_zero_days_overdue():
    row = dates("2011-08-30", 2, 30.0)
    assert row["expected_next_order"] == pd.Timestamp("2011-09-29")
    assert row["days_overdue"] == 0


def test_without_a_usual_gap_nothing_is_expected():
    row = dates("2011-08-30", 2, np.nan)
    assert row["days_since_last"] == 2
    assert row[["usual_gap", "expected_next_order", "days_overdue"]].isna().all()


def test_without_an_order_there_are_no_dates():
    row = dates(None, np.nan, np.nan)
    assert row[["last_order", "days_since_last", "expected_next_order", "days_overdue"]].isna().all()


def test_facts_and_reasons_go_with_their_customer():
    frame = at_risk(
        scores(a=0.2, b=0.9),
        facts(("2011-08-01", 31, 7.0), ("2011-07-01", 62, 9.0)),
        listed=np.array([1, 0]),
        reasons=pd.DataFrame({f"reason_{n}": [f"b{n}", f"a{n}"] for n in (1, 2, 3)}),
        provenance=PROVENANCE,
    )
    assert frame["days_since_last"].tolist() == [62, 31]
    assert frame["reason_2"].tolist() == ["b2", "a2"]


def test_owner_and_shown_columns_stand_side_by_side():
    people = pd.DataFrame({"customer_id": ["a", "x"], "owner": ["Ann", "Xi"], "phone": ["0123", "9"]})
    frame = listed(people, a=0.2, b=0.9)
    assert frame["owner"].fillna("").tolist() == ["", "Ann"]
    assert frame["phone"].fillna("").tolist() == ["", "0123"]
    assert frame.columns[frame.columns.get_loc("owner") + 1] == "phone"


def test_a_customer_named_twice_is_listed_once():
    people = pd.DataFrame({"customer_id": ["a", "a"], "owner": ["Old", "New"]})
    assert listed(people, a=0.2)["owner"].tolist() == ["New"]


def test_a_column_to_show_may_not_be_called_like_one_of_the_list():
    with pytest.raises(ConfigError, match=r"tables.customers.show: the list has a column 'rank'"):
        listed(pd.DataFrame({"customer_id": ["a"], "rank": ["gold"]}), a=0.2)


def worth(**savings: float) -> pd.DataFrame:
    """Customers as likely to leave as they are worth little."""
    frame = scores(**{name: 1 / (2 + abs(saving)) for name, saving in savings.items()})
    return frame.assign(expected_saving=list(savings.values()), value_at_risk=[-s for s in savings.values()])


def called(frame: pd.DataFrame, **options: object) -> str:
    chosen = {"size": "auto", "capacity": 10, "order_by": "expected_saving", **options}
    return "".join(frame["customer_id"].iloc[first_to_call(frame, **chosen)])


@pytest.mark.parametrize(
    ("order_by", "order"),
    [("expected_saving", "bca"), ("value_at_risk", "acb"), ("churn_probability", "acb")],
)
def test_the_list_is_in_the_order_asked_for(order_by, order):
    assert called(worth(a=1.0, b=9.0, c=5.0), order_by=order_by, size=3) == order


def test_an_automatic_list_ends_where_contacts_lose_money():
    assert called(worth(a=-1.0, b=9.0, c=5.0)) == "bc"


def test_an_automatic_list_in_another_order_earns_most_too():
    assert called(worth(a=-1.0, b=9.0, c=5.0), order_by="churn_probability") == "acb"


def test_an_automatic_list_is_no_longer_than_can_be_called():
    assert called(worth(a=1.0, b=9.0, c=5.0), capacity=2) == "bc"


def test_nobody_is_listed_where_every_contact_loses():
    assert called(worth(a=-1.0, b=-2.0)) == ""


def test_a_business_without_values_lists_the_most_likely_as_many_as_can_be_called():
    assert called(scores(a=0.2, b=0.9, c=0.5), capacity=2) == "bc"


def test_those_spared_are_not_listed():
    assert called(worth(a=1.0, b=9.0, c=5.0), spared=np.array([False, True, False])) == "ca"


def test_the_holdout_is_listed_but_does_not_count_to_the_capacity():
    assert called(worth(a=1.0, b=9.0, c=5.0), capacity=2, held=np.array([False, True, False])) == "bca"


def test_equal_savings_are_ordered_by_risk_then_id():
    frame = scores(b=0.5, a=0.5, c=0.9).assign(expected_saving=7.0)
    assert called(frame) == "cab"


def test_a_column_to_show_takes_the_place_of_one_behind_the_lists_own():
    people = pd.DataFrame({"customer_id": ["a"], "tier": ["A-customer"]})
    frame = at_risk(
        scores(a=0.2).assign(tier="gold", break_even=0.1),
        facts((None, np.nan, np.nan)),
        listed=np.array([0]),
        reasons=pd.DataFrame({f"reason_{n}": [""] for n in (1, 2, 3)}),
        provenance=PROVENANCE,
        people=people,
    )
    assert frame["tier"].tolist() == ["A-customer"]
    assert list(frame.columns)[-1] == "break_even"


@pytest.mark.parametrize("spared", [None, [False, True, False, True]])
def test_an_order_that_is_known_already_changes_nothing(spared):
    frame = pd.DataFrame({"customer_id": list("abcd"), "churn_probability": [0.1, 0.4, 0.4, 0.2]})
    frame = frame.assign(expected_saving=[np.nan, 3.0, np.nan, 1.0])
    chosen = {"size": 3, "capacity": 9, "order_by": "expected_saving"}
    chosen["spared"] = None if spared is None else np.array(spared)
    known = call_order(frame, "expected_saving")
    assert first_to_call(frame, **chosen, order=known).tolist() == first_to_call(frame, **chosen).tolist()
