"""Arrow tables copied out of PostgreSQL and into it, a bounded piece at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from retain.postgres.connection import driver

if TYPE_CHECKING:
    import psycopg

PIECE = 16_000_000
"""Bytes of text that are turned into Arrow at once."""

# By the number that PostgreSQL has for a type. All else (numeric, uuid, json, enums, arrays, …) comes as the
# text that PostgreSQL writes, which keeps every digit.
_TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
_NUMERIC, _MONEY, _PADDED, _TIMES = 1700, 790, 1042, (1082, 1114, 1184)
_WRITTEN = {
    pa.string(): "text",
    pa.large_string(): "text",
    pa.bool_(): "boolean",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.date32(): "date",
}


@dataclass(frozen=True)
class Column:
    """A column of a PostgreSQL relation: its name, and the number of its type."""

    name: str
    oid: int

    @property
    def expression(self) -> str:
        """What selects it. Infinity is the end of the year 9999; what lies before the year 1 is unknown."""
        quoted = name(self.name)
        if self.oid in _TIMES:
            return f"CASE WHEN {quoted} >= date '0001-01-01' THEN least({quoted}, date '9999-12-31') END"
        if self.oid == _MONEY:
            return f"{quoted}::numeric"
        return f"{quoted}::text" if self.oid == _PADDED else quoted

    def arrow(self, *, number: bool = False) -> pa.DataType:
        """Its type in Arrow; where it serves as a number, a numeric is one."""
        if number and self.oid in (_NUMERIC, _MONEY):
            return pa.float64()
        return _TYPES.get(self.oid, pa.string())


def name(*parts: str) -> str:
    """An identifier, quoted: `name("shop", "orders")` is "shop"."orders"."""
    quoted: str = driver().sql.Identifier(*parts).as_string(None)
    return quoted


def columns_of(connection: psycopg.Connection[Any], relation: str) -> list[Column]:
    """The columns of what stands behind FROM; it is planned as one statement, and no row is read."""
    found = connection.execute(f"SELECT * FROM {relation} LIMIT 0".encode(), prepare=True)
    return [Column(column.name, column.type_code) for column in found.description or ()]


def read(connection: psycopg.Connection[Any], query: str, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of a query as tables of this schema, of a few megabytes each; one at least."""
    pending, given = bytearray(), False
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)".encode()) as copy,
    ):
        for row in copy:
            pending += row
            if len(pending) >= PIECE:
                yield _parsed(bytes(pending), schema)
                pending, given = bytearray(), True
    if pending or not given:
        yield _parsed(bytes(pending), schema)


def write(connection: psycopg.Connection[Any], into: str, table: pa.Table) -> None:
    """Append the rows to a table, its name quoted, which has columns of the same names.

    PostgreSQL's text cannot hold the character NUL; it is left out.
    """
    names = ", ".join(name(column) for column in table.column_names)
    statement = f"COPY {into} ({names}) FROM STDIN (FORMAT csv)".encode()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in table.to_batches(max_chunksize=100_000):
            copy.write(_csv(pa.Table.from_batches([batch])))


def type_of(kind: pa.DataType) -> str:
    """PostgreSQL's type for a column of Arrow's."""
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz is None else "timestamptz"
    return _WRITTEN.get(kind, "text")


def _parsed(text: bytes, schema: pa.Schema) -> pa.Table:
    if not text:
        return schema.empty_table()
    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=len(text), use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(schema.names, schema.types, strict=True)),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _csv(table: pa.Table) -> bytes:
    written = io.BytesIO()
    plain = pa.table(dict(zip(table.column_names, map(_plain, table.columns), strict=True)))
    csv.write_csv(plain, written, csv.WriteOptions(include_header=False))
    return written.getvalue()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text without NUL, and what is no plain type as text."""
    if pa.types.is_dictionary(column.type) or pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.replace_substring(column, "\x00", "")
    return column


__all__: Sequence[str] = ("Column", "columns_of", "name", "read", "type_of", "write")
