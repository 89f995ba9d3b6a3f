"""What a task of Spark does with its part of one table: the SQL of one machine, by a DuckDB of its own.

Nothing here imports pyspark: it runs in the executors, where retain must be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from retain.errors import DataError
from retain.events import check_sql, sql
from retain.events.duckdb.connection import first_line
from retain.events.scratch import scratch_space

Batches = Iterator[pa.RecordBatch]

ANSWER_ROWS = 100_000
"""Rows of a batch that a task hands back at most."""


PACKED = pa.schema([("packed", pa.binary())])


class Piece(NamedTuple):
    """Rows of a file from `first` to before `last`; the whole file where `last` is None."""

    file: str
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class TaskTable:
    """How a task comes by the rows of a table.

    columns: the source's own columns with DuckDB's types. pieces: of files, one or several a task; empty
    where Spark hands the rows over. view: makes `<name>` of `raw_<name>`, as `check_sql.clean_view`.
    memory: bytes DuckDB may take before it spills.
    """

    name: str
    columns: Mapping[str, str]
    memory: int
    pieces: tuple[tuple[Piece, ...], ...] = ()
    where: str | None = None
    view: str | None = None

    @property
    def is_csv(self) -> bool:
        """Whether the rows are lines of CSV files."""
        return bool(self.pieces) and sql.is_csv([self.pieces[0][0].file])


@dataclass(frozen=True)
class Asked:
    """A query over a table of a task; what it gives is of `schema`.

    schema: None packs each batch as bytes instead (`PACKED`), whatever its types. lent: tables that the query
    may name. torn: also give the lines of a CSV that are no rows, by this query over `torn_<name>`.
    """

    table: TaskTable
    query: str
    schema: pa.Schema | None
    lent: Mapping[str, pa.Table] = field(default_factory=dict)
    torn: str | None = None

    def answer(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """The answer for a partition: the rows in `batches`, or of the pieces whose numbers these hold."""
        with scratch_space() as scratch, task_connection(self.table.memory, scratch) as connection:
            for name, table in self.lent.items():
                connection.register(name, table)
            for relation in _relations(connection, self.table, iter(batches)):
                _make_views(connection, self.table, relation)
                yield from self._rows(connection, self.query)
                if self.table.is_csv:
                    yield from self._torn(connection)

    def _rows(self, connection: duckdb.DuckDBPyConnection, query: str) -> Batches:
        for batch in connection.sql(query).to_arrow_reader(ANSWER_ROWS):
            if not len(batch):
                continue
            if self.schema is None:
                yield _packed(batch)
            else:
                named = pa.Table.from_batches([batch]).rename_columns(self.schema.names)
                yield from named.cast(self.schema).combine_chunks().to_batches()

    def _torn(self, connection: duckdb.DuckDBPyConnection) -> Batches:
        """Refuse a file whose lines cannot be told apart; give what is torn in others."""
        for file, line in connection.execute(check_sql.UNCLOSED).fetchall():
            raise DataError(
                f"{self.table.name}: a quotation mark in line {line} of {file} is not closed, so that the "
                "lines after it cannot be told apart; put the file right"
            )
        if self.torn is not None:
            connection.execute(f"DROP TABLE IF EXISTS torn_{self.table.name}")
            connection.execute(check_sql.torn_table(self.table.name))
            yield from self._rows(connection, self.torn)
        connection.execute("DELETE FROM reject_errors")


def _packed(batch: pa.RecordBatch) -> pa.RecordBatch:
    written = pa.BufferOutputStream()
    with pa.ipc.new_stream(written, batch.schema) as stream:
        stream.write_batch(batch)
    return pa.RecordBatch.from_pydict({"packed": [written.getvalue().to_pybytes()]}, schema=PACKED)


@contextmanager
def task_connection(memory: int, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB on one thread, as a task has one core; what it cannot read is a DataError."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{max(memory // 1_000_000, 100)}MB",
        "temp_directory": str(scratch),
        "threads": 1,
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield connection
        except (duckdb.BinderException, duckdb.ParserException, duckdb.InternalException):
            raise  # a defect in our SQL, not in the data
        except duckdb.Error as error:
            raise DataError(f"the tables cannot be read: {first_line(error)}") from error


def _relations(connection: duckdb.DuckDBPyConnection, table: TaskTable, batches: Batches) -> Iterator[str]:
    """The rows of the partition as SQL; nothing where it is empty."""
    if table.pieces:
        numbers = [number for batch in batches for number in batch.column(0).to_pylist()]
        yield from (scanned(table.pieces[number], table.columns) for number in numbers)
        return
    first = next(batches, None)
    if first is None:
        return
    connection.register("retain_given", pa.RecordBatchReader.from_batches(first.schema, _all(first, batches)))
    yield "retain_given"


def _all(first: pa.RecordBatch, rest: Batches) -> Batches:
    yield first
    yield from rest


def _make_views(connection: duckdb.DuckDBPyConnection, table: TaskTable, relation: str) -> None:
    connection.execute(f"DROP VIEW IF EXISTS {table.name}")
    where = f" WHERE (\n{table.where}\n)" if table.where else ""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW raw_{table.name} AS SELECT * FROM {relation}{where}")
    if table.view is not None:
        connection.execute(table.view)


def scanned(pieces: Iterable[Piece], columns: Mapping[str, str]) -> str:
    """The rows of the pieces, of the types that the columns have in all files together."""
    none = ", ".join(f"NULL::{kind} AS {sql.name(column)}" for column, kind in columns.items())
    parts = [f"SELECT {none} WHERE false", *(f"FROM {_part(piece)}" for piece in pieces)]
    return f"({' UNION ALL BY NAME '.join(parts)})"


def _part(piece: Piece) -> str:
    if piece.last is None:
        return sql.scan([piece.file])
    return f"""(SELECT * EXCLUDE (file_row_number)
        FROM read_parquet({sql.text(piece.file)}, file_row_number=true)
        WHERE file_row_number >= {piece.first} AND file_row_number < {piece.last})"""
