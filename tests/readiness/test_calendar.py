"""Days without rows, months that are cut, levels that change."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

import shops
from inspections import daily, found, look, source
from retain.readiness.calendar import change, closed_weekdays, read
from retain.readiness.findings import Level

PAID = {**shops.ORDERS, "amount": "paid"}


def shop(folder, table, **keys):
    return shops.orders(folder, table, name="orders.parquet", columns=PAID, **keys)


def codes(folder, table, code, **keys):
    return found(look(shop(folder, table), **keys), code)


def test_rows_are_counted_by_day_and_hour(tmp_path):
    calendar = read(source(shop(tmp_path, daily(10, skip=[3]))), as_of=date(2019, 1, 9))
    assert calendar.rows.tolist() == [20, 20, 20, 0, 20, 20, 20, 20]
    assert (calendar.first, calendar.newest) == (date(2019, 1, 1), date(2019, 1, 8))
    assert (calendar.hours[12], calendar.timed) == (140, 140)


def test_days_without_rows_are_named(tmp_path):
    (one,) = codes(tmp_path, daily(90, skip=range(40, 46)), "calendar-gaps")
    assert "2019-02-10 to 2019-02-15" in one.says
    assert (one.level, one.count) == (Level.WARNING, 6)


def test_one_day_without_rows_is_a_hint(tmp_path):
    (one,) = codes(tmp_path, daily(90, skip=[40]), "calendar-gaps")
    assert one.says.startswith("1 day that should have rows has none")
    assert one.level is Level.ADVICE


def test_a_few_rows_a_week_have_no_gaps(tmp_path):
    assert not codes(tmp_path, daily(90, rows=2, skip=range(40, 60)), "calendar-gaps")


def test_a_weekday_that_is_always_empty_is_named_and_is_no_gap(tmp_path):
    saturdays = [day for day in range(90) if (date(2019, 1, 1).weekday() + day) % 7 == 5]
    inspection = look(shop(tmp_path, daily(90, skip=saturdays)))
    (one,) = found(inspection, "empty-weekdays")
    assert "nothing on Saturdays (13 of them)" in one.says
    assert not found(inspection, "calendar-gaps")
    assert closed_weekdays(inspection.calendars["orders"]).tolist() == [False] * 5 + [True, False]


def test_a_last_month_that_is_cut_is_told_unless_it_is_this_one(tmp_path):
    table = daily(99)  # until 2019-04-09
    (one,) = codes(tmp_path, table, "cut-month")
    assert "2019-04, is cut: it holds 9 of its 30 days" in one.says
    assert not codes(tmp_path, table, "cut-month", today=date(2019, 4, 10))
    assert not codes(tmp_path, daily(90), "cut-month")  # until 2019-03-31


def test_a_last_day_that_is_not_over_is_told(tmp_path):
    table = daily(99, hour=17)
    last = {"who": ["a"] * 3, "at": [datetime(2019, 4, 10, 9, i) for i in range(3)], "paid": [1.0] * 3}
    (one,) = codes(tmp_path, {key: table[key] + last[key] for key in table}, "cut-day")
    assert "2019-04-10, ends at 09:02 (usually at 17:19) with 3 rows in place of about 20" in one.says
    assert "--as-of 2019-04-10" in one.do


@pytest.mark.parametrize(
    ("stray", "level"), [(datetime(1970, 1, 1), Level.WARNING), (datetime(2019, 12, 31), Level.ERROR)]
)
def test_a_row_far_from_all_others_is_shown(tmp_path, stray, level):
    table = daily(90)
    table = {"who": ["x", *table["who"]], "at": [stray, *table["at"]], "paid": [1.0, *table["paid"]]}
    (one,) = codes(tmp_path, table, "stray-times")
    assert (one.level, one.count, one.example["who"]) == (level, 1, "x")


def test_a_level_that_doubles_and_more_is_told(tmp_path):
    few, many = daily(84, rows=4), daily(84, rows=20, start=date(2019, 3, 26))
    (one,) = codes(tmp_path, {key: few[key] + many[key] for key in few}, "level-change")
    assert "from about 28 to 140 within a month around 2019-03-26" in one.says


def test_amounts_in_another_unit_are_told(tmp_path):
    table = daily(168)
    table["paid"] = [paid * (100 if i >= 84 * 20 else 1) for i, paid in enumerate(table["paid"])]
    (one,) = codes(tmp_path, table, "amount-change")
    assert one.level is Level.WARNING


def test_a_steady_series_has_no_change():
    steady = np.log(np.tile([100.0, 120.0, 90.0], 10))
    assert change(steady) is None
    assert change(steady[:8]) is None
