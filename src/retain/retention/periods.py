"""Periods: half-open runs of days, cut at the calendar's months, quarters or years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from retain.errors import UsageError

Unit = Literal["month", "quarter", "year"]
MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}

MOST_PARTS = 120
"""Parts of a period: their ends are the bits of one 128-bit number."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days [start, stop)."""

    start: date
    stop: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.stop - _DAY

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.stop - self.start).days

    @property
    def months(self) -> int | None:
        """How many whole calendar months it is; None where it is none."""
        if self.start.day != 1 or self.stop.day != 1:
            return None
        return _ordinal(self.stop) - _ordinal(self.start)

    @property
    def years(self) -> float:
        """Its length: twelfths for whole months, else days of a year of 365."""
        return self.days / 365 if self.months is None else self.months / 12

    @property
    def name(self) -> str:
        """As people write it: 2011-03, 2011-Q1, 2011, else its first and last day, as 2011-03 (5 to 31)."""
        year, month = self.start.year, self.start.month
        if self.months == 1:
            return f"{year}-{month:02}"
        if self.months == 3 and month % 3 == 1:
            return f"{year}-Q{month // 3 + 1}"
        if self.months == 12 and month == 1:
            return f"{year}"
        if (year, month) == (self.last.year, self.last.month):
            return f"{year}-{month:02} ({self.start.day} to {self.last.day})"
        return f"{self.start} to {self.last}"

    def before(self) -> Period:
        """The period of the same length just before this one."""
        if self.months is None:
            return Period(self.start - timedelta(days=self.days), self.start)
        return Period(_first_day(_ordinal(self.start) - self.months), self.start)

    def cut(self, by: Unit) -> tuple[Period, ...]:
        """Its calendar units; the first and the last may be parts of one."""
        found, start = [], self.start
        while start < self.stop:
            stop = min(next_unit(start, by), self.stop)
            found.append(Period(start, stop))
            start = stop
        return tuple(found)


@dataclass(frozen=True)
class Scope:
    """What is measured, and what could be seen of it.

    parts: `whole` cut by `by`. as_of: what was recorded or cancelled before it is known. reached: the data
    are whole up to this day. began: the day of the oldest row. active_within: days before a moment in which
    an active customer has a row.
    """

    whole: Period
    parts: tuple[Period, ...]
    by: Unit
    as_of: date
    reached: date
    began: date
    active_within: int

    @classmethod
    def of(
        cls, whole: Period, *, by: Unit, as_of: date, reached: date, began: date, active_within: int
    ) -> Scope:
        """Raises UsageError for a period that is empty, not begun at the as-of, or of too many parts."""
        if whole.stop <= whole.start:
            raise UsageError(f"--to {whole.last} lies before --from {whole.start}")
        if whole.start >= as_of:
            raise UsageError(
                f"--from {whole.start}: as of {as_of} the period has not begun; the data end before {as_of}"
            )
        parts = whole.cut(by)
        if len(parts) > MOST_PARTS:
            raise UsageError(
                f"{whole.start} to {whole.last} has {len(parts)} parts by {by}; at most {MOST_PARTS} can be "
                "counted at once: ask for a shorter period or for --by quarter or year"
            )
        return cls(whole, parts, by, as_of, reached, began, active_within)

    @property
    def seen(self) -> date:
        """The first day of which nothing counts."""
        return min(self.as_of, self.whole.stop)

    @property
    def periods(self) -> tuple[Period, ...]:
        """The parts, then the whole."""
        return (*self.parts, self.whole)

    @property
    def moments(self) -> tuple[date, ...]:
        """Where periods begin and end."""
        return tuple(sorted({day for period in self.periods for day in (period.start, period.stop)}))

    def over(self, period: Period) -> bool:
        """Whether the data reach to the period's end."""
        return period.stop <= self.reached

    def remembered(self, period: Period) -> bool:
        """Whether the data go back far enough to know who was active at the period's start."""
        return self.began <= period.start - timedelta(days=self.active_within)

    def within(self, active_within: int) -> Scope:
        """The same with another meaning of active."""
        return replace(self, active_within=active_within)


def unit_of(day: date, by: Unit) -> date:
    """The first day of the calendar unit that a day lies in."""
    return _first_day(_ordinal(day) // MONTHS[by] * MONTHS[by])


def next_unit(day: date, by: Unit) -> date:
    """The first day of the unit after the one that a day lies in."""
    return _first_day(_ordinal(unit_of(day, by)) + MONTHS[by])


def units_between(first: date, last: date, by: Unit) -> int:
    """How many units lie between two units' first days."""
    return (_ordinal(last) - _ordinal(first)) // MONTHS[by]


def newest_year(*, reached: date, began: date, active_within: int = 0) -> Period:
    """The twelve newest whole months, fewer where the history is shorter; all of it where it has none.

    Only months at whose start it could be known who was active, where there are any.
    """
    stop = _first_day(_ordinal(reached))
    year = _first_day(_ordinal(stop) - 12)
    for first in (began + timedelta(days=active_within), began):
        start = max(year, _first_day(_ordinal(first - _DAY) + 1))
        if start < stop:
            return Period(start, stop)
    return Period(began, reached)


def _ordinal(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(ordinal: int) -> date:
    return date(ordinal // 12, ordinal % 12 + 1, 1)
