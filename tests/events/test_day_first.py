"""Dates with the year last are read where the column tells day from month, and not where it does not."""

from __future__ import annotations

import pytest

from shops import ORDERS, orders, rejects, seen


def _read(folder, *times, **keys):
    """The business's day of each time, in the order of the customers a, b, c…"""
    lines = "".join(f"{who},{at}\n" for who, at in zip("abcdefgh", times, strict=False))
    events = orders(folder, f"who,at\n{lines}", gates={"max_missing": 1}, **keys)
    return {who: rows[0][0] for who, rows in seen(events).items()}


@pytest.mark.parametrize("sign", "/.-")
def test_a_number_above_twelve_tells_that_the_day_comes_first(tmp_path, sign):
    days = _read(tmp_path, sign.join(["24", "12", "2019"]), sign.join(["3", "4", "2019"]))
    assert days == {"a": "2019-12-24", "b": "2019-04-03"}


def test_it_may_as_well_be_the_second(tmp_path):
    days = _read(tmp_path, "12/1/2019 8:26", "12/24/2019 23:59:59")
    assert days == {"a": "2019-12-01", "b": "2019-12-24"}


def test_where_no_number_tells_the_dates_are_not_read(tmp_path):
    assert _read(tmp_path, "03/04/2019", "05/06/2019", "2019-01-01") == {"c": "2019-01-01"}
    assert [row["at"] for row in rejects(tmp_path)] == ["03/04/2019", "05/06/2019"]


def test_where_the_numbers_contradict_each_other_the_dates_are_not_read(tmp_path):
    assert _read(tmp_path, "24/12/2019", "12/24/2019", "2019-01-01") == {"c": "2019-01-01"}


def test_days_that_there_are_not_are_set_aside(tmp_path):
    assert _read(tmp_path, "24/12/2019", "31/02/2019", "00/01/2019") == {"a": "2019-12-24"}


def test_a_time_of_day_is_moved_to_the_business_but_a_day_is_not(tmp_path):
    times = ["24/12/2019 23:30", "24/12/2019"]
    days = _read(tmp_path, *times, timezone="Europe/Berlin", naive="UTC")
    assert days == {"a": "2019-12-25", "b": "2019-12-24"}


def test_each_column_is_told_by_itself(tmp_path):
    content = "who,at,off\na,24/12/2019,01/13/2020\nb,03/04/2019,\n"
    events = orders(tmp_path, content, columns={**ORDERS, "cancelled": "off"})
    assert seen(events, cutoff="2020-01-10") == {"a": [("2019-12-24", None)], "b": [("2019-04-03", None)]}
    assert seen(events, cutoff="2020-01-14") == {"b": [("2019-04-03", None)]}
