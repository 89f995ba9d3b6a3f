"""The parts of files that tasks read, and the columns they need."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

import shops
from retain.events.spark import tables
from retain.events.spark.tables import below, pieces, read_columns
from retain.events.spark.tasks import Piece, scanned


def test_a_large_file_is_parted_and_small_ones_are_read_together(monkeypatch):
    monkeypatch.setattr(tables, "PIECE_ROWS", 10)
    found = pieces(("a", "b", "big", "c"), {"a": 4, "b": 5, "big": 25, "c": 3}, split=True)
    assert found == (
        (Piece("big", 0, 9),),
        (Piece("big", 9, 18),),
        (Piece("big", 18, 27),),
        (Piece("a"), Piece("b")),
        (Piece("c"),),
    )


def test_a_csv_is_read_by_one_task():
    assert pieces(("a.csv", "b.csv"), {}, split=True) == ((Piece("a.csv"),), (Piece("b.csv"),))


def test_the_pieces_of_a_file_are_its_rows(tmp_path):
    file = str(shops.write(tmp_path / "rows.parquet", {"n": list(range(100))}))
    parts = [Piece(file, 0, 40), Piece(file, 40, 80), Piece(file, 80, 120)]
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT n FROM {scanned(parts, {'n': 'BIGINT'})} ORDER BY n").fetchall()
    assert [n for (n,) in found] == list(range(100))


def test_a_file_without_a_column_has_nulls_of_its_type(tmp_path):
    files = [
        str(shops.write(tmp_path / f"{n}.parquet", content))
        for n, content in enumerate([{"a": [1]}, {"b": pa.array([2], pa.int16()), "a": [3]}])
    ]
    with duckdb.connect() as connection:
        found = connection.sql(f"FROM {scanned([Piece(files[0])], {'a': 'BIGINT', 'b': 'SMALLINT'})}")
        assert (found.fetchall(), [str(kind) for kind in found.types]) == (
            [(1, None)],
            ["BIGINT", "SMALLINT"],
        )


def test_a_folder_is_its_data_files_at_any_depth(tmp_path):
    for name in ("b/part-1.parquet", "a.parquet", "_SUCCESS", ".a.parquet.crc", "_tmp/c.parquet"):
        shops.write(tmp_path / name, "")
    assert below(str(tmp_path)) == [str(tmp_path / "a.parquet"), str(tmp_path / "b" / "part-1.parquet")]


@pytest.mark.parametrize(("where", "read"), [(None, ["who", "at"]), ('"Shop" = 1', ["who", "at", "shop"])])
def test_only_columns_that_are_needed_are_read(tmp_path, where, read):
    keys = {} if where is None else {"where": where}
    config = shops.config(tmp_path, orders={"source": "o.parquet", "columns": shops.ORDERS, **keys})
    assert read_columns(config.tables.orders, ["who", "at", "shop", "wide"]) == read
