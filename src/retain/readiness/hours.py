"""The hours of the day: where midnight falls into the busy hours, times are read in the wrong timezone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from retain.readiness.calendar import Calendar
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

ENOUGH = 500  # rows that a shape of the day is told from
NIGHT = 4  # hours that a night has at least
QUIET = 0.25  # of an average hour: what the quietest hours have at most for there to be a night
BUSY = 0.5  # of an average hour: what the hours around midnight have where it is no night
SLEEP = 4.0  # when the quietest hours are half over, in most businesses

PLACES = (
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""One well-known timezone for each part of the world, from west to east."""


def quietest(hours: NDArray[np.int64]) -> tuple[int, float]:
    """The hour at which the quietest hours begin, and their rows as a share of an average hour's."""
    noon = int(hours.argmax())  # begun there, equally quiet hours do not wrap around, and have a middle
    sums = np.lib.stride_tricks.sliding_window_view(np.roll(hours, -noon), NIGHT).sum(axis=1)
    start = int(np.median(np.flatnonzero(sums == sums.min())))
    return (start + noon) % 24, float(sums.min() / NIGHT / max(hours.mean(), 1e-9))


def midnight(hours: NDArray[np.int64]) -> float:
    """Rows of the hours before and after midnight, as a share of an average hour's."""
    return float((hours[23] + hours[0]) / 2 / max(hours.mean(), 1e-9))


def suspicious(calendar: Calendar) -> bool:
    """Whether there is a night, and midnight does not fall into it."""
    if calendar.timed < max(ENOUGH, 0.5 * int(calendar.rows.sum())):
        return False
    _, quiet = quietest(calendar.hours)
    return quiet < QUIET and midnight(calendar.hours) > BUSY


def likely_zone(hours: NDArray[np.int64], *, read_as: str, day: datetime | None = None) -> str:
    """The place where the quietest hours would lie at night, for times that are read in `read_as`."""
    start, _ = quietest(hours)
    moment = day or datetime(2024, 1, 15, tzinfo=UTC)
    read = _offset(read_as, moment)
    wanted = SLEEP - (start + NIGHT / 2) + read
    return min(PLACES, key=lambda place: abs((_offset(place, moment) - wanted + 12) % 24 - 12))


def _offset(zone: str, moment: datetime) -> float:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return offset.total_seconds() / 3600


def judge(source: Source, calendar: Calendar, *, timezone: str) -> Iterator[Finding]:
    """The suspicion that the day's boundary lies in the middle of the business's day."""
    if not suspicious(calendar):
        return
    start, _ = quietest(calendar.hours)
    share = (calendar.hours[22:].sum() + calendar.hours[:2].sum()) / calendar.hours.sum()
    naive = source.table.timezone or timezone
    place = likely_zone(calendar.hours, read_as=timezone)
    yield Finding(
        "timezone-suspicion",
        Level.WARNING,
        f"{source.name}.{source.columns.time}",
        f"midnight falls into busy hours: {share:.0%} of the rows lie between 22:00 and 2:00, and the "
        f"quietest hours are {start:02d}:00 to {(start + NIGHT) % 24:02d}:00. The times look like those of "
        f"another timezone than {timezone}, and many rows then count for the wrong day",
        f"if the times are written in {naive} and the business is elsewhere, say both: `timezone: {place}` "
        f"(a guess) at the top, and `timezone: {naive}` under tables.{source.name.partition('_')[0]}",
        int(calendar.hours[22:].sum() + calendar.hours[:2].sum()),
        source.example(
            "retain_reason IS NULL AND retain_customer IS NOT NULL AND hour(retain_time) = 0 "
            "AND retain_time <> retain_time::DATE",
            order="retain_time",
        ),
    )
