"""Where tables are read from."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime

import pyarrow as pa
import pytest

from retain.errors import ConfigError, DataError
from shops import ORDERS, opened, orders, seen, write

CSV = "who,at\na,2020-01-05\n"
PARQUET = {"who": ["a"], "at": [datetime(2020, 1, 5)]}
FOUND = {"a": [("2020-01-05", None)]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.parquet", PARQUET),
        ("orders.csv", CSV),
        ("ORDERS.CSV", CSV),
        ("orders.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("orders.tsv", CSV.replace(",", "\t")),
        ("semicolons.csv", CSV.replace(",", ";")),
        ("windows.csv", b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()),
        ("it's here.csv", CSV),
    ],
)
def test_formats(tmp_path, name, content):
    assert seen(orders(tmp_path, content, name=name)) == FOUND


def _several(tmp_path, source):
    return seen(opened(tmp_path, orders={"source": source, "columns": ORDERS}, inspected=True))


def test_a_glob_reads_all_that_match(tmp_path):
    write(tmp_path / "2020" / "01.csv", CSV)
    write(tmp_path / "2020" / "02.csv", "who,at\nb,2020-02-05\n")
    assert list(_several(tmp_path, "2020/*.csv")) == ["a", "b"]


def test_a_list_reads_each(tmp_path):
    write(tmp_path / "new.csv", "who,at\nb,2020-02-05\n")
    write(tmp_path / "old.csv.gz", gzip.compress(CSV.encode(), mtime=0))
    assert list(_several(tmp_path, ["new.csv", "old.csv.gz"])) == ["a", "b"]


def test_files_match_by_the_names_of_their_columns(tmp_path):
    write(tmp_path / "1.parquet", PARQUET)
    write(tmp_path / "2.parquet", {"extra": [1], "at": [datetime(2020, 2, 5)], "who": ["b"]})
    assert list(_several(tmp_path, "*.parquet")) == ["a", "b"]


def test_csv_files_match_by_the_names_of_their_columns(tmp_path):
    write(tmp_path / "1.csv", CSV)
    write(tmp_path / "2.csv", "extra,at,who\n1,2020-02-05,b\n")
    assert list(_several(tmp_path, "*.csv")) == ["a", "b"]


def test_a_file_named_twice_is_read_once(tmp_path):
    write(tmp_path / "1.csv", CSV)
    assert _several(tmp_path, ["1.csv", "*.csv"]) == FOUND


def test_an_empty_file_among_others_adds_nothing(tmp_path):
    write(tmp_path / "1.csv", CSV)
    write(tmp_path / "2.csv", "who,at\n")
    assert _several(tmp_path, "*.csv") == FOUND


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.csv", r"tables\.orders\.source: there is no file .*nowhere\.csv"),
        ("nowhere/*.csv", r"tables\.orders\.source: no file matches .*nowhere/\*\.csv"),
        (
            ["orders.csv", "orders.parquet"],
            r"tables\.orders\.source: CSV and Parquet files cannot be one table",
        ),
        ("torn.parquet", r"tables\.orders\.source: cannot be read: .*torn\.parquet"),
        ("torn.csv.gz", r"tables\.orders\.source: cannot be read"),
    ],
)
def test_a_source_that_cannot_be_read_is_named(tmp_path, source, message):
    write(tmp_path / "orders.csv", CSV)
    write(tmp_path / "orders.parquet", PARQUET)
    write(tmp_path / "torn.parquet", b"PAR1 and no more")
    write(tmp_path / "torn.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:15])
    with pytest.raises(ConfigError, match=message):
        _several(tmp_path, source)


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    message = r"columns\.time: 'ordered_att' is not a column of orders\.csv; .* did you mean 'ordered_at'\?"
    with pytest.raises(ConfigError, match=message):
        orders(tmp_path, "who,ordered_at\na,2020-01-05\n", columns={"customer": "who", "time": "ordered_att"})


def test_a_column_in_another_case_is_suggested(tmp_path):
    with pytest.raises(ConfigError, match=r"'at' is not a column .* did you mean 'AT'"):
        orders(tmp_path, "who,AT\na,2020-01-05\n")


def test_all_missing_columns_are_named_at_once(tmp_path):
    customers = {
        "source": "orders.csv",
        "columns": {"customer": "who"},
        "attributes": ["land"],
        "show": ["tel"],
    }
    columns = {"customer": "who", "time": "when"}
    with pytest.raises(ConfigError) as error:
        orders(tmp_path, CSV, columns=columns, customers=customers, inspected=True)
    assert "3 mistakes" in error.value.message
    for place in (
        "orders.columns.time: 'when'",
        "customers.attributes[0]: 'land'",
        "customers.show[0]: 'tel'",
    ):
        assert f"tables.{place} is not a column" in error.value.message


def test_files_are_known_by_their_contents(tmp_path):
    (file,) = orders(tmp_path, CSV).summary.table("orders").files
    assert (file.path, file.bytes) == ("orders.csv", len(CSV))
    assert file.sha256 == hashlib.sha256(CSV.encode()).hexdigest()


def test_where_chooses_rows(tmp_path):
    content = "who,at,channel\na,2020-01-05,web\nb,2020-01-06,test\n"
    events = orders(tmp_path, content, where="channel <> 'test' OR channel = 'b'")
    assert seen(events) == FOUND
    assert events.summary.table("orders").rows == 1


@pytest.mark.parametrize("where", ["chanel = 'web'", "channel =", "true; DROP TABLE x"])
def test_a_where_that_is_no_sql_of_the_table_is_named(tmp_path, where):
    with pytest.raises(ConfigError, match=r"tables\.orders\.where: "):
        orders(tmp_path, "who,at,channel\na,2020-01-05,web\n", where=where)


@pytest.mark.parametrize(
    "empty", ["who,at\n", pa.table({"who": pa.array([], "str"), "at": pa.array([], "str")})]
)
def test_a_table_without_rows_is_told(tmp_path, empty):
    name = "orders.csv" if isinstance(empty, str) else "orders.parquet"
    with pytest.raises(DataError, match="orders: there is no usable row"):
        orders(tmp_path, empty, name=name)


def test_customers_of_numeric_id_are_found(tmp_path):
    write(tmp_path / "customers.parquet", {"id": [1, 2], "plan": ["a", "b"]})
    customers = {"source": "customers.parquet", "columns": {"customer": "id"}, "attributes": ["plan"]}
    content = {"who": [1, 2], "at": ["2020-01-05", "2020-01-06"]}
    events = orders(tmp_path, content, name="orders.parquet", customers=customers)
    (history,) = events.stream()
    assert history.attributes["plan"].to_pylist() == ["a", "b"]
