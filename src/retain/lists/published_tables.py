"""The list and the scores in PostgreSQL: tables `at_risk` and `scores`, and the view `at_risk_latest`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from retain.lists.files import DATES
from retain.postgres.copying import columns_of, name, read, type_of, write

if TYPE_CHECKING:
    import psycopg

NAMES = ("at_risk", "scores")
VIEW = "at_risk_latest"
KEY = ("as_of", "customer_id")


def put(
    connection: psycopg.Connection[Any], schema: str, frames: Mapping[str, pd.DataFrame], *, as_of: date
) -> None:
    """Make the frames the rows of that as-of in the tables of their names; new columns are added there."""
    for table, frame in frames.items():
        rows = _arrow(frame, as_of=as_of)
        _require_columns(connection, schema, table, rows.schema)
        quoted = name(schema, table)
        connection.execute(f"DELETE FROM {quoted} WHERE as_of = %s".encode(), [as_of])
        write(connection, quoted, rows)
    _require_view(connection, schema)


def erase(connection: psycopg.Connection[Any], schema: str, customers: Sequence[str]) -> dict[str, int]:
    """Delete customers from the tables; how many rows went."""
    return _deleted(connection, schema, "customer_id = ANY(%s)", list(customers))


def expire(connection: psycopg.Connection[Any], schema: str, *, before: date) -> dict[str, int]:
    """Delete what was published for earlier days; how many rows went."""
    return _deleted(connection, schema, "as_of < %s", before)


def newest_before(
    connection: psycopg.Connection[Any], schema: str, day: date
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The list of the newest day before and the scores of that day; None where there is none."""
    if not {"lists", *NAMES} <= set(columns_there(connection, schema)):
        return None
    query = f"SELECT max(as_of) FROM {name(schema, 'lists').replace('%', '%%')} WHERE as_of < %s"
    found = connection.execute(query.encode(), [day]).fetchone()
    if found is None or found[0] is None:
        return None
    listed, scores = (_rows(connection, name(schema, table), found[0]) for table in NAMES)
    return listed.sort_values("rank", ignore_index=True), scores.drop(columns=["as_of", "run_id"])


def _rows(connection: psycopg.Connection[Any], table: str, as_of: date) -> pd.DataFrame:
    columns = columns_of(connection, table)
    chosen = ", ".join(f"{column.expression} AS {name(column.name)}" for column in columns)
    schema = pa.schema([(column.name, column.arrow()) for column in columns])
    query = f"SELECT {chosen} FROM {table} WHERE as_of = date '{as_of}'"
    frame: pd.DataFrame = pa.concat_tables(read(connection, query, schema)).to_pandas(date_as_object=False)
    return frame


def columns_there(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """The tables and views of a schema with their columns."""
    found: dict[str, list[str]] = {}
    query = """SELECT relname, attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = %s AND relkind IN ('r', 'v', 'm', 'p', 'f') AND attnum > 0 AND NOT attisdropped
        ORDER BY relname, attnum"""
    for table, column in connection.execute(query, [schema]).fetchall():
        found.setdefault(table, []).append(column)
    return found


def create(
    connection: psycopg.Connection[Any],
    schema: str,
    table: str,
    columns: Mapping[str, str],
    *,
    key: Sequence[str],
) -> None:
    """Make a table of these columns and their PostgreSQL types."""
    lines = [f"{name(column)} {kind}" for column, kind in columns.items()]
    if key:
        lines.append(f"PRIMARY KEY ({', '.join(map(name, key))})")
    connection.execute(f"CREATE TABLE {name(schema, table)} ({', '.join(lines)})".encode())


def add_columns(
    connection: psycopg.Connection[Any], schema: str, table: str, columns: Mapping[str, str]
) -> None:
    """Give a table columns that it has not."""
    for column, kind in columns.items():
        statement = f"ALTER TABLE {name(schema, table)} ADD COLUMN {name(column)} {kind}"
        connection.execute(statement.encode())


def _arrow(frame: pd.DataFrame, *, as_of: date) -> pa.Table:
    """The frame with its as-of, times of `DATES` as dates."""
    table = pa.Table.from_pandas(frame.assign(as_of=pd.Timestamp(as_of)), preserve_index=False)
    fields = [field.with_type(pa.date32()) if field.name in DATES else field for field in table.schema]
    return table.cast(pa.schema(fields))


def _require_columns(connection: psycopg.Connection[Any], schema: str, table: str, rows: pa.Schema) -> None:
    there = columns_there(connection, schema).get(table)
    wanted = {field.name: type_of(field.type) for field in rows}
    if there is None:
        create(connection, schema, table, wanted, key=KEY)
    else:
        lacking = {column: kind for column, kind in wanted.items() if column not in there}
        add_columns(connection, schema, table, lacking)


def _require_view(connection: psycopg.Connection[Any], schema: str) -> None:
    """The rows of the newest list, none where that list was empty; made anew where a column was added."""
    there = columns_there(connection, schema)
    if there.get(VIEW) == there["at_risk"]:
        return
    newest = f"(SELECT max(as_of) FROM {name(schema, 'lists')})"
    statement = f"""CREATE OR REPLACE VIEW {name(schema, VIEW)} AS
        SELECT * FROM {name(schema, "at_risk")} WHERE as_of = {newest}"""
    connection.execute(statement.encode())


def _deleted(
    connection: psycopg.Connection[Any], schema: str, condition: str, value: object
) -> dict[str, int]:
    there = columns_there(connection, schema)
    return {
        table: connection.execute(
            f"DELETE FROM {name(schema, table)} WHERE {condition}".encode(), [value]
        ).rowcount
        for table in NAMES
        if table in there
    }
