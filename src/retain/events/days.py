"""Days as whole numbers since 1970-01-01, which is how cutoffs and rows are kept."""

from __future__ import annotations

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def to_day(when: date) -> int:
    """The number of a date."""
    return (when - EPOCH).days


def to_date(day: int) -> date:
    """The date of a number."""
    return EPOCH + timedelta(days=int(day))
