"""The file in which the history is kept: opened for a moment, waited for while busy, explained if broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd
import pyarrow as pa

from retain.errors import Locked, Unavailable, UsageError

SCHEMA = 1
WAITS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between tries while another process has the file open."""

_TABLES = """
CREATE TABLE schema (version INTEGER NOT NULL);
CREATE TABLE lists (as_of DATE PRIMARY KEY, run_id VARCHAR NOT NULL, published_at TIMESTAMP NOT NULL,
    model VARCHAR, model_version VARCHAR, label VARCHAR, eligible BIGINT, listed BIGINT, held_out BIGINT,
    skipped BIGINT, expected_churners DOUBLE);
CREATE TABLE refusals (run_id VARCHAR PRIMARY KEY, as_of DATE, refused_at TIMESTAMP NOT NULL,
    why VARCHAR NOT NULL);
CREATE TABLE members (as_of DATE, run_id VARCHAR NOT NULL, customer_id VARCHAR, rank BIGINT NOT NULL,
    churn_probability DOUBLE, risk_band VARCHAR, segment VARCHAR, "group" VARCHAR, expected_value DOUBLE,
    reason_1 VARCHAR, action VARCHAR, PRIMARY KEY (as_of, customer_id));
CREATE TABLE assignments (customer_id VARCHAR, campaign VARCHAR, "group" VARCHAR NOT NULL, assigned_on DATE,
    risk_band VARCHAR, PRIMARY KEY (customer_id, campaign, assigned_on));
CREATE TABLE feedback (customer_id VARCHAR, contacted_at TIMESTAMP, channel VARCHAR, outcome VARCHAR,
    snooze_until DATE, note VARCHAR, recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (customer_id, contacted_at, channel));
CREATE TABLE tiers (customer_id VARCHAR NOT NULL, tier VARCHAR NOT NULL, since DATE NOT NULL{key});
"""
_KEY = ", PRIMARY KEY (customer_id, since)"


class Store(Protocol):
    """Where a history is that is in no file: see `ledger.Ledger`."""

    def exists(self) -> bool:
        """Whether there may be something in it."""

    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The history as it stands."""

    def writing(
        self, *, beside: Any = None, then: Callable[[], None] | None = None
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The history to be changed; see `writing`."""


Place = Path | Store
"""Where a history is kept."""


def reading(place: Place) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The history as it stands; an empty one where nothing is kept yet. Raises as `writing`."""
    return _reading_file(place) if isinstance(place, Path) else place.reading()


def writing(
    place: Place, *, beside: Any = None, then: Callable[[], None] | None = None
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The history in a transaction: all that the block writes is kept, or nothing.

    beside: what a database holds besides (`ledger.Beside`); a file leaves that to the files beside it. then:
    done when all is written and nothing is kept yet; what it raises undoes the writing. Raises Locked while
    another process has it open, UsageError where it cannot be read or written, Unavailable where the disk is
    full or the server away.
    """
    if isinstance(place, Path):
        return _writing_file(place, then=then)
    return place.writing(beside=beside, then=then)


@contextmanager
def _reading_file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with _explained(path):
        connection = _patiently(lambda: _connect(path, read_only=True)) if path.exists() else empty()
        try:
            _require_schema(connection, path)
            yield connection
        finally:
            connection.close()


@contextmanager
def _writing_file(path: Path, *, then: Callable[[], None] | None) -> Iterator[duckdb.DuckDBPyConnection]:
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _patiently(lambda: _connect(path, read_only=False))
        try:
            connection.begin()
            if not _tables(connection):
                # Nothing looks a tier up by its key, and of millions of customers an index takes longer than
                # all else and stays in memory; a day's rows are deleted before they are written.
                _create(connection, key="")
            _require_schema(connection, path)
            yield connection
            if then is not None:
                then()
            connection.commit()
            path.chmod(0o640)
        finally:
            connection.close()  # without a commit the transaction is undone


def compact(path: Place) -> None:
    """Write a file anew, in one rename: what was deleted from a database stays in its file until then."""
    if not isinstance(path, Path):
        return  # PostgreSQL clears up by itself
    with _explained(path), _patiently(lambda: _connect(path, read_only=False)) as connection:
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        named = str(fresh).replace("'", "''")
        connection.execute(f"ATTACH '{named}' AS fresh")
        connection.execute(f'COPY FROM DATABASE "{path.stem}" TO fresh')
        connection.execute("DETACH fresh")
        fresh.chmod(0o640)
        fresh.replace(path)


def frame_of(connection: duckdb.DuckDBPyConnection, query: str, values: list[object]) -> pd.DataFrame:
    """What a query finds; dates are times at midnight, text is str."""
    found: Any = connection.sql(query, params=values).to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(date_as_object=False)
    return frame


def insert(connection: duckdb.DuckDBPyConnection, into: str, frame: pd.DataFrame) -> None:
    """Add the rows of a frame whose columns are named as the table's; `into` says what to do on conflict."""
    table, _, otherwise = into.partition(" ")
    names = ", ".join(f'"{name}"' for name in frame.columns)
    connection.register("retain_rows", pa.Table.from_pandas(frame, preserve_index=False))
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM retain_rows {otherwise}")
    connection.unregister("retain_rows")


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=read_only, config={"threads": 1})


def empty() -> duckdb.DuckDBPyConnection:
    """A history of nothing, in memory."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    _create(connection)
    return connection


def _create(connection: duckdb.DuckDBPyConnection, *, key: str = _KEY) -> None:
    connection.execute(_TABLES.format(key=key))
    connection.execute("INSERT INTO schema VALUES (?)", [SCHEMA])


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {str(name) for (name,) in connection.execute("SHOW TABLES").fetchall()}


def _patiently(connect: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    for seconds in WAITS:
        try:
            return connect()
        except duckdb.IOException as error:
            if not _busy(error):
                raise
        time.sleep(seconds)
    return connect()


def _busy(error: duckdb.Error) -> bool:
    return "lock" in str(error).lower()


def _require_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    there = _tables(connection)
    found = connection.execute("SELECT max(version) FROM schema").fetchall() if "schema" in there else []
    version = found[0][0] if found else None
    if version == SCHEMA:
        return
    if isinstance(version, int) and version > SCHEMA:
        raise UsageError(f"{path} was written by a newer version of retain; use that version.")
    raise UsageError(f"{path} is not a history that retain wrote; move it away and run again.")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the database's errors into sentences."""
    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, OSError) as error:
        said = str(error).partition("\n")[0]
        if isinstance(error, duckdb.Error) and _busy(error):
            raise Locked(f"Another run has {path} open; wait until it is done.") from error
        if "space" in said.lower():
            raise Unavailable(
                f"{path} could not be written: {said}. Free some space and run again."
            ) from error
        raise UsageError(
            f"{path}, the history of lists and contacts, cannot be read or written ({said}). Put back a copy "
            "of it, or move it away and begin a new one: past contacts and holdout groups are then forgotten."
        ) from error
