"""The history in PostgreSQL, for jobs that leave no files behind.

Every table of the history file has its like in a schema of the business's own, beside the published list.
What reads or changes the history works on a copy in memory; a write then sends only the rows that differ, in
one transaction, and fails where somebody else has written meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from retain.errors import ConfigError, Locked, UsageError
from retain.lists import history_store, published_tables
from retain.lists.ledger_tables import Layout, fill, insert, layouts, send
from retain.lists.published_tables import add_columns, columns_there, create
from retain.postgres.connection import connected, driver, persistently, shown
from retain.postgres.copying import name

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import psycopg

Beside = Callable[["psycopg.Connection[Any]", str], None]
"""Writes to a schema (its name) within the transaction of a connection."""

Result = TypeVar("Result")
PLACE = "publish.postgres"
LEDGER = "ledger"


@dataclass(frozen=True)
class Loaded:
    """A copy of the history in memory. changes: how often it had been written; None: never."""

    local: duckdb.DuckDBPyConnection
    changes: int | None


@dataclass
class _Write:
    """One write under way: known to the server by its token, so that it is neither lost nor done twice."""

    beside: Beside | None
    then: Callable[[], None] | None
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def finish(self) -> None:
        """Do what belongs to the write, once."""
        then, self.then = self.then, None
        if then is not None:
            then()


@dataclass(frozen=True)
class Ledger:
    """Where a business's history is, if it is in PostgreSQL."""

    url: str
    schema: str
    business: str

    def __str__(self) -> str:
        return f"{shown(self.url)} schema {self.schema}"

    def __repr__(self) -> str:
        return f"Ledger({self})"

    def exists(self) -> bool:
        """Whether there may be something in it."""
        return True

    def begun(self) -> bool:
        """Whether anything was ever written."""
        return persistently(partial(self._with_server, lambda server: self._changes(server) is not None))

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The history as it stands at one moment; an empty one where nothing was ever written."""
        loaded: Loaded = persistently(self._load)
        try:
            yield loaded.local
        finally:
            loaded.local.close()

    @contextmanager
    def writing(
        self,
        *,
        beside: Beside | None = None,
        then: Callable[[], None] | None = None,
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The history to be changed: all that the block changes is kept, or nothing.

        beside: what else to write to the schema in the same transaction. then: done when all is written and
        nothing kept yet; what it raises undoes the writing. Raises Locked where another run wrote meanwhile,
        Unavailable where the server stays away.
        """
        loaded: Loaded = persistently(self._load)
        try:
            loaded.local.begin()
            yield loaded.local
            loaded.local.commit()
            persistently(partial(self._flush, loaded, _Write(beside, then)))
        finally:
            loaded.local.close()

    def published_before(self, day: date) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The list and the scores published last before a day."""

        def look(server: psycopg.Connection[Any]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
            return published_tables.newest_before(server, self.schema, day)

        return persistently(partial(self._with_server, look))

    def adopt(self, file: Path) -> None:
        """Take over what a file holds; only where nothing was ever written here."""
        with history_store.reading(file) as before, self.writing() as local:
            for table in layouts(local):
                rows = before.sql(f'FROM "{table}"').to_arrow_table()
                insert(local, table, rows)

    def _load(self) -> Loaded:
        return self._with_server(self._copied)

    def _with_server(self, work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        with connected(self.url, place=PLACE, readonly=True) as server:
            return work(server)

    def _copied(self, server: psycopg.Connection[Any]) -> Loaded:
        local = history_store.empty()
        changes = self._changes(server)
        if changes is None:
            self._require_room(server, local)
        else:
            there = columns_there(server, self.schema)
            for table, layout in layouts(local).items():
                if table in there:
                    fill(local, table, server, self.schema, set(layout.columns) & set(there[table]))
        local.execute("CREATE SCHEMA before")
        for table in layouts(local):
            local.execute(f'CREATE TABLE before."{table}" AS FROM main."{table}"')
        return Loaded(local, changes)

    def _changes(self, server: psycopg.Connection[Any], *, lock: bool = False) -> int | None:
        """How often the history was written. Raises ConfigError where the schema is another business's."""
        if LEDGER not in columns_there(server, self.schema):
            return None
        query = f"SELECT business, version, changes FROM {name(self.schema, LEDGER)}{' FOR UPDATE' * lock}"
        found = server.execute(query.encode()).fetchone()
        if found is None or found[0] != self.business:
            whose = found[0] if found else "nobody"
            raise ConfigError(
                f"publish.schema: {self} holds the lists of '{whose}', not of '{self.business}'; "
                "name another schema"
            )
        if found[1] > history_store.SCHEMA:
            raise UsageError(f"{self} was written by a newer version of retain; use that version.")
        return int(found[2])

    def _require_room(self, server: psycopg.Connection[Any], local: duckdb.DuckDBPyConnection) -> None:
        """Raise ConfigError where the schema has tables of our names that are not ours."""
        ours = {*layouts(local), *published_tables.NAMES, published_tables.VIEW, LEDGER}
        taken = sorted(ours & set(columns_there(server, self.schema)))
        if taken:
            raise ConfigError(
                f"publish.schema: {self} has {', '.join(taken)}, which retain did not make; "
                "name a schema of its own"
            )

    def _flush(self, loaded: Loaded, write: _Write) -> None:
        """Send what differs; a second time only where the first was not kept."""
        with connected(self.url, place=PLACE) as server:
            if self._kept(server, loaded, write):
                return
            for table, layout in layouts(loaded.local).items():
                self._require_table(server, table, layout)
                send(loaded.local, server, name(self.schema, table), table=table, layout=layout)
            if write.beside is not None:
                write.beside(server, self.schema)
            write.finish()

    def _kept(self, server: psycopg.Connection[Any], loaded: Loaded, write: _Write) -> bool:
        """Whether this write was kept, only the answer lost; if not, others must wait for it from now on."""
        server.execute("SET LOCAL lock_timeout = '10s'")
        if loaded.changes is None and LEDGER not in columns_there(server, self.schema):
            self._begin(server)
        try:
            changes = self._changes(server, lock=True)
        except driver().errors.LockNotAvailable as error:
            raise Locked(f"Another run is writing to {self}; wait until it is done.") from error
        ledger = name(self.schema, LEDGER)
        if server.execute(f"SELECT 1 FROM {ledger} WHERE writer = %s".encode(), [write.token]).fetchone():
            return True
        if changes != (loaded.changes or 0):
            raise Locked(f"Another run wrote to {self} meanwhile; run again.")
        update = f"UPDATE {ledger} SET changes = changes + 1, version = %s, writer = %s"
        server.execute(update.encode(), [history_store.SCHEMA, write.token])
        return False

    def _begin(self, server: psycopg.Connection[Any]) -> None:
        if not server.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.schema]).fetchone():
            server.execute(f"CREATE SCHEMA {name(self.schema)}".encode())
        columns = {"business": "text", "version": "integer", "changes": "bigint", "writer": "text"}
        create(server, self.schema, LEDGER, columns, key=["business"])
        row = f"INSERT INTO {name(self.schema, LEDGER)} VALUES (%s, %s, 0, '')"
        server.execute(row.encode(), [self.business, history_store.SCHEMA])

    def _require_table(self, server: psycopg.Connection[Any], table: str, layout: Layout) -> None:
        there = columns_there(server, self.schema).get(table)
        if there is None:
            create(server, self.schema, table, layout.columns, key=layout.key)
        else:
            lacking = {column: kind for column, kind in layout.columns.items() if column not in there}
            add_columns(server, self.schema, table, lacking)
