"""The rows that Spark brings together by customer: what a task makes of its part of each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from retain.config import Config, CustomersTable, OrdersTable, SubscriptionsTable
from retain.events import contract_sql, sql
from retain.events.table_names import names_of, table_names

COLUMNS: dict[str, tuple[str, pa.DataType]] = {
    "part": ("INTEGER", pa.int32()),
    "customer": ("VARCHAR", pa.string()),
    "time": ("BIGINT", pa.int64()),
    "tab": ("INTEGER", pa.int32()),
    "number": ("BIGINT", pa.int64()),
    "label": ("VARCHAR", pa.string()),
    "order_id": ("VARCHAR", pa.string()),
    "recorded": ("BIGINT", pa.int64()),
    "cancelled": ("BIGINT", pa.int64()),
    "user": ("VARCHAR", pa.string()),
    "cells": ("VARCHAR[]", pa.list_(pa.string())),
}
"""Everything a row may have, as DuckDB and as Arrow name its type. tab: the number of its table in `tabs`.

time, recorded, cancelled: microseconds of the business's wall clock. cells: what only contracts and customers
have, as text.
"""

_MOMENTS = ("time", "recorded", "cancelled")


def tabs(config: Config) -> tuple[str, ...]:
    """The short names of all tables, in the order of their numbers."""
    customers = ["customers"] if config.tables.customers is not None else []
    return (*table_names(config), *names_of(config, contract_sql.NAME), *customers)


def columns(config: Config) -> tuple[str, ...]:
    """The columns that a row has where the tables are as the config says."""
    roles = {role for _, table in table_names(config).values() for role, of in table.columns if of}
    if table_names(config):
        roles |= {"number", "label"}
    kept = {"order_id"} if "order" in roles else set()
    kept |= roles & {"recorded", "cancelled", "user", "number", "label"}
    if config.tables.subscriptions is not None or config.tables.customers is not None:
        kept.add("cells")
    return tuple(c for c in COLUMNS if c in {"part", "customer", "time", "tab"} | kept)


def schema(config: Config) -> pa.Schema:
    """The same with their types."""
    return pa.schema([(name, COLUMNS[name][1]) for name in columns(config)])


@dataclass(frozen=True)
class StoredTable:
    """A table among the rows. cells: the names and DuckDB types of what is kept as text, in their order."""

    name: str
    tab: int
    cells: Mapping[str, str]


def event_rows(
    stored: StoredTable, table: object, config: Config, *, as_of: date, bounds: Sequence[str]
) -> str:
    """The usable rows of a table of events before the as-of that have a customer."""
    roles = {role for role, of in getattr(table, "columns", {}) if of}
    given = {
        "part": part("retain_id", bounds),
        "customer": "retain_id",
        "time": "epoch_us(retain_time)",
        "tab": str(stored.tab),
        "number": "retain_number",
        "label": "retain_label",
        "order_id": "retain_order_id" if isinstance(table, OrdersTable) else None,
        **{role: f"epoch_us(retain_{role})" if role in roles else None for role in ("recorded", "cancelled")},
        "user": "retain_user" if "user" in roles else None,
    }
    return f"{_select(given, config)} FROM {stored.name} {_usable(as_of)}"


def _usable(as_of: date) -> str:
    """Nothing asks for what comes later: it is left out before the rows go through the network."""
    return f"WHERE retain_reason IS NULL AND retain_customer IS NOT NULL AND retain_time < DATE '{as_of}'"


def contract_rows(stored: StoredTable, config: Config, *, as_of: date, bounds: Sequence[str]) -> str:
    """The usable contracts that began before the as-of and have a customer."""
    given = {"time": "epoch_us(retain_time)", **_kept(stored, "retain_id", bounds)}
    return f"{_select(given, config)} FROM {stored.name} {_usable(as_of)}"


def customer_rows(stored: StoredTable, customer: str, config: Config, *, bounds: Sequence[str]) -> str:
    """The rows of the customers' own table. customer: its id as SQL."""
    given = {"time": "0", **_kept(stored, customer, bounds)}
    return f"{_select(given, config)} FROM raw_{stored.name} WHERE {customer} IS NOT NULL"


def _kept(stored: StoredTable, customer: str, bounds: Sequence[str]) -> dict[str, str]:
    cells = ", ".join(f"{sql.name(name)}::VARCHAR" for name in stored.cells)
    return {
        "part": part(customer, bounds),
        "customer": customer,
        "tab": str(stored.tab),
        "cells": f"[{cells}]::VARCHAR[]",
    }


def _select(given: Mapping[str, str | None], config: Config) -> str:
    chosen = (
        f"({given.get(name) or 'NULL'})::{COLUMNS[name][0]} AS {sql.name(name)}" for name in columns(config)
    )
    return f"SELECT {', '.join(chosen)}"


def part(customer: str, bounds: Sequence[str]) -> str:
    """Which partition a customer is in: how many of the sorted bounds are not above it.

    Halving as SQL: a list would be searched from its beginning for every row.
    """
    if not bounds:
        return "0"
    return _halved(customer, bounds, 0)


def _halved(customer: str, bounds: Sequence[str], first: int) -> str:
    if not bounds:
        return str(first)
    middle = len(bounds) // 2
    below = _halved(customer, bounds[:middle], first)
    above = _halved(customer, bounds[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {customer} < {sql.text(bounds[middle])} THEN {below} ELSE {above} END"


def contract_cells(table: SubscriptionsTable, types: Mapping[str, str]) -> dict[str, str]:
    """The columns of a contract that are kept. types: of its clean view."""
    clean = [name for name in types if name.startswith("retain_") and name not in _KNOWN]
    return {name: types[name] for name in dict.fromkeys((*clean, *table.attributes))}


_KNOWN = ("retain_customer", "retain_id", "retain_time", "retain_reason")


def customer_cells(table: CustomersTable, types: Mapping[str, str]) -> dict[str, str]:
    """The columns of a customer that are kept."""
    roles = table.columns
    named = (roles.customer, roles.since, roles.owner, roles.opted_out, *table.attributes, *table.show)
    return {name: types[name] for name in dict.fromkeys(named) if name is not None}


def clean_view(stored: StoredTable, config: Config, *, rows: str) -> str:
    """The view that a table's clean one is on one machine, of the rows of some customers."""
    if stored.name == "customers":
        return (
            f"CREATE TEMP VIEW raw_customers AS SELECT {_cells(stored)} FROM {rows} WHERE tab = {stored.tab}"
        )
    taken = ["customer AS retain_customer", "customer AS retain_id", "NULL::VARCHAR AS retain_reason"]
    taken.append("make_timestamp(time) AS retain_time")
    if stored.cells:
        taken.append(_cells(stored))
    else:
        taken += [_restored(name) for name in columns(config) if name not in _NO_ROLE]
    return f"CREATE TEMP VIEW {stored.name} AS SELECT {', '.join(taken)} FROM {rows} WHERE tab = {stored.tab}"


_NO_ROLE = ("part", "customer", "time", "tab", "cells")


def _restored(name: str) -> str:
    return f"make_timestamp({name}) AS retain_{name}" if name in _MOMENTS else f'"{name}" AS retain_{name}'


def _cells(stored: StoredTable) -> str:
    named = enumerate(stored.cells.items(), start=1)
    return ", ".join(f"cells[{place}]::{kind} AS {sql.name(name)}" for place, (name, kind) in named)
