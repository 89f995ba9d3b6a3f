"""The timezone, which no column says: a suggestion from the hours of the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retain.events import sql
from retain.proposal.columns import Column, Query
from retain.readiness.hours import BUSY, ENOUGH, NIGHT, QUIET, likely_zone, midnight, quietest

PLAIN = f"{'timezone: UTC':<46}  # whose midnight begins a day, such as Europe/London"


def suggestion(column: Column, query: Query) -> list[str]:
    """Lines of the config on the timezone; what the hours suggest is only told in a comment."""
    hours = _hours(column, query)
    if hours.sum() < ENOUGH:
        return [PLAIN]
    start, quiet = quietest(hours)
    told = f"# The quietest hours are {start:02d}:00 to {(start + NIGHT) % 24:02d}:00"
    if quiet < QUIET and midnight(hours) > BUSY:
        place = likely_zone(hours, read_as="UTC")
        return [
            PLAIN,
            f"{told}, and midnight is busy: the times look like",
            f"# UTC of a business elsewhere. If so, write `timezone: {place}` (a guess) above,",
            "# and `timezone: UTC` beside `source:` in each table whose times are UTC.",
        ]
    return [PLAIN, f"{told}, so the times seem to be local already."]


def _hours(column: Column, query: Query) -> NDArray[np.int64]:
    """(24,) rows of each hour, of times with a time of day; all zero where there is none."""
    hours = np.zeros(24, dtype=np.int64)
    if column.timed < 0.5:
        return hours
    name = sql.name(column.name)
    hour = f"hour(try_cast({name} AS TIMESTAMP))"
    if column.type == "VARCHAR":
        hour = f"try_cast(regexp_extract({name}, '(\\d{{1,2}}):\\d\\d', 1) AS INTEGER)"
    found = query(
        f"SELECT {hour} AS retain_hour, count(*) FROM raw GROUP BY 1 HAVING retain_hour BETWEEN 0 AND 23"
    )
    for each, rows in found:
        hours[int(each)] = rows
    return hours
