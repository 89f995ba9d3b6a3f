"""Shops in files: a config and its tables written to a folder, opened, and read back as plain rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from retain.config import Config, parse
from retain.events.days import to_date, to_day
from retain.events.duckdb.engine import Events, open_events
from retain.events.duckdb.sources import inspect
from retain.events.rows import TEN_THOUSANDTHS, UNKNOWN, Rows

NOW = datetime(2020, 6, 1, 12, tzinfo=UTC)
"""The moment at which tests read, unless they say otherwise."""

ORDERS = {"customer": "who", "time": "at"}
TABLES = ("orders", "activity", "subscriptions", "customers")


def write(file: Path, content: str | bytes | dict[str, Any] | pa.Table) -> Path:
    """Write text or bytes as they are, columns as Parquet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        pq.write_table(content if isinstance(content, pa.Table) else pa.table(content), file)
    return file


def config(
    folder: Path, *, horizon: int = 10, active_within: int = 20, inspected: bool = False, **keys: Any
) -> Config:
    """A config in `folder`; `orders`, `activity` and so on are its tables, the rest its own keys."""
    tables = {name: keys.pop(name) for name in TABLES if name in keys}
    churn = {"horizon": horizon, "active_within": active_within, **keys.pop("churn", {})}
    tree = {"name": "shop", "tables": tables, "churn": churn, **keys}
    return parse(yaml.safe_dump(tree), path=folder / "shop.yaml", inspect=inspect if inspected else None)


def opened(folder: Path, *, as_of: str | None = None, now: datetime = NOW, **keys: Any) -> Events:
    """The shop read, unusable rows below `folder`/rejects."""
    day = None if as_of is None else date.fromisoformat(as_of)
    keys.setdefault(
        "spill", str(folder / "spill")
    )  # gone with the folder: no test has to close what it reads
    return open_events(
        config(folder, **keys), as_of=day, now=now, rejects=folder / "rejects", duplicates=True
    )


def orders(
    folder: Path,
    content: Any,
    *,
    columns: dict[str, str] | None = None,
    name: str = "orders.csv",
    **keys: Any,
) -> Events:
    """A shop of one table of orders."""
    write(folder / name, content)
    table = {key: keys.pop(key) for key in ("where",) if key in keys}
    if "naive" in keys:
        table["timezone"] = keys.pop("naive")
    return opened(folder, orders={"source": name, "columns": columns or ORDERS, **table}, **keys)


def seen(
    events: Events, table: str = "orders", *, cutoff: str | None = None
) -> dict[str, list[tuple[str, Any]]]:
    """The rows visible at the cutoff (by default the as-of), as (day, number), by customer."""
    day = to_day(events.summary.as_of if cutoff is None else date.fromisoformat(cutoff))
    found: dict[str, list[tuple[str, Any]]] = {}
    for history in events.stream():
        rows = history.view(day).tables[table]
        for name, lo, hi in zip(history.names, rows.starts, rows.before(day), strict=False):
            if hi > lo:
                found[name] = [_plain(rows, position) for position in range(lo, hi)]
    return found


def _plain(rows: Rows, position: int) -> tuple[str, Any]:
    number = int(rows.numbers[position])
    return (str(to_date(rows.day[position])), None if number == UNKNOWN else number / TEN_THOUSANDTHS)


def rejects(folder: Path, table: str = "orders") -> list[dict[str, Any]]:
    """What was set aside of a table."""
    rows: list[dict[str, Any]] = pq.read_table(folder / "rejects" / f"{table}.parquet").to_pylist()
    return rows
