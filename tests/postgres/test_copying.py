"""Rows out of PostgreSQL and into it: every type, every odd value, piece by piece."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pyarrow as pa
import pytest

from databases import execute
from retain.postgres import copying
from retain.postgres.copying import columns_of, name, read, write

ALL = pa.table(
    {
        "text": pa.array(["a\"b,\nc'; DROP TABLE x; --", "", None, "<script>"]),
        "flag": pa.array([True, False, None, True]),
        "count": pa.array([1, -(2**62), None, 0]),
        "small": pa.array([1, 2, None, 3], pa.int32()),
        "share": pa.array([0.1, float("inf"), None, 1e-300]),
        "day": pa.array([date(2020, 2, 29), date(1, 1, 1), None, date(9999, 12, 31)]),
        "moment": pa.array([datetime(2020, 1, 1, 10, 0, 0, 123456), None, None, datetime(1, 1, 1)]),
        "aware": pa.array([datetime(2020, 1, 1, tzinfo=UTC)] * 2 + [None] * 2, pa.timestamp("us", "UTC")),
    }
)


@pytest.fixture
def connection(database):
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute("SET timezone = 'UTC'")
        yield opened


def out(connection, relation, **numbers):
    """All rows of what stands behind FROM."""
    columns = columns_of(connection, relation)
    chosen = ", ".join(f"{c.expression} AS {name(c.name)}" for c in columns)
    schema = pa.schema([(c.name, c.arrow(number=c.name in numbers)) for c in columns])
    return pa.concat_tables(read(connection, f"SELECT {chosen} FROM {relation}", schema))


def test_what_is_written_is_read_back(connection):
    kinds = ", ".join(f"{name(f.name)} {copying.type_of(f.type)}" for f in ALL.schema)
    connection.execute(f"CREATE TABLE every ({kinds})")
    write(connection, "every", ALL)
    assert out(connection, "every").equals(ALL)


def test_text_that_postgresql_cannot_hold_loses_only_that_character(connection):
    connection.execute("CREATE TABLE one (t text)")
    write(connection, "one", pa.table({"t": ["a\x00b"]}))
    assert out(connection, "one")["t"].to_pylist() == ["ab"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("12345678901234.5678::numeric", "12345678901234.5678"),
        ("1.10::numeric(10,2)", "1.10"),
        ("'NaN'::numeric", "NaN"),
        ("'8c1e8f2e-0000-4000-8000-000000000001'::uuid", "8c1e8f2e-0000-4000-8000-000000000001"),
        ("""'{"a": 1}'::json""", '{"a": 1}'),
        ("""'{"a": 1}'::jsonb""", '{"a": 1}'),
        ("'ab'::char(5)", "ab"),
        ("ARRAY['a', 'b']", "{a,b}"),
        ("'-3'::money", "-3.00"),
        ("timestamptz '2020-07-01 12:00+02'", datetime(2020, 7, 1, 10, tzinfo=UTC)),
        ("timestamp 'infinity'", datetime(9999, 12, 31)),
        ("timestamptz '-infinity'", None),
        ("date 'infinity'", date(9999, 12, 31)),
        ("date '0044-03-15 BC'", None),
        ("0.1::real", pytest.approx(0.1)),
        ("NULL::text", None),
        ("''::text", ""),
    ],
)
def test_a_value_of_every_type_is_read(connection, value, found):
    assert out(connection, f"(SELECT {value} AS v) AS q")["v"].to_pylist() == [found]


def test_a_numeric_that_serves_as_a_number_is_one(connection):
    relation = "(SELECT unnest(ARRAY[19.99, 'NaN'::numeric, NULL]) AS v) AS q"
    first, second, third = out(connection, relation, v=True)["v"].to_pylist()
    assert (first, second != second, third) == (19.99, True, None)


def test_a_table_is_read_in_pieces_that_together_are_it(connection, monkeypatch):
    monkeypatch.setattr(copying, "PIECE", 100)
    relation = "(SELECT i, 'customer ' || i AS who FROM generate_series(1, 1000) i) AS q"
    found = out(connection, relation)
    assert found["i"].to_pylist() == list(range(1, 1001))
    assert found.column("i").num_chunks > 100


def test_a_table_without_rows_keeps_its_columns(connection):
    found = out(connection, "(SELECT 1 AS a, 'x' AS b WHERE false) AS q")
    assert (found.num_rows, found.schema.names) == (0, ["a", "b"])


def test_a_name_is_quoted_whatever_it_holds(connection, database):
    nasty = 'a"; DROP TABLE "b'
    connection.execute(f"CREATE TABLE {name(nasty)} ({name(nasty)} int)".encode())
    write(connection, name(nasty), pa.table({nasty: pa.array([1], pa.int32())}))
    assert execute(database, f"SELECT * FROM {name(nasty)}") == [(1,)]
