"""Whether what was read is good enough to go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from retain.errors import DataError
from retain.events.tables import Summary, TableSummary


def refuse_unusable(tables: Iterable[TableSummary], *, max_missing: float) -> None:
    """Raise DataError where more than the share `max_missing` of a table cannot be used.

    Rows without a customer count neither as usable nor as unusable.
    """
    for table in tables:
        if table.unusable > max_missing * (table.rows - table.anonymous):
            raise DataError(_too_many(table, max_missing=max_missing))


def _too_many(table: TableSummary, *, max_missing: float) -> str:
    share = table.unusable / (table.rows - table.anonymous)
    reasons = sorted(table.rejected.items(), key=lambda item: -item[1])
    told = ", ".join(f"{reason}: {count:,}" for reason, count in reasons)
    return (
        f"{table.name}: {table.unusable:,} of {table.rows:,} rows ({share:.0%}) cannot be used ({told}); "
        f"at most {max_missing:.0%} may be (gates.max_missing). Check the columns and their format"
    )


def summarized(
    found: tuple[TableSummary, ...],
    counted: Collection[str],
    *,
    as_of: date | None,
    now: datetime,
    newest_until_now: Callable[[], datetime | None],
) -> Summary:
    """The extent that the tables `counted` give; `as_of` is by default the day after their newest row.

    newest_until_now: their newest used time that is not later than now, asked for where the newest is.
    Raises DataError where there is no row, or none before the as-of.
    """
    oldest = min((t.oldest for t in found if t.name in counted and t.oldest), default=None)
    newest = max((t.newest for t in found if t.name in counted and t.newest), default=None)
    if newest is not None and newest > now:
        newest = newest_until_now()
    if oldest is None or newest is None:
        raise DataError(f"{', '.join(counted)}: there is no usable row; nothing can be said about churn")
    day_after = newest.date() + timedelta(days=1)
    chosen = as_of or day_after
    if chosen <= oldest.date():
        raise DataError(
            f"as-of {chosen}: no row of {', '.join(counted)} is older; the first is of {oldest:%Y-%m-%d}"
        )
    return Summary(tables=found, as_of=chosen, start=oldest.date(), end=min(chosen, day_after))


def with_duplicates(summary: Summary, counts: Mapping[str, int]) -> Summary:
    """The summary with the exact duplicates in each table counted."""
    tables = (replace(t, duplicates=counts.get(t.name, t.duplicates)) for t in summary.tables)
    return replace(summary, tables=tuple(tables))


def unusable_notes(summary: Summary) -> tuple[str, ...]:
    """Sentences on rows that were set aside or have no customer."""
    return tuple(note for table in summary.tables for note in _notes(table))


def _notes(table: TableSummary) -> Iterable[str]:
    if table.anonymous:
        yield f"{table.name}: {table.anonymous:,} of {table.rows:,} rows without a customer are left out"
    for reason, count in table.rejected.items():
        yield f"{table.name}: {count:,} {'row' if count == 1 else 'rows'} set aside: {reason}"
