"""The tables of a config where Spark can hand their rows to tasks: files in parts, or a frame of its own."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from retain.config import Config, Table, redact
from retain.config.addresses import kinds_of
from retain.errors import ConfigError
from retain.events import postgres, sources, sql
from retain.events.duckdb.connection import first_line, plainly
from retain.events.spark import sources as spark_sources
from retain.events.spark.session import Session
from retain.events.spark.tasks import PACKED, Asked, Batches, Piece, TaskTable
from retain.events.tables import SourceFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PIECE_ROWS = 2_000_000
"""Rows of a Parquet file that one task reads, about; a CSV is read by one."""

_DATA = ("*.parquet", "*.parq", "*.csv", "*.csv.gz", "*.tsv", "*.txt")


@dataclass(frozen=True, eq=False)
class Opened:
    """A table whose rows can be asked for.

    task: how a task comes by its rows. frame: what is handed to the tasks, the rows or the numbers of pieces.
    files: whose fingerprints the manifest shows; empty for what is no file of this machine.
    rows: how many there are about, where that is known beforehand.
    """

    task: TaskTable
    frame: DataFrame
    files: tuple[str, ...] = ()
    rows: int | None = None

    def viewed(self, view: str) -> Opened:
        """The same with a clean view."""
        return replace(self, task=replace(self.task, view=view))

    def ask(
        self,
        query: str,
        schema: pa.Schema | None,
        *,
        lent: Mapping[str, pa.Table] | None = None,
        torn: str | None = None,
        only: Sequence[str] | None = None,
    ) -> DataFrame:
        """What the query gives for each part of the rows; without a schema, packed (`unpacked`).

        only: the columns of a frame that are read.
        """
        frame = self.frame if only is None or self.task.pieces else self.frame.select(*map(_quoted, only))
        return mapped(frame, Asked(self.task, query, schema, lent or {}, torn).answer, schema or PACKED)


def mapped(
    frame: DataFrame, work: Callable[[Iterable[pa.RecordBatch]], Batches], schema: pa.Schema
) -> DataFrame:
    """What tasks make of the batches of a frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's, of pandas 3, which is not used here
        from pyspark.sql.pandas.types import from_arrow_schema

        return frame.mapInArrow(work, from_arrow_schema(schema))


