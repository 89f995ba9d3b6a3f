"""The whole inspection: every table looked at, every judgement asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from retain.config import Config
from retain.events.table_names import counted_names
from retain.events.tables import Summary
from retain.progress import Progress
from retain.readiness import (
    amounts,
    calendar,
    cohort,
    columns,
    contracts,
    flags,
    foresight,
    hours,
    joins,
    rows,
)
from retain.readiness.calendar import Calendar
from retain.readiness.columns import Column
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Query, Source, read_sources

OLD = 31
"""Days without a new row after which the data are called old."""


@dataclass(frozen=True)
class Inspection:
    """What was seen: the columns and the calendar of each table; and what was found."""

    columns: dict[str, tuple[Column, ...]]
    calendars: dict[str, Calendar] = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def duplicates(self) -> dict[str, int]:
        """How many rows of each table of events or contracts repeat another one exactly."""
        counts = {
            finding.where: finding.count or 0 for finding in self.findings if finding.code == "duplicates"
        }
        return {name: counts.get(name, 0) for name in self.columns if name != "customers"}


def inspect(
    config: Config,
    summary: Summary,
    query: Query,
    *,
    labels: pa.Table | None,
    today: date,
    progress: Progress,
) -> Inspection:
    """Look at every table. labels: who churned (`customer`, `churned`), lent to `query` as check_labels."""
    with progress.step("Looking at the columns"):
        tables = read_sources(config, query)
        read = {table.name: table for table in summary.tables}
        profiles = {source.name: columns.profile(source, read.get(source.name)) for source in tables}
    with progress.step("Looking at the calendar"):
        calendars = _calendars(tables, summary)
    with progress.step("Looking for contradictions"):
        findings = [
            *_each(tables, profiles, calendars, summary, config, today=today),
            *_together(config, tables, summary, query, labels=labels, today=today),
        ]
    return Inspection(profiles, calendars, tuple(findings))


def _calendars(tables: Sequence[Source], summary: Summary) -> dict[str, Calendar]:
    found = {source.name: calendar.read(source, as_of=summary.as_of) for source in tables if source.is_events}
    return {name: one for name, one in found.items() if one is not None}


def _each(
    tables: Sequence[Source],
    profiles: dict[str, tuple[Column, ...]],
    calendars: dict[str, Calendar],
    summary: Summary,
    config: Config,
    *,
    today: date,
) -> Iterator[Finding]:
    """What is found in one table by itself."""
    for source in tables:
        yield from columns.judge(source, profiles[source.name])
        if source.name == "customers":
            yield from rows.judge_customers(source)
            continue
        yield from rows.judge(source, summary.table(source.name))
        if not source.is_events:
            continue
        yield from amounts.judge(source)
        if source.name in calendars:
            yield from calendar.judge(
                source,
                calendars[source.name],
                counted=source.name in counted_names(config),
                today=today,
            )
            yield from hours.judge(source, calendars[source.name], timezone=config.timezone)


def _together(
    config: Config,
    tables: Sequence[Source],
    summary: Summary,
    query: Query,
    *,
    labels: pa.Table | None,
    today: date,
) -> Iterator[Finding]:
    """What is found in several tables beside each other."""
    counted = counted_names(config)
    yield from joins.judge(config, tables)
    yield from joins.judge_since(config, tables)
    yield from contracts.judge(tables, as_of=summary.as_of)
    yield from flags.judge(config, tables)
    yield from foresight.judge_where(tables)
    if labels is not None:
        yield from foresight.judge(config, tables, labels)
    if config.churn.when != "ended":
        yield from cohort.judge(query, counted, summary)
    age = (today - summary.end).days + 1
    if age > OLD and summary.end <= summary.as_of <= today:
        yield Finding(
            "old-data",
            Level.ADVICE,
            ", ".join(counted),
            f"the newest row is {age:,} days old",
            "a list made of it is of customers as they were then; for a live list export again",
            age,
        )
