"""What sources hold, before anything is read for a config: the columns, and questions about the values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from retain.config import Problem, Table, Tables
from retain.errors import ConfigError, DataError
from retain.events import postgres, sources, sql
from retain.events.duckdb.connection import first_line, plainly


def inspect(tables: Tables) -> list[Problem]:
    """What the config says of the tables that files and databases do not hold: for `config.load`."""
    problems = postgres.inspect(tables)
    with duckdb.connect() as connection:
        for path, table in tables.each():
            if not table.postgres:
                problems += _inspect(connection, table, path=path)
    return problems


@contextmanager
def looking(*files: str) -> Iterator[tuple[dict[str, str], Callable[[str], list[tuple[Any, ...]]]]]:
    """The files as the relation `raw`, before there is a config: the columns' types, and what runs queries.

    Raises DataError for a file that cannot be read.
    """
    with duckdb.connect() as connection, plainly():
        connection.execute("SET TimeZone = 'UTC'")
        what = "TABLE" if sql.is_csv(files) else "VIEW"
        connection.execute(f"CREATE TEMP {what} raw AS SELECT * FROM {sql.scan(files)}")
        types = {row[0]: row[1] for row in connection.execute("DESCRIBE raw").fetchall()}
        yield types, lambda text: connection.execute(text).fetchall()


def _inspect(connection: duckdb.DuckDBPyConnection, table: Table, *, path: str) -> list[Problem]:
    try:
        files = sources.find_files(table, path=path)
        columns = [row[0] for row in connection.execute(f"DESCRIBE FROM {sql.scan(files)}").fetchall()]
    except ConfigError as error:
        place, _, message = error.message.partition(": ")
        return [Problem(place, message)]
    except (duckdb.Error, DataError) as error:
        return [Problem(f"{path}.source", f"cannot be read: {first_line(error)}")]
    return list(sources.missing_columns(table, columns, path=path, file=Path(files[0]).name))
