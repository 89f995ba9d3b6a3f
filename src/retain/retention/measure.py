"""Measuring: the tables are counted by the engine, the formulas are applied to the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from retain.config import Config
from retain.errors import UsageError
from retain.events.duckdb.engine import Events
from retain.progress import Progress
from retain.retention import cohorts as by_cohort
from retain.retention import contracts, population
from retain.retention.cohorts import Cohorts
from retain.retention.contracts import SUBSCRIBERS
from retain.retention.counting import Counted, count, segment_count
from retain.retention.measured import Measured
from retain.retention.periods import Scope
from retain.retention.population import BUYERS, Names
from retain.retention.tables import customers, tables
from retain.retention.wording import Wording

MOST_SEGMENTS = 50


@dataclass(frozen=True)
class Measurement:
    """All that was counted.

    parts: the periods, oldest first. segments: the whole period and its parts, by value. revenue: cohorts
    with what they brought, where the tables have amounts. cohorts_of, revenue_of: the same of each segment.
    """

    words: Wording
    whole: Measured
    parts: tuple[Measured, ...]
    segments: Mapping[str, tuple[Measured, tuple[Measured, ...]]]
    cohorts: Cohorts
    revenue: Cohorts | None = None
    cohorts_of: Mapping[str, Cohorts] = field(default_factory=dict)
    revenue_of: Mapping[str, Cohorts] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """What was measured."""
        return self.words.scope


def measure(events: Events, scope: Scope, *, segment: str | None, progress: Progress) -> Measurement:
    """Count and compute. Raises UsageError for a segment that is no column, or has too many values."""
    config, words = events.config, Wording(events.config, scope)
    require_segment(config, segment)
    with progress.step("Counting customers"):
        events.make(tables(config, scope, segment))
        if segment is not None:
            _require_few(segment, segment_count(events, config))
        counted = count(events, scope, segmented=segment is not None)
    with progress.step("Following cohorts"):
        cohorts, revenue = _cohorts(events, scope, customers(config)), _revenue(events, words)
    *parts, whole = (counted.measured(number) for number in range(len(scope.periods)))
    return Measurement(
        words,
        whole,
        tuple(parts),
        _segments(counted),
        cohorts.whole,
        None if revenue is None else revenue.whole,
        cohorts.segments,
        {} if revenue is None else revenue.segments,
    )


def require_segment(config: Config, segment: str | None) -> None:
    """Raise UsageError where the column is none of the customers' table."""
    there = population.segment_columns(config)
    if segment is None or segment in there:
        return
    known = f"there are: {', '.join(there)}" if there else "the config has none"
    raise UsageError(
        f"--segment: '{segment}' is no column of tables.customers that the config names ({known}); "
        "add it to tables.customers.show or .attributes"
    )


def _require_few(segment: str, values: int) -> None:
    if values > MOST_SEGMENTS:
        raise UsageError(
            f"--segment: '{segment}' has {values:,} values; choose a column with at most {MOST_SEGMENTS}"
        )


def _segments(counted: Counted) -> dict[str, tuple[Measured, tuple[Measured, ...]]]:
    """Each segment's whole period and parts, the one with most customers at the start first."""
    last = len(counted.scope.parts)
    found = {
        value: (counted.measured(last, value), tuple(counted.measured(i, value) for i in range(last)))
        for value in counted.segments
    }
    return dict(sorted(found.items(), key=lambda item: -item[1][0].counts.start))


@dataclass(frozen=True)
class _Followed:
    """Cohorts of all customers, and of those of each segment."""

    whole: Cohorts
    segments: dict[str, Cohorts]


def _cohorts(events: Events, scope: Scope, names: Names, *, revenue: str | None = None) -> _Followed:
    """The tables are read once; those of the segments add up to those of all."""
    active = contracts.active(scope) if names == SUBSCRIBERS else by_cohort.active(names, scope)
    queries = {"sized": by_cohort.sizes(names, scope), "active": active}
    queries |= {} if revenue is None else {"revenue": revenue}
    frames = {name: events.frame(query) for name, query in queries.items()}
    found = {
        str(value): by_cohort.cohorts(
            scope, **{name: frame[frame["segment"] == value] for name, frame in frames.items()}
        )
        for value in frames["sized"]["segment"].dropna().unique()
    }
    return _Followed(by_cohort.cohorts(scope, **frames), found)


def _revenue(events: Events, words: Wording) -> _Followed | None:
    """Of contracts what they bring a month, of orders what they came to; None without amounts."""
    scope = words.scope
    if words.recurring:
        return _cohorts(events, scope, SUBSCRIBERS, revenue=contracts.recurring_by_cohort(scope))
    return _cohorts(events, scope, BUYERS, revenue=by_cohort.revenue(scope)) if words.priced else None


def segment_by_customer(events: Events, config: Config) -> pd.Series[str]:
    """The segment of each customer, by id, after `measure` asked for one."""
    people = customers(config).people
    found = events.frame(f"SELECT customer, segment FROM {people} JOIN customer_codes USING (code)")
    return found.set_index("customer")["segment"]
