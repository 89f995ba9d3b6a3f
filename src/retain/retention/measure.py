"""Measuring: the tables are counted by the engine, the formulas are applied to the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from retain.config import Config
from retain.errors import UsageError
from retain.events.daily import activity_days, order_days
from retain.events.duckdb import Events
from retain.progress import Progress
from retain.retention import cohorts as by_cohort
from retain.retention import population, trade
from retain.retention.cohorts import Cohorts
from retain.retention.flows import Flows
from retain.retention.measured import Lifetime, Measured
from retain.retention.periods import Scope, unit_of
from retain.retention.population import ACTIVE, BUYERS
from retain.retention.rates import Counts
from retain.retention.trade import Trade
from retain.retention.wording import Wording

MOST_SEGMENTS = 50

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Measurement:
    """All that was counted.

    parts: the periods, oldest first. segments: the whole period and its parts, by value.
    revenue: cohorts of buyers, where orders have amounts.
    """

    words: Wording
    whole: Measured
    parts: tuple[Measured, ...]
    segments: Mapping[str, tuple[Measured, tuple[Measured, ...]]]
    cohorts: Cohorts
    revenue: Cohorts | None = field(default=None)

    @property
    def scope(self) -> Scope:
        """What was measured."""
        return self.words.scope


def measure(events: Events, scope: Scope, *, segment: str | None, progress: Progress) -> Measurement:
    """Count and compute. Raises UsageError for a segment that is no column, or has too many values."""
    config, words = events.config, Wording(events.config, scope)
    require_segment(config, segment)
    with progress.step("Counting customers"):
        events.make(_tables(config, scope, segment))
        _require_few(events, segment)
        counted = _counted(events, scope, segmented=segment is not None)
    with progress.step("Following cohorts"):
        cohorts = _cohorts(events, scope)
        revenue = _revenue(events, scope) if words.priced else None
    *parts, whole = (counted.measured(number) for number in range(len(scope.periods)))
    return Measurement(words, whole, tuple(parts), _segments(counted), cohorts, revenue)


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


def _require_few(events: Events, segment: str | None) -> None:
    if segment is None:
        return
    count = int(events.frame(f"SELECT count(DISTINCT segment) AS n FROM {ACTIVE.people}")["n"].iloc[0])
    if count > MOST_SEGMENTS:
        raise UsageError(
            f"--segment: '{segment}' has {count:,} values; choose a column with at most {MOST_SEGMENTS}"
        )


def _tables(config: Config, scope: Scope, segment: str | None) -> dict[str, str]:
    """What is counted is made of these, each of those before it."""
    orders = config.churn.counted_table == "orders"
    chosen = None if segment is None else population.segment_of(segment)
    seen = {"until": scope.seen, "as_of": scope.as_of}
    tables = {ACTIVE.days: (order_days if orders else activity_days)(config, **seen)}
    tables["retain_calendar"] = population.calendar(scope)
    tables[ACTIVE.people] = population.people(ACTIVE, chosen)
    if config.tables.orders is None:
        return tables
    tables[BUYERS.days] = f"FROM {ACTIVE.days}" if orders else order_days(config, **seen)
    tables[BUYERS.people] = f"FROM {ACTIVE.people}" if orders else population.people(BUYERS, chosen)
    return {**tables, trade.UNITS: trade.units(scope)}


@dataclass(frozen=True)
class _Counted:
    """Rows by segment (None: all customers) and number of the period, the whole one last."""

    scope: Scope
    people: Mapping[tuple[str | None, int], Row]
    trade: Mapping[tuple[str | None, int], Row]
    lifetime: Mapping[str | None, Row]
    sold: bool

    def measured(self, number: int, segment: str | None = None) -> Measured:
        row = self.people.get((segment, number), _NOBODY)
        counts = (int(row[name]) for name in ("started", "fresh", "ended", "kept"))
        whole = number == len(self.scope.parts)
        spent = self.lifetime.get(segment) if whole else None
        return Measured(
            self.scope.periods[number],
            Counts(*counts),
            ever=int(row["ever"]),
            flows=Flows.of(row),
            trade=Trade.of(self.trade.get((segment, number), _NOTHING)) if self.sold else None,
            lifetime=None
            if spent is None
            else Lifetime(int(spent["customers"]), spent["mean"], spent["median"]),
        )


_NOBODY = dict.fromkeys(
    ("started", "fresh", "ended", "kept", "ever", "new", "current", "resurrected", "dormant"), 0
)
_NOTHING = dict.fromkeys(("customers", "repeat", "known", "orders", "amount", "returned"), 0)


def _counted(events: Events, scope: Scope, *, segmented: bool) -> _Counted:
    people = events.frame(population.counted(ACTIVE, scope, segmented=segmented))
    sold = events.config.tables.orders is not None
    bought, spent = {}, {}
    if sold:
        bought = _bought(events, scope, segmented=segmented)
        spent = {
            _segment(row): row for row in _rows(events.frame(trade.lifetime_values(segmented=segmented)))
        }
    if not Wording(events.config, scope).priced:
        spent = {}
    counted = {(_segment(row), int(row["number"])): row for row in _rows(people)}
    return _Counted(scope, counted, bought, spent, sold)


def _bought(events: Events, scope: Scope, *, segmented: bool) -> dict[tuple[str | None, int], Row]:
    number = {unit_of(part.start, scope.by): place for place, part in enumerate(scope.parts)}
    parts = _rows(events.frame(trade.traded(scope, whole=False, segmented=segmented)))
    wholes = _rows(events.frame(trade.traded(scope, whole=True, segmented=segmented)))
    found = {(_segment(row), number[pd.Timestamp(row["unit"]).date()]): row for row in parts}
    return found | {(_segment(row), len(scope.parts)): row for row in wholes}


def _segments(counted: _Counted) -> dict[str, tuple[Measured, tuple[Measured, ...]]]:
    """Each segment's whole period and parts, the one with most customers at the start first."""
    count = len(counted.scope.parts)
    values = sorted({segment for segment, _ in counted.people if segment is not None})
    found = {
        value: (counted.measured(count, value), tuple(counted.measured(i, value) for i in range(count)))
        for value in values
    }
    return dict(sorted(found.items(), key=lambda item: -item[1][0].counts.start))


def _cohorts(events: Events, scope: Scope) -> Cohorts:
    sized, active = (events.frame(query(ACTIVE, scope)) for query in (by_cohort.sizes, by_cohort.active))
    return by_cohort.cohorts(scope, sized=sized, active=active)


def _revenue(events: Events, scope: Scope) -> Cohorts:
    """Cohorts of buyers, with their revenue."""
    sized, active = (events.frame(query(BUYERS, scope)) for query in (by_cohort.sizes, by_cohort.active))
    return by_cohort.cohorts(
        scope, sized=sized, active=active, revenue=events.frame(by_cohort.revenue(scope))
    )


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _segment(row: Row) -> str | None:
    value = row["segment"]
    return value if isinstance(value, str) else None
