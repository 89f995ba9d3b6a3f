"""Whether midnight falls into the night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

import shops
from inspections import found, look
from retain.readiness.hours import likely_zone, midnight, quietest

SHOP = [0] * 7 + [20, 40, 60, 80, 90, 90, 80, 80, 80, 90, 100, 90, 60, 40, 20, 10, 4]
"""Rows of each hour of a shop that is open from seven to midnight."""


def table(shift: int) -> dict[str, list[object]]:
    """The shop's hours on ten days, read so many hours later."""
    at = [
        datetime(2020, 1, 1) + timedelta(days=day, hours=hour + shift, minutes=i % 60)
        for day in range(10)
        for hour, rows in enumerate(SHOP)
        for i in range(rows // 4)
    ]
    return {"who": [f"c{i % 40}" for i in range(len(at))], "at": at}


def suspicions(folder, shift, **keys):
    return found(look(shops.orders(folder, table(shift), name="o.parquet", **keys)), "timezone-suspicion")


@pytest.mark.parametrize("shift", [5, 8, -9, 12])
def test_a_day_read_in_another_timezone_raises_the_suspicion(tmp_path, shift):
    (one,) = suspicions(tmp_path, shift)
    assert "midnight falls into busy hours" in one.says
    assert "timezone: UTC" in one.do


@pytest.mark.parametrize("shift", [0, 1, -1])
def test_a_day_read_as_it_was_raises_none(tmp_path, shift):
    assert not suspicions(tmp_path, shift)


def test_the_right_timezones_take_the_suspicion_away(tmp_path):
    assert not suspicions(tmp_path, 5, naive="UTC", timezone="America/New_York")


def test_dates_without_a_time_of_day_raise_none(tmp_path):
    days = {"who": ["a"] * 900, "at": [date(2020, 1, 1 + i % 28) for i in range(900)]}
    assert not found(look(shops.orders(tmp_path, days, name="o.parquet")), "timezone-suspicion")


def test_a_business_that_never_sleeps_raises_none(tmp_path):
    at = [datetime(2020, 1, 1) + timedelta(hours=i) for i in range(900)]
    events = shops.orders(tmp_path, {"who": ["a"] * 900, "at": at}, name="o.parquet")
    assert not found(look(events), "timezone-suspicion")


def test_the_quietest_hours_may_lie_around_midnight():
    hours = np.array([0, 0, *[9] * 20, 0, 0])
    assert quietest(hours)[0] == 22
    assert midnight(hours) == 0


def test_the_place_that_is_guessed_lies_where_the_night_would_be():
    utc = np.roll(SHOP, 5)
    assert likely_zone(utc, read_as="UTC") in ("America/New_York", "America/Chicago")
    assert likely_zone(np.roll(SHOP, -9), read_as="UTC") in ("Asia/Tokyo", "Asia/Shanghai")
