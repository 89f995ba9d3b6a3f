"""Days as whole numbers since 1970-01-01, which is how cutoffs and rows are kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
MICROSECONDS_A_DAY = 86_400_000_000


def to_day(when: date) -> int:
    """The number of a date."""
    return (when - EPOCH).days


def to_date(day: int) -> date:
    """The date of a number."""
    return EPOCH + timedelta(days=int(day))


def business_time(moment: datetime | None, *, timezone: str) -> datetime:
    """What a clock of the business shows at a moment (now by default), without its timezone."""
    known = moment or datetime.now(tz=ZoneInfo("UTC"))
    return known.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
