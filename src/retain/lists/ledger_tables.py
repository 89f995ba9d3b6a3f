"""The tables of the history on both sides: the copy in memory, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retain.postgres.copying import columns_of, name, read, write

if TYPE_CHECKING:
    import duckdb
    import psycopg

_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
}
_COLUMNS = """SELECT table_name, column_name, data_type FROM duckdb_columns()
    WHERE NOT internal AND schema_name = 'main' AND table_name <> 'schema'
    ORDER BY table_name, column_index"""
_KEYS = """SELECT table_name, constraint_column_names FROM duckdb_constraints()
    WHERE constraint_type = 'PRIMARY KEY'"""


@dataclass(frozen=True)
class Layout:
    """A table of the history: its columns with PostgreSQL's types, and its key."""

    columns: Mapping[str, str]
    key: tuple[str, ...]


def layouts(local: duckdb.DuckDBPyConnection) -> dict[str, Layout]:
    """The tables of the history as the copy in memory has them."""
    keys = {table: tuple(columns) for table, columns in local.execute(_KEYS).fetchall()}
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in local.execute(_COLUMNS).fetchall():
        columns.setdefault(table, {})[column] = _TYPES.get(kind, "text")
    return {table: Layout(found, keys.get(table, ())) for table, found in columns.items()}


def fill(
    local: duckdb.DuckDBPyConnection,
    table: str,
    server: psycopg.Connection[Any],
    schema: str,
    wanted: set[str],
) -> None:
    """Copy these columns of a table into the copy in memory."""
    quoted = name(schema, table)
    columns = [column for column in columns_of(server, quoted) if column.name in wanted]
    chosen = ", ".join(f"{column.expression} AS {name(column.name)}" for column in columns)
    arrow = pa.schema([(column.name, column.arrow()) for column in columns])
    for piece in read(server, f"SELECT {chosen} FROM {quoted}", arrow):
        insert(local, table, piece)


def insert(local: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Add rows to a table of the copy in memory."""
    names = ", ".join(f'"{column}"' for column in rows.column_names)
    local.register("retain_rows", rows)
    local.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM retain_rows')
    local.unregister("retain_rows")


def send(
    local: duckdb.DuckDBPyConnection,
    server: psycopg.Connection[Any],
    into: str,
    *,
    table: str,
    layout: Layout,
) -> None:
    """Make the server's table what the copy in memory is, row by row that differs."""
    key = layout.key or tuple(layout.columns)
    chosen = ", ".join(f'"{column}"' for column in key)
    gone = local.sql(f'SELECT {chosen} FROM (FROM before."{table}" EXCEPT ALL FROM main."{table}")')
    rows = gone.to_arrow_table()
    if rows.num_rows:
        types = ", ".join(f"%s::{layout.columns[column]}[]" for column in key)
        same = "=" if layout.key else "IS NOT DISTINCT FROM"
        matching = " AND ".join(f"kept.{name(column)} {same} gone.{name(column)}" for column in key)
        names = ", ".join(map(name, key))
        statement = f"DELETE FROM {into} AS kept USING unnest({types}) AS gone({names}) WHERE {matching}"
        server.execute(statement.encode(), [rows[column].to_pylist() for column in key])
    fresh = local.sql(f'FROM main."{table}" EXCEPT ALL FROM before."{table}"').to_arrow_table()
    if fresh.num_rows:
        write(server, into, fresh)
