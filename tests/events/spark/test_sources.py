"""Sources that only Spark reads: databases through JDBC, tables of its catalogs, folders of Parquet."""

from __future__ import annotations

import json

import pytest

import shops
from retain.errors import ConfigError
from retain.events.engine import open_events

ROLES = {"customer": "who", "time": "at", "amount": "paid"}
ROWS = {
    "who": ["a", "a", "b", None, "c"],
    "at": ["2020-01-01 10:00", "2020-01-09 11:30", "2020-01-05", "2020-01-02", "no time"],
    "paid": [5.0, 7.5, 3.0, 1.0, 2.0],
}
DERBY = "org.apache.derby.iapi.jdbc.AutoloadedDriver"  # the database that PySpark brings along


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of Parquet whose name looks like a pattern."""
    there = tmp_path_factory.mktemp("lake") / "orders [2020]"
    shops.write(there / "part-0.parquet", ROWS)
    return there


@pytest.fixture(scope="module")
def places(spark, folder, tmp_path_factory):
    """The same rows as a table of a database and as one of Spark's catalogs."""
    log = tmp_path_factory.mktemp("derby") / "derby.log"
    spark._jvm.java.lang.System.setProperty("derby.stream.error.file", str(log))
    spark.sql("CREATE OR REPLACE TEMP VIEW given AS SELECT * FROM VALUES " + ", ".join(map(_row, range(5))))
    frame = spark.sql("SELECT col1 AS who, col2 AS at, CAST(col3 AS double) AS paid FROM given")
    frame.write.format("jdbc").options(
        url="jdbc:derby:memory:shop;create=true", dbtable="orders", driver=DERBY
    ).save()
    frame.write.mode("overwrite").saveAsTable("default.sources_orders")
    yield
    spark.sql("DROP TABLE default.sources_orders")


def _row(number):
    who, at, paid = (ROWS[name][number] for name in ROWS)
    return f"({'NULL' if who is None else repr(who)}, '{at}', {paid})"


def found(tmp_path, **orders):
    """What is said of the orders, and of the files behind them."""
    keys = {"orders": {"columns": ROLES, **orders}, "gates": {"max_missing": 0.5}, "engine": "spark"}
    config = shops.config(tmp_path, **keys)
    with open_events(config, now=shops.NOW) as events:
        (table,) = events.summary.tables
        told = json.dumps([events.summary.inputs(), config.public()])
        return (table.rows, table.used, table.anonymous, dict(table.rejected)), told


EXPECTED = (5, 3, 1, {"time cannot be read": 1})


def test_a_folder_of_parquet_is_a_table(spark, folder, tmp_path):
    assert found(tmp_path, source=str(folder))[0] == EXPECTED


@pytest.mark.parametrize(
    "source",
    [
        {"source": "spark://default.sources_orders"},
        {"source": "spark://", "table": "default.sources_orders"},
        {"source": "spark://", "query": "SELECT who, at, paid FROM default.sources_orders;"},
    ],
)
def test_a_table_of_a_catalog_is_read(places, tmp_path, source):
    assert found(tmp_path, **source)[0] == EXPECTED


def test_a_database_is_read_through_jdbc_and_its_password_is_nowhere(places, tmp_path):
    options = {"driver": DERBY, "user": "app", "password": "open-sesame"}
    what, told = found(tmp_path, source="jdbc:derby:memory:shop", table="orders", options=options)
    assert what == EXPECTED
    assert "open-sesame" not in told
    assert "jdbc:derby:memory:shop" in told


def test_a_query_of_a_database_may_be_read_in_parts(places, tmp_path):
    query = 'SELECT "who", "at", "paid" FROM orders WHERE "paid" > 2.5'
    parts = {"partitionColumn": "paid", "lowerBound": 0, "upperBound": 8, "numPartitions": 2}
    what, _ = found(
        tmp_path, source="jdbc:derby:memory:shop", query=query, options={"driver": DERBY, **parts}
    )
    assert what == (3, 3, 0, {})


def test_a_filter_is_the_same_sql_as_on_one_machine(places, tmp_path):
    what, _ = found(tmp_path, source="spark://default.sources_orders", where="who IN ('a') AND paid::INT > 5")
    assert what == (1, 1, 0, {})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"source": "spark://default.nowhere"}, r"tables\.orders\.source: Spark cannot read it: .*nowhere.*"),
        ({"source": "jdbc:nosuch://h/db", "table": "t"}, r"Spark has no driver for jdbc:nosuch:…"),
        ({"source": "s3://bucket/orders"}, r"this Spark cannot read s3://: its connector"),
        ({"source": "spark://", "query": "SELEC 1"}, r"Spark cannot read it: Syntax error at or near"),
    ],
)
def test_a_source_that_is_not_there_is_told_at_its_place(spark, tmp_path, source, told):
    with pytest.raises(ConfigError, match=told):
        found(tmp_path, **source)


def test_a_column_that_is_not_there_is_told_with_those_that_are(places, tmp_path):
    with pytest.raises(
        ConfigError, match=r"'wen' is not a column of .*sources_orders; it has: who, at, paid"
    ):
        found(tmp_path, source="spark://default.sources_orders", columns={**ROLES, "time": "wen"})
