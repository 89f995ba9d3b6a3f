"""Rows by day: days without any, weekdays that are always empty, a month that is cut, sudden changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from retain.events.days import to_date, to_day
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
LONG_ENOUGH = 42
"""Days that a calendar must have before anything is said about its holes."""

BUSY = 10.0  # rows that a hole must have been expected to hold before it is one
SPARSE = 0.005  # share of the rows that may lie beyond a long silence and still be called strays
AROUND = 4  # weeks before and after a change of level
TWICE = float(np.log(2))


@dataclass(frozen=True, eq=False)
class Calendar:
    """The rows of every day from the first to the last, and their typical amount.

    rows: (days,) how many. amount: (days,) mean logarithm of the positive amounts, NaN where there are none.
    hours: (24,) rows of each hour of the day. timed: rows with a time of day. last: the newest time of day,
    in hours. usual_last: the median, over the last days, of the newest time of a day.
    """

    first: date
    rows: Integers
    amount: Floats
    hours: Integers
    timed: int
    last: float
    usual_last: float

    @property
    def newest(self) -> date:
        """The last day that has rows."""
        return self.first + timedelta(days=len(self.rows) - 1)

    @property
    def weekday(self) -> Integers:
        """(days,) 0 for a Monday."""
        return (np.arange(len(self.rows)) + self.first.weekday()) % 7

    def weeks(self) -> tuple[list[date], Floats, Floats]:
        """Whole weeks back from the last day: when each begins, its rows, and its mean log amount."""
        count = len(self.rows) // 7
        tail = slice(len(self.rows) - 7 * count, None)
        rows = self.rows[tail].reshape(count, 7).sum(axis=1).astype(float)
        days = self.amount[tail].reshape(count, 7)
        known = np.isfinite(days)
        amount = np.where(known, days, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        begins = [self.newest - timedelta(days=7 * (count - i) - 1) for i in range(count)]
        return begins, rows, np.where(known.any(axis=1), amount, np.nan)


def read(source: Source, *, as_of: date) -> Calendar | None:
    """The calendar of a table of events before the as-of, in one scan; None where there is no row."""
    found = source.query(
        f"""SELECT retain_time::DATE AS day, hour(retain_time) AS hour, count(*),
            count(*) FILTER (retain_time <> retain_time::DATE),
            avg(ln(retain_number)) FILTER (retain_number > 0), max(epoch(retain_time) % 86400) / 3600.0
            FROM {source.name} WHERE retain_reason IS NULL AND retain_customer IS NOT NULL
            AND retain_time < DATE '{as_of}' GROUP BY ALL ORDER BY ALL"""
    )
    if not found:
        return None
    day = np.array([to_day(row[0]) for row in found], dtype=np.int64)
    hour, rows = (np.array([row[i] for row in found], dtype=np.int64) for i in (1, 2))
    index = day - day[0]
    length = int(index[-1]) + 1
    log = np.array([np.nan if row[4] is None else row[4] for row in found], dtype=float)
    last = np.zeros(length)
    np.maximum.at(last, index, [float(row[5] or 0) for row in found])
    present = np.unique(index)
    return Calendar(
        first=to_date(day[0]),
        rows=np.bincount(index, weights=rows, minlength=length).astype(np.int64),
        amount=_mean(index, log, rows, length),
        hours=np.bincount(hour, weights=rows, minlength=24).astype(np.int64),
        timed=int(sum(row[3] for row in found)),
        last=float(last[-1]),
        usual_last=float(np.median(last[present[-29:-1]])) if len(present) > 1 else float(last[-1]),
    )


def _mean(index: Integers, values: Floats, rows: Integers, length: int) -> Floats:
    known = np.isfinite(values)
    weight = np.bincount(index[known], weights=rows[known], minlength=length)
    total = np.bincount(index[known], weights=(values * rows)[known], minlength=length)
    return np.where(weight > 0, total / np.maximum(weight, 1), np.nan)


def judge(source: Source, calendar: Calendar, *, counted: bool, today: date) -> Iterator[Finding]:
    """What is odd about when the rows are. counted: whether they define churn, so that holes matter."""
    where = f"{source.name}.{source.columns.time}"
    yield from _strays(source, calendar, where)
    if not counted:
        return
    if len(calendar.rows) >= LONG_ENOUGH:
        closed = closed_weekdays(calendar)
        if closed.any():
            yield _closed(calendar, closed, where)
        yield from _holes(calendar, closed, where)
        yield from _levels(calendar, where)
    if calendar.newest < today - timedelta(days=1):
        yield from _cut_day(calendar, where)
        yield from _cut_month(calendar, where)


def closed_weekdays(calendar: Calendar) -> NDArray[np.bool_]:
    """(7,) weekdays that have next to no rows while the others have many; none where rows are few."""
    totals = np.bincount(calendar.weekday, weights=calendar.rows, minlength=7)
    typical = np.median(totals[totals > 0]) if (totals > 0).any() else 0.0
    days = len(calendar.rows) / 7
    return np.asarray((totals < 0.02 * typical) & (typical > 3 * days))


def _closed(calendar: Calendar, closed: NDArray[np.bool_], where: str) -> Finding:
    names = [WEEKDAYS[i] for i in np.flatnonzero(closed)]
    rows = int(calendar.rows[closed[calendar.weekday]].sum())
    days = int(closed[calendar.weekday].sum())
    return Finding(
        "empty-weekdays",
        Level.ADVICE,
        where,
        f"there is {f'next to nothing ({rows:,} rows)' if rows else 'nothing'} on {_listed(names)} "
        f"({days:,} of them)",
        "fine if the business is closed then; if not, a load leaves these days out or times are in the "
        "wrong timezone",
        days,
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _holes(calendar: Calendar, closed: NDArray[np.bool_], where: str) -> Iterator[Finding]:
    """Days without rows on which rows were to be expected, as runs of days."""
    open_day = ~closed[calendar.weekday]
    usual = float(np.median(calendar.rows[open_day])) if open_day.any() else 0.0
    if usual < BUSY / 2:
        return
    runs = [
        (start, end, int(open_day[start:end].sum()))
        for start, end in _runs((calendar.rows == 0) | ~open_day)
        if (calendar.rows[start:end] == 0).all() and usual * open_day[start:end].sum() >= BUSY
    ]
    if not runs:
        return
    days = sum(run[2] for run in runs)
    longest = max(runs, key=lambda run: run[2])
    spans = [_span(calendar, run) for run in sorted(runs, key=lambda run: -run[2])[:3]]
    more = f" and {len(runs) - 3} more" if len(runs) > 3 else ""
    yield Finding(
        "calendar-gaps",
        Level.WARNING if longest[2] >= 3 else Level.ADVICE,
        where,
        f"{days:,} {'day that should have rows has' if days == 1 else 'days that should have rows have'} "
        f"none (usual are about {usual:,.0f} a day): {'; '.join(spans)}{more}",
        "holidays are fine; if a load failed, load these days again, since customers look lost in the gap",
        days,
    )


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _span(calendar: Calendar, run: tuple[int, int, int]) -> str:
    first, last = (calendar.first + timedelta(days=day) for day in (run[0], run[1] - 1))
    return f"{first}" if first == last else f"{first} to {last}"


def _strays(source: Source, calendar: Calendar, where: str) -> Iterator[Finding]:
    """A few rows far before or after all the others."""
    present = np.flatnonzero(calendar.rows)
    silence = np.diff(present)
    if not len(silence):
        return
    long = max(60, int(0.1 * len(calendar.rows)))
    before, total = np.cumsum(calendar.rows), int(calendar.rows.sum())
    for gap in np.flatnonzero(silence > long):
        early = int(before[present[gap]])
        late = total - early
        if min(early, late) > SPARSE * total:
            continue
        old = early < late
        day = calendar.first + timedelta(days=int(present[gap] if old else present[gap + 1]))
        holds = f"retain_time < DATE '{day}' + 1" if old else f"retain_time >= DATE '{day}'"
        yield Finding(
            "stray-times",
            Level.WARNING if old else Level.ERROR,
            where,
            f"{min(early, late):,} rows lie {int(silence[gap]):,} days {'before' if old else 'after'} all "
            f"the others ({'until' if old else 'from'} {day})",
            "a default or mistyped date: correct it at the source"
            + ("" if old else ", or name the real last day with --as-of; the newest row decides the as-of"),
            min(early, late),
            source.example(f"{holds} AND retain_reason IS NULL AND retain_customer IS NOT NULL"),
        )


def _levels(calendar: Calendar, where: str) -> Iterator[Finding]:
    begins, rows, amount = calendar.weeks()
    for values, what, code in (
        (np.where(rows > 0, np.log(np.maximum(rows, 1)), 0.0), "rows a week", "level-change"),
        (amount, "the typical amount", "amount-change"),
    ):
        found = change(values)
        if found is None or (code == "level-change" and np.median(rows) < BUSY):
            continue
        at, low, high = found
        numbers = f"{np.exp(low):,.0f} to {np.exp(high):,.0f}"
        if code == "amount-change":
            numbers = f"{np.exp(low) / 10_000:,.2f} to {np.exp(high) / 10_000:,.2f}"
        yield Finding(
            code,
            Level.ADVICE if abs(high - low) < 2 * TWICE else Level.WARNING,
            where,
            f"{what} went from about {numbers} within a month around {begins[at]}",
            "a season or a campaign is fine; a load that began or broke off, a new market or another unit "
            "(cents for euros) is not: begin the data after it, or correct them",
        )


def change(values: Floats) -> tuple[int, float, float] | None:
    """Where a weekly series changes most: the week, its median before and after; None below a doubling."""
    if len(values) < 3 * AROUND:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(values, AROUND)
    known = np.isfinite(windows).all(axis=1)
    medians = np.where(known, np.median(np.where(np.isfinite(windows), windows, 0), axis=1), np.nan)
    before, after = medians[:-AROUND], medians[AROUND:]
    size = np.abs(after - before)
    if not np.isfinite(size).any() or np.nanmax(size) < TWICE:
        return None
    at = int(np.median(np.flatnonzero(size >= np.nanmax(size) - 1e-9)))
    return at + AROUND, float(before[at]), float(after[at])


def _cut_day(calendar: Calendar, where: str) -> Iterator[Finding]:
    """The newest day ends hours before days usually end, and has few rows."""
    same = calendar.rows[calendar.weekday == calendar.weekday[-1]][:-1][-8:]
    if calendar.timed < 0.5 * calendar.rows.sum() or len(same) < 4 or np.median(same) < BUSY:
        return
    if calendar.rows[-1] < 0.6 * np.median(same) and calendar.last < calendar.usual_last - 1:
        yield Finding(
            "cut-day",
            Level.WARNING,
            where,
            f"the last day, {calendar.newest}, ends at {_clock(calendar.last)} (usually at "
            f"{_clock(calendar.usual_last)}) with {calendar.rows[-1]:,} rows in place of about "
            f"{np.median(same):,.0f}",
            f"leave it out with `--as-of {calendar.newest}`, or export once the day is over",
            int(calendar.rows[-1]),
        )


def _cut_month(calendar: Calendar, where: str) -> Iterator[Finding]:
    """Data that end in the middle of a month, long ago."""
    after = calendar.newest + timedelta(days=1)
    length = ((after.replace(day=1) + timedelta(days=32)).replace(day=1) - after.replace(day=1)).days
    if not 0 < after.day - 1 < length - 2 or len(calendar.rows) < LONG_ENOUGH:
        return
    yield Finding(
        "cut-month",
        Level.ADVICE,
        where,
        f"the last month, {calendar.newest:%Y-%m}, is cut: it holds {after.day - 1} of its {length} days",
        "leave it out of comparisons by month; churn is counted in days and does not mind",
        after.day - 1,
    )


def _clock(hours: float) -> str:
    minutes = int(hours * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
