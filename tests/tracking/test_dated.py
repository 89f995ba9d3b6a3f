"""Which version would have scored on a past day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from retain.tracking.dated import champion_of
from retain.tracking.registry import Version


def version(number, data_end=None, *, aliases=(), **tags):
    given = tags | ({} if data_end is None else {"data_end": data_end})
    return Version(number, f"r{number}", datetime(2020, 1, 1, tzinfo=UTC), aliases, given, {}, "")


FIRST = version(1, "2020-01-06", promoted="yes")
SECOND = version(2, "2020-02-03", promoted="yes")
TURNED_DOWN = version(3, "2020-03-02", aliases=("challenger",))
SERVING = version(4, "2020-04-06", aliases=("champion",))


@pytest.mark.parametrize(
    ("day", "number"),
    [("2020-01-05", None), ("2020-01-06", 1), ("2020-02-02", 1), ("2020-03-30", 2), ("2020-06-01", 4)],
)
def test_the_newest_champion_that_saw_nothing_from_the_day_on(day, number):
    found = champion_of((SERVING, TURNED_DOWN, SECOND, FIRST), date.fromisoformat(day))
    assert (found and found.number) == number


def test_of_two_that_saw_the_same_the_later_one():
    again = version(5, "2020-02-03", promoted="yes")
    assert champion_of((again, SECOND), date(2020, 3, 1)).number == 5


def test_one_that_was_succeeded_before_promotions_were_kept_was_a_champion_too():
    succeeded = version(6, "2020-01-06")
    successor = version(7, "2020-05-04", previous_champion="6", promoted="yes")
    assert champion_of((successor, succeeded), date(2020, 3, 1)).number == 6


def test_what_a_version_saw_must_be_known():
    assert champion_of((version(8, promoted="yes"),), date(2020, 3, 1)) is None
