"""Small shops looked at: what the inspection finds in them, by code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

import shops
from retain.events.duckdb.engine import Events
from retain.progress import Silent
from retain.readiness.findings import Finding
from retain.readiness.inspection import Inspection, inspect
from retain.readiness.source import Source, read_sources

TODAY = date(2020, 6, 1)


def look(events: Events, *, churned: dict[str, bool] | None = None, today: date = TODAY) -> Inspection:
    """Inspect what was read; churned: who did, by customer."""
    labels = pa.table(
        {
            "customer": pa.array(list(churned or {}), pa.string()),
            "churned": pa.array(list((churned or {}).values()), pa.bool_()),
        }
    )
    events.lend("check_labels", labels)
    events.show_seen()
    return inspect(events.config, events.summary, events.query, labels=labels, today=today, progress=Silent())


def found(inspection: Inspection, code: str) -> list[Finding]:
    """The findings of one code."""
    return [finding for finding in inspection.findings if finding.code == code]


def in_orders(folder: Path, content: Any, code: str, **keys: Any) -> list[Finding]:
    """The findings of one code in a shop of orders alone (who, at, and whatever else is mapped)."""
    return found(look(shops.orders(folder, content, **keys)), code)


def source(events: Events, name: str = "orders") -> Source:
    """A table as the judgements see it."""
    events.show_seen()
    return next(one for one in read_sources(events.config, events.query) if one.name == name)


def daily(
    days: int, *, rows: int = 20, start: date = date(2019, 1, 1), skip: Sequence[int] = (), hour: int = 12
) -> dict[str, list[Any]]:
    """As many rows every day at noon, each of another customer; none on the days to skip."""
    at = [
        datetime.combine(start + timedelta(days=day), time(hour, i % 60))
        for day in range(days)
        if day not in skip
        for i in range(rows)
    ]
    return {
        "who": [f"c{i % 50}" for i in range(len(at))],
        "at": at,
        "paid": [5.0 + i % 7 for i in range(len(at))],
    }
