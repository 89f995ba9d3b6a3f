"""Counting: what the engine finds in the tables, by segment and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retain.config import Config
from retain.events.duckdb.engine import Events
from retain.retention import contracts, population, trade
from retain.retention.flows import Flows
from retain.retention.measured import Lifetime, Measured
from retain.retention.periods import Scope, unit_of
from retain.retention.rates import Counts
from retain.retention.revenue import MOVEMENTS, Left, Recurring
from retain.retention.tables import customers
from retain.retention.trade import Trade
from retain.retention.wording import Wording

Row = Mapping[str, Any]
Key = tuple[str | None, int]
"""A segment (None: all customers) and the number of a period, the whole one last."""


@dataclass(frozen=True)
class Counted:
    """Rows by key; of a business without orders or contracts these are None."""

    scope: Scope
    people: Mapping[Key, Row]
    trade: Mapping[Key, Row] | None
    lifetime: Mapping[str | None, Row]
    recurring: Mapping[Key, Row] | None
    left: Mapping[Key, list[Left]]

    @property
    def segments(self) -> list[str]:
        """The values there are."""
        return sorted({segment for segment, _ in self.people if segment is not None})

    def measured(self, number: int, segment: str | None = None) -> Measured:
        """One period, of all customers or of a segment."""
        key = (segment, number)
        row = self.people.get(key, _NOBODY)
        start, new, end, kept = (int(row[name]) for name in ("started", "fresh", "ended", "kept"))
        return Measured(
            self.scope.periods[number],
            Counts(start, new, end, kept),
            ever=int(row["ever"]),
            flows=Flows.of(row),
            trade=None if self.trade is None else Trade.of(self.trade.get(key, _NOTHING)),
            lifetime=self._lifetime(key),
            recurring=self._recurring(key),
        )

    def _lifetime(self, key: Key) -> Lifetime | None:
        """Known at the end of the whole period only."""
        row = self.lifetime.get(key[0]) if key[1] == len(self.scope.parts) else None
        return None if row is None else Lifetime(int(row["customers"]), row["mean"], row["median"])

    def _recurring(self, key: Key) -> Recurring | None:
        if self.recurring is None:
            return None
        return Recurring.of(self.recurring.get(key, _UNPAID), self.left.get(key, []))


_NOBODY = dict.fromkeys(
    ("started", "fresh", "ended", "kept", "ever", "new", "current", "resurrected", "dormant"), 0
)
_NOTHING = dict.fromkeys(("customers", "repeat", "known", "orders", "amount", "returned"), 0)
_UNPAID = dict.fromkeys((*MOVEMENTS, *(f"{name}_customers" for name in MOVEMENTS)), 0)


def count(events: Events, scope: Scope, *, segmented: bool) -> Counted:
    """Count what is in the tables of `tables.tables`."""
    config, words = events.config, Wording(events.config, scope)
    people = events.frame(population.counted(customers(config), scope, segmented=segmented))
    return Counted(
        scope,
        {_key(row): row for row in rows(people)},
        _bought(events, scope, segmented=segmented) if config.tables.orders else None,
        _lifetimes(events, segmented=segmented) if words.priced else {},
        _moved(events, scope, segmented=segmented) if words.paid else None,
        _left(events, scope, segmented=segmented) if words.paid and words.reasoned else {},
    )


def _bought(events: Events, scope: Scope, *, segmented: bool) -> dict[Key, Row]:
    number = {unit_of(part.start, scope.by): place for place, part in enumerate(scope.parts)}
    parts = rows(events.frame(trade.traded(scope, whole=False, segmented=segmented)))
    wholes = rows(events.frame(trade.traded(scope, whole=True, segmented=segmented)))
    found = {(_segment(row), number[pd.Timestamp(row["unit"]).date()]): row for row in parts}
    return found | {(_segment(row), len(scope.parts)): row for row in wholes}


def _lifetimes(events: Events, *, segmented: bool) -> dict[str | None, Row]:
    return {_segment(row): row for row in rows(events.frame(trade.lifetime_values(segmented=segmented)))}


def _moved(events: Events, scope: Scope, *, segmented: bool) -> dict[Key, Row]:
    found = events.frame(contracts.movements(scope, segmented=segmented))
    return {_key(row): row for row in rows(found)}


def _left(events: Events, scope: Scope, *, segmented: bool) -> dict[Key, list[Left]]:
    """Why customers left, the most frequent reason first."""
    found: dict[Key, list[Left]] = {}
    for row in rows(events.frame(contracts.reasons(scope, segmented=segmented))):
        one = Left(str(row["reason"]), int(row["customers"]), float(row["mrr"]))
        found.setdefault(_key(row), []).append(one)
    return found


def segment_count(events: Events, config: Config) -> int:
    """How many values the segments have."""
    found = events.frame(f"SELECT count(DISTINCT segment) AS n FROM {customers(config).people}")
    return int(found["n"].iloc[0])


def rows(frame: pd.DataFrame) -> list[Row]:
    """A frame's rows by column."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _key(row: Row) -> Key:
    return _segment(row), int(row["number"])


def _segment(row: Row) -> str | None:
    value = row["segment"]
    return value if isinstance(value, str) else None
