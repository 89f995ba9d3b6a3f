"""What the history keeps of persons: who is known, and how they are erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from retain.lists import published_tables
from retain.lists.history_store import Place, compact, frame_of, reading, writing

if TYPE_CHECKING:
    import duckdb
    import psycopg

PERSONAL = {"members": "as_of", "feedback": "contacted_at", "assignments": "assigned_on", "tiers": "since"}
"""The tables that name customers, and the column that says of when a row is."""


def forget(path: Place, customers: Sequence[str]) -> dict[str, int]:
    """Erase customers from every table; how many rows went, by table. Nothing where there is no file."""
    if not path.exists():
        return {}
    published: dict[str, int] = {}

    def beside(server: psycopg.Connection[Any], schema: str) -> None:
        published.update(published_tables.erase(server, schema, customers))

    with writing(path, beside=beside) as connection:
        gone = {table: _deleted(connection, table, "customer_id IN ", list(customers)) for table in PERSONAL}
    compact(path)
    return gone | published


def expire(path: Place, *, before: date) -> dict[str, int]:
    """Erase who was listed and what was said on earlier days; holdout groups and tiers are kept."""
    if not path.exists():
        return {}
    beside = partial(published_tables.expire, before=before)
    with writing(path, beside=beside) as connection:
        gone = {
            table: _deleted(connection, table, f"{PERSONAL[table]} < ", before)
            for table in ("members", "feedback")
        }
    if any(gone.values()):
        compact(path)
    return gone


def known(path: Place, customers: Sequence[str]) -> frozenset[str]:
    """Those of the customers whom any table names."""
    every = " UNION ".join(f"SELECT customer_id FROM {table}" for table in PERSONAL)
    with reading(path) as connection:
        query = f"SELECT customer_id FROM ({every}) WHERE customer_id IN (SELECT unnest(?))"
        return frozenset(frame_of(connection, query, [list(customers)])["customer_id"])


def _deleted(connection: duckdb.DuckDBPyConnection, table: str, condition: str, value: object) -> int:
    bound = "(SELECT unnest(?))" if isinstance(value, list) else "?"
    gone = connection.execute(f"DELETE FROM {table} WHERE {condition}{bound}", [value]).fetchall()
    return int(gone[0][0])
