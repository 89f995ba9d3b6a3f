"""What speaks against a list: each check at, below and beyond its threshold."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from retain.lists import findings

DAY = date(2020, 6, 1)


def days(*spans, table="orders", rows=10):
    """So many rows on each day of [first, last) before DAY, counted in days before it."""
    there = [DAY - timedelta(days=ago) for first, last in spans for ago in range(first, last, -1)]
    return pd.DataFrame({"table": table, "day": pd.to_datetime(sorted(there)), "rows": rows})


def plus(frame, ago, rows):
    """The frame with more, or fewer, rows on one day."""
    there = frame["day"] == pd.Timestamp(DAY - timedelta(days=ago))
    return frame.assign(rows=frame["rows"] + there * rows)


def told(found):
    """The one finding: whether it refuses, and its sentence; None where there is none."""
    (one,) = list(found) or [None]
    return one and (one.refuses, one.sentence)


def stale(*frames, most=8, counted=("orders",)):
    return told(findings.stale(pd.concat(frames), counted=counted, as_of=DAY, most=most))


@pytest.mark.parametrize(("newest", "refuses"), [(1, None), (4, None), (5, False), (8, False), (9, True)])
def test_the_newest_row_may_be_so_many_days_old(newest, refuses):
    found = stale(days((100, newest - 1)))
    assert (found and found[0]) is refuses


def test_a_feed_that_stopped_is_named_with_its_newest_day_and_what_to_do():
    _, said = stale(days((100, 19)))
    assert said == (
        "the newest row of orders is of 2020-05-12, 20 days before the as-of 2020-06-01; at most 8 days may "
        "be (gates.max_age_days); see whether the feed has stopped"
    )


def test_a_daily_table_beside_the_counted_one_must_go_on_too():
    orders = days((100, 0))
    assert stale(orders, days((100, 9), table="activity"))[0] is True
    assert stale(orders, days((100, 2), table="activity")) is None


def test_a_table_that_has_rows_seldom_may_rest():
    campaigns = days(*((ago, ago - 1) for ago in (150, 100, 50)), table="activity")
    assert stale(days((100, 0)), campaigns) is None


def test_several_sources_of_the_counted_table_count_together():
    web, shop = days((100, 0), table="activity_0"), days((100, 30), table="activity_1")
    assert stale(web, shop, counted=("activity_0", "activity_1")) is None


@pytest.mark.parametrize(("rows", "refuses"), [(1_100, None), (900, None), (850, False), (790, True)])
def test_a_source_may_lose_some_of_its_rows(rows, refuses):
    found = told(findings.fewer_rows({"orders": rows}, {"orders": 1_000}, since=DAY, most=0.2))
    assert (found and found[0]) is refuses


def test_a_source_that_was_not_read_both_times_is_not_compared():
    assert told(findings.fewer_rows({"activity_0": 5}, {"activity": 1_000}, since=DAY, most=0.2)) is None


def history(now, before, most=0.01, most_lost=0.2):
    return told(findings.changed_history(now, before, until=DAY, most=most, most_lost=most_lost))


def test_the_same_history_with_newer_days_is_no_finding():
    assert history(days((100, -7)), days((100, 0))) is None


def test_a_day_that_vanished_is_refused():
    refuses, said = history(days((100, 50), (45, -7)), days((100, 0)))
    assert refuses
    assert "5 days before 2020-06-01 have other row counts" in said
    assert "by 5.00% of its rows (2020-04-12: -10)" in said


def test_what_lies_below_the_threshold_is_told():
    refuses, said = history(plus(days((100, 0)), 50, -1), days((100, 0)))
    assert not refuses
    assert "by 0.10% of its rows" in said


def test_rows_added_to_days_long_past_change_the_history_too():
    assert history(plus(days((100, 0)), 50, 300), days((100, 0)))[0]


def test_rows_that_came_late_are_ordinary():
    assert history(plus(days((100, 0)), 2, 300), days((100, 0))) is None


def test_but_newest_rows_that_vanish_are_not():
    assert history(plus(days((100, 0)), 2, -10), days((100, 0)), most=0.005)[0]


def test_a_source_may_forget_its_oldest_days():
    assert history(days((95, 0)), days((100, 0))) is None


def test_but_not_many_of_them():
    refuses, said = history(days((70, 0)), days((100, 0)))
    assert refuses
    assert "orders begins on 2020-03-23 now: 30.0% of the rows seen at the last list were older" in said


@pytest.mark.parametrize(
    ("now", "weeks", "refuses"), [(1_100, 1, None), (1_200, 1, False), (1_310, 1, True), (1_310, 4, None)]
)
def test_the_number_of_customers_may_change_so_much_a_week(now, weeks, refuses):
    as_of = DAY + timedelta(weeks=weeks)
    found = told(findings.changed_customers(now, 1_000, since=DAY, as_of=as_of, most=0.3))
    assert (found and found[0]) is refuses


def test_the_number_of_customers_may_not_halve_either():
    found = told(findings.changed_customers(500, 1_000, since=DAY, as_of=DAY, most=0.3))
    assert found[0]
    assert "500 customers are eligible, -50.0% against the 1,000 of 2020-06-01" in found[1]


def labels(**rows):
    oldest = {"new": pd.Timestamp("2020-05-20")}
    first = [oldest.get(name, pd.Timestamp("2019-01-01")) for name in rows]
    return pd.DataFrame({"table": "orders", "label": list(rows), "oldest": first, "rows": rows.values()})


def unseen(found, known=None):
    until = date(2020, 5, 1)
    return told(findings.unseen_labels(found, known=known or {}, trained_until=until, most=0.3))


def test_a_category_is_unseen_that_had_no_row_when_the_model_was_trained():
    assert unseen(labels(food=90, new=10)) is None
    assert unseen(labels(food=80, new=20))[0] is False
    assert unseen(labels(food=60, new=40)) == (
        True,
        "orders: 40.0% of the newest rows are of kinds unseen in training ('new'); at most 30% may be "
        "(gates.max_unseen)",
    )


def test_a_kind_is_unseen_that_the_model_does_not_know():
    assert unseen(labels(food=60, toys=40), known={"orders": ["food"]})[0]


def test_an_attribute_may_have_as_many_rare_values_as_in_training():
    assert told(findings.unseen_share("country", 0.5, 0.45, most=0.3)) is None
    assert told(findings.unseen_share("country", 0.5, 0.1, most=0.3))[0]


@pytest.mark.parametrize(("share", "refuses"), [(0.1, None), (0.15, False), (0.21, True)])
def test_a_table_may_be_unusable_in_part(share, refuses):
    found = told(findings.missing("orders", share, most=0.2))
    assert (found and found[0]) is refuses


@pytest.mark.parametrize(("age", "refuses"), [(-30, None), (90, None), (120, False), (181, True)])
def test_a_champion_grows_old(age, refuses):
    found = told(findings.old_model(3, DAY - timedelta(days=age), as_of=DAY, most=180))
    assert (found and found[0]) is refuses


@pytest.mark.parametrize("strict", [True, False])
def test_other_definitions_are_told_and_refused_where_that_is_asked_for(strict):
    found = findings.other_definitions(3, refuses=strict)
    assert found.refuses is strict
    assert "have changed since the champion (version 3) was trained" in found.sentence
