"""Rows that Spark hands over, of its catalogs or of storage, are read and checked as files are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shops
import sparks
from retain.errors import ConfigError, DataError
from retain.events.engine import open_events
from retain.events.history import History

NEW_YORK = pa.timestamp("us", "America/New_York")
COLUMNS = {**shops.ORDERS, "amount": "paid", "category": "dept"}


def orders(**columns: Any) -> pa.Table:
    """Rows with times in the hour that comes twice, one without a customer, one without an amount."""
    times = [datetime(2019, 11, 3, 5 + n, 30) for n in range(4)]
    given = {
        "who": [1.0, 2.5, None, 1.0],
        "at": pa.array(times, pa.timestamp("us")).cast(NEW_YORK),
        "paid": [10, None, 3, 4],
        "dept": ["tea", "tea", "milk", "milk"],
        "wide": ["x" * 50] * 4,
    }
    return pa.table({**given, **columns})


def sources(folder: Any, spark: Any) -> dict[str, dict[str, Any]]:
    """The same rows as a file for DuckDB, in storage, and in Spark's catalog."""
    file = shops.write(folder / "orders.parquet", orders())
    spark.read.parquet(f"file://{file}").createOrReplaceTempView("orders_there")
    return {
        "file": {"source": "orders.parquet"},
        "storage": {"source": f"file://{file}"},
        "catalog": {"source": "spark://orders_there"},
    }


def rows(history: History) -> list[Any]:
    """What is in a chunk, plainly."""
    orders = history.tables["orders"]
    return [(list(history.names), orders.day.tolist(), orders.numbers.tolist())]


@pytest.mark.parametrize("kind", ["storage", "catalog"])
def test_rows_of_spark_are_read_as_those_of_files(spark, tmp_path, kind):
    given = sources(tmp_path, spark)
    table = {"columns": COLUMNS, "where": "length(wide) > 3"}
    keys = {"timezone": "America/New_York", "gates": {"max_missing": 0.5}}
    here = shops.opened(tmp_path, orders={**table, **given["file"]}, **keys)
    config = shops.config(tmp_path, orders={**table, **given[kind]}, engine="spark", **keys)
    with open_events(config, now=shops.NOW, rejects=tmp_path / "there", duplicates=True) as there:
        assert (
            list(there.each(rows)) == list(here.each(rows)) == [(["1.0"], [18203, 18203], [100_000, 40_000])]
        )
        (told,), (wanted,) = there.summary.tables, here.summary.tables
        assert (told.rows, told.used, told.anonymous) == (wanted.rows, wanted.used, wanted.anonymous)
        assert told.rejected == wanted.rejected == {"amount is missing": 1}
        assert (told.duplicates, told.oldest, told.newest) == (0, wanted.oldest, wanted.newest)
    set_aside = pq.read_table(tmp_path / "there" / "orders.parquet").to_pylist()
    assert set_aside == shops.rejects(tmp_path)


def test_other_rows_have_another_fingerprint(spark, tmp_path):
    prints = []
    for paid in ([10, None, 3, 4], [10, None, 3, 5]):
        file = shops.write(tmp_path / "orders.parquet", orders(paid=paid))
        spark.catalog.refreshByPath(f"file://{file}")
        table = {"source": f"file://{file}", "columns": COLUMNS}
        config = shops.config(tmp_path, orders=table, engine="spark", gates={"max_missing": 0.5})
        with open_events(config, now=shops.NOW) as events:
            prints += events.summary.tables[0].files
    assert prints[0].path == prints[1].path
    assert prints[0].sha256 != prints[1].sha256


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"where": "nothing > 3"}, r"tables\.orders\.where: .*nothing"),
        ({"columns": {**COLUMNS, "amount": "payd"}}, "'payd' is not a column of .*; did you mean 'paid'"),
        ({"columns": {**COLUMNS, "amount": "wide2"}}, "'wide2' is not a column"),
        ({"source": "spark://not_there"}, r"tables\.orders\.source: .*not_there"),
    ],
)
def test_what_does_not_fit_the_rows_is_told_at_its_place(spark, tmp_path, changes, told):
    table = {**sources(tmp_path, spark)["catalog"], "columns": COLUMNS, **changes}
    with pytest.raises(ConfigError, match=told) as error:
        open_events(shops.config(tmp_path, orders=table, engine="spark"), now=shops.NOW)
    assert "\n" not in str(error.value)


def test_a_quotation_mark_that_is_not_closed_is_told(spark, tmp_path):
    shops.write(tmp_path / "orders.csv", 'who,at\na,2019-01-01\n"b,2019-01-02\n' + "c,2019-01-03\n" * 9000)
    config = shops.config(tmp_path, orders={"source": "orders.csv", "columns": shops.ORDERS}, engine="spark")
    with pytest.raises(
        DataError, match=r"^orders: a quotation mark in line \d+ of orders\.csv is not closed"
    ):
        open_events(config, now=shops.NOW)


def test_a_session_that_runs_already_is_left_running(spark, tmp_path):
    config = sparks.nasty(tmp_path)
    with open_events(config, now=shops.NOW) as events:
        assert not events.session.ours
    assert spark.range(3).count() == 3
