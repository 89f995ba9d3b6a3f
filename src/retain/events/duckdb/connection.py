"""A connection to DuckDB within the memory of the config, and what DuckDB cannot do as one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from retain.errors import ConfigError, DataError


def connect(memory: int, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A connection that takes so many bytes, and spills to `scratch` beyond them."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory // 1_000_000}MB",
            "temp_directory": str(scratch),
            "threads": _processors(),
            "preserve_insertion_order": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets has no bar to turn off
        connection.execute("SET enable_progress_bar = false")
    return connection


@contextmanager
def plainly() -> Iterator[None]:
    """Say what DuckDB could not read in one sentence, without secrets."""
    try:
        yield
    except (duckdb.BinderException, duckdb.ParserException, duckdb.InternalException):
        raise  # a defect in our SQL, not in the data
    except duckdb.OutOfMemoryException as error:
        raise ConfigError(
            f"memory: not enough for these tables; give it more, or fewer rows ({first_line(error)})"
        ) from error
    except duckdb.Error as error:
        raise DataError(f"the tables cannot be read: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    return str(error).split("\n")[0]


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