@dataclass(frozen=True)
class Opener:
    """Opens tables. describing: a DuckDB that tells types and mistakes before any row is read."""

    config: Config
    session: Session
    describing: duckdb.DuckDBPyConnection
    staged: Mapping[str, postgres.Staged]
    now: datetime

    def open(self, name: str, path: str, table: Table) -> Opened:
        """A table by its short name and place in the config; its columns are those that are asked for.

        Raises ConfigError for sources and columns that are not there.
        """
        files = self._files(path, table)
        opened = self._of_files(name, files) if files else self._of_frame(name, path, table)
        told = Path(files[0]).name if files else redact(table.source[0], self.config)
        missing = list(sources.missing_columns(table, opened.task.columns, path=path, file=told))
        if missing:
            raise ConfigError("\n".join(f"{problem.path}: {problem.message}" for problem in missing))
        where = table.where if not table.postgres else None
        self._describe(name, path, opened.task.columns, where)
        return replace(opened, task=replace(opened.task, where=where))

    def prints(
        self, path: str, table: Table, opened: Opened, *, digest: Callable[[], str]
    ) -> tuple[SourceFile, ...]:
        """Where the rows came from, for the manifest. digest: of the rows, where they are in no file."""
        staged = self.staged.get(path)
        if staged is None and opened.files:
            return sources.fingerprint(opened.files, folder=self.config.path.parent)
        origin = redact(staged.origin if staged else (table.catalog_table or table.source[0]), self.config)
        size = Path(staged.file).stat().st_size if staged else 0
        return (SourceFile(origin, size, hashlib.sha256(f"{origin}\0{digest()}".encode()).hexdigest()),)

    def types(self, relation: str) -> dict[str, str]:
        """The columns of a relation in `describing` with their types."""
        return {row[0]: row[1] for row in self.describing.execute(f"DESCRIBE {relation}").fetchall()}

    @property
    def memory(self) -> int:
        """Bytes for the DuckDB of one task: as much again is Python's."""
        cores = self.session.spark.conf.get("spark.executor.cores", None)
        return self.config.memory // (2 * max(int(cores or self.session.cores), 1))

    def _files(self, path: str, table: Table) -> tuple[str, ...]:
        """The files of this machine, or of a disk that all machines share; none for what only Spark reads."""
        staged = self.staged.get(path)
        if staged:
            return (staged.file,)
        if kinds_of(table.source) != {"file"} or table.options:
            return ()
        listed = tuple(file for source in table.source for file in below(source))
        return sources.find_files(table.model_copy(update={"source": listed}), path=path)

    def _of_files(self, name: str, files: tuple[str, ...]) -> Opened:
        with plainly():
            columns = self.types(f"(FROM {sql.scan(files)})")
            parts = pieces(files, self._rows_of(files), split="file_row_number" not in columns)
        rows = None if sql.is_csv(files) else sum(self._rows_of(files).values())
        frame = self.session.spark.range(0, len(parts), 1, len(parts))
        return Opened(TaskTable(name, columns, self.memory, parts), frame, files, rows)

    def _rows_of(self, files: Sequence[str]) -> dict[str, int]:
        """The rows of Parquet files."""
        if sql.is_csv(files):
            return {}
        listed = ", ".join(map(sql.text, files))
        found = self.describing.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata([{listed}])")
        return dict(found.fetchall())

    def _of_frame(self, name: str, path: str, table: Table) -> Opened:
        frame = spark_sources.frame(self.session.spark, table, path=path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PySpark's, of pandas 3, which is not used here
            empty = frame.limit(0).toArrow()
        self.describing.register("retain_empty", empty)
        columns = self.types("retain_empty")
        self.describing.unregister("retain_empty")
        return Opened(TaskTable(name, columns, self.memory), frame)

    def _describe(self, name: str, path: str, columns: Mapping[str, str], where: str | None) -> None:
        """Make an empty `raw_<name>`, and find out whether `where` can be asked of it."""
        none = ", ".join(f"NULL::{kind} AS {sql.name(column)}" for column, kind in columns.items())
        self.describing.execute(f"CREATE TEMP TABLE raw_{name} AS SELECT {none} WHERE false")
        try:
            if where:
                self.describing.execute(f"SELECT * FROM raw_{name} WHERE (\n{where}\n)")
        except duckdb.Error as error:
            raise ConfigError(f"{path}.where: {first_line(error)}") from error


def below(source: str) -> list[str]:
    """The files of a folder at any depth, none hidden as Spark's own marks are; else the source itself."""
    folder = Path(source)
    if not folder.is_dir():
        return [source]
    found = {file for pattern in _DATA for file in folder.rglob(pattern) if file.is_file()}
    shown = [file for file in found if not any(p[0] in "._" for p in file.relative_to(folder).parts)]
    return sorted(map(str, shown)) or [source]


def pieces(files: Sequence[str], rows: Mapping[str, int], *, split: bool) -> tuple[tuple[Piece, ...], ...]:
    """The files in parts of about `PIECE_ROWS` rows; small files are read together."""
    found: list[tuple[Piece, ...]] = []
    held: list[Piece] = []
    count = 0
    for file in files:
        size = rows.get(file)
        if size is None or size > PIECE_ROWS:
            found += [(piece,) for piece in _parts(file, size, split=split)]
            continue
        if held and count + size > PIECE_ROWS:
            found.append(tuple(held))
            held, count = [], 0
        held.append(Piece(file))
        count += size
    return (*found, tuple(held)) if held else tuple(found)


def _parts(file: str, rows: int | None, *, split: bool) -> Iterator[Piece]:
    if rows is None or not split:
        yield Piece(file)
        return
    size = ceil(rows / ceil(rows / PIECE_ROWS))
    yield from (Piece(file, first, first + size) for first in range(0, rows, size))


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def read_columns(table: Table, columns: Sequence[str]) -> list[str]:
    """Those of a source's columns that are read: mapped ones, and whatever `where` may name."""
    mapped_ones = {column for _, column in sources.mapped_columns(table)}
    where = (table.where or "").lower()
    return [column for column in columns if column in mapped_ones or (where and column.lower() in where)]


def all_rows(frame: DataFrame) -> list[dict[str, Any]]:
    """The rows of a small frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's, of pandas 3, which is not used here
        rows: list[dict[str, Any]] = frame.toArrow().to_pylist()
    return rows


def unpacked(frame: DataFrame) -> Iterator[pa.RecordBatch]:
    """The batches that a frame holds packed, brought here one partition after another."""
    for row in frame.toLocalIterator():
        yield from pa.ipc.open_stream(row["packed"])
