"""What a config says to Spark, and what it may not say to DuckDB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from retain.config import Config, OrdersTable, dump, parse
from retain.errors import ConfigError

HOME = Path("/shop/configs/shop.yaml")
COLUMNS = {"customer": "user_id", "time": "ordered_at"}
JDBC = "jdbc:postgresql://db/shop"


def tree(source: Any, *, engine: str = "spark", more: dict[str, Any] | None = None, **keys: Any) -> str:
    orders = {"source": source, "columns": COLUMNS, **keys}
    values = {"name": "shop", "engine": engine, "tables": {"orders": orders}, "churn": {"horizon": 60}}
    return yaml.safe_dump({**values, **(more or {})})


def read(source: Any = "orders.parquet", **keys: Any) -> Config:
    return parse(tree(source, **keys), path=HOME)


def orders(source: Any, **keys: Any) -> OrdersTable:
    table = read(source, **keys).tables.orders
    assert table is not None
    return table


def told(source: Any = "orders.parquet", **keys: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        read(source, **keys)
    return str(raised.value).split("\n")[1]


@pytest.mark.parametrize("source", ["s3://lake/orders", "hdfs://nn:8020/orders/*.parquet", "abfss://c@a/x"])
def test_storage_of_a_cluster_is_passed_on_as_it_is(source: str) -> None:
    assert orders(source).source == (source,)


def test_a_path_is_of_this_machine_and_relative_to_the_config() -> None:
    assert orders(["data/orders", "s3://lake/orders"]).source == (
        "/shop/configs/data/orders",
        "s3://lake/orders",
    )


def test_a_table_of_a_catalog_is_named_in_the_address_or_beside_it() -> None:
    assert orders("spark://lake.shop.orders").catalog_table == "lake.shop.orders"
    assert orders("spark://", table="shop.orders").catalog_table == "shop.orders"
    assert orders("spark://", query="SELECT * FROM shop.orders").catalog_table is None


def test_a_database_is_read_through_jdbc() -> None:
    table = orders(
        JDBC, table="sales.orders", options={"user": "reader", "fetchsize": 5000, "pushDownLimit": True}
    )
    assert table.jdbc
    assert table.options == {"user": "reader", "fetchsize": "5000", "pushDownLimit": "true"}


@pytest.mark.parametrize(
    ("source", "keys", "line"),
    [
        ("spark://", {}, "tables.orders.table: write spark://catalog.schema.table, or spark:// with"),
        ("spark://a.b", {"query": "SELECT 1"}, "tables.orders.table: write spark://catalog.schema.table"),
        ("spark://a..b", {}, "tables.orders.source: expected spark://catalog.schema.table, got"),
        (JDBC, {}, "tables.orders.table: a jdbc: source stands alone and needs one of"),
        ("jdbc:x", {"table": "t"}, "tables.orders.source: expected jdbc:<database>:…, got the text 'jdbc:x'"),
        (
            "s3://b/x",
            {"table": "t"},
            "tables.orders.table: only for a postgresql:// source, jdbc: or spark://",
        ),
        ("mysql://u:pw@h/db", {}, "tables.orders.source: expected jdbc:mysql://… (Spark reads databases"),
        ("https://h/x.csv", {}, "tables.orders.source: expected a file, folder or glob, s3://… and the like"),
        (
            "x.csv",
            {"options": {"header": [1]}},
            "tables.orders.options.header: expected text, a number",
        ),
    ],
)
def test_a_source_that_spark_cannot_read_is_told(source: str, keys: dict[str, Any], line: str) -> None:
    assert told(source, **keys).startswith(line)


@pytest.mark.parametrize(
    ("source", "keys"), [("s3://b/x", {}), ("spark://a.b.c", {}), (JDBC, {"table": "orders"})]
)
def test_what_only_spark_reads_is_told_to_need_it(source: str, keys: dict[str, str]) -> None:
    expected = "a file, a glob, a list of these, or postgresql://… (the rest needs `engine: spark`)"
    line = f"tables.orders.source: expected {expected}, got the text {source!r}"
    assert told(source, engine="duckdb", **keys) == line


def test_settings_of_a_source_and_scores_of_a_catalog_need_spark() -> None:
    told_of = told("x.csv", engine="duckdb", options={"header": True})
    assert told_of == "tables.orders.options: settings of a source are for `engine: spark`"
    more = {"publish": {"scores": "spark://lake.crm.scores"}}
    assert told("x.csv", engine="duckdb", more=more).startswith(
        "publish.scores: is written by `engine: spark`"
    )


def test_the_session_has_a_master_a_name_and_settings() -> None:
    options = {"spark.sql.shuffle.partitions": 400, "spark.sql.catalog.lake": "org.example.Catalog"}
    spark = read(more={"spark": {"master": "yarn", "app": "churn", "options": options}}).spark
    assert (spark.chosen_master, spark.app) == ("yarn", "churn")
    assert spark.options["spark.sql.shuffle.partitions"] == "400"


def test_the_master_is_the_config_s_else_the_environment_s_else_spark_s_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SPARK_MASTER", raising=False)
    assert read().spark.chosen_master is None
    monkeypatch.setenv("SPARK_MASTER", "spark://head:7077")
    assert read().spark.chosen_master == "spark://head:7077"
    assert read(more={"spark": {"master": "local[2]"}}).spark.chosen_master == "local[2]"


@pytest.mark.parametrize(
    ("spark", "line"),
    [
        ({"mster": "yarn"}, "spark.mster: unknown key; did you mean 'master'?"),
        ({"options": {"sql.ansi": 1}}, "spark.options: 'sql.ansi' is no setting of Spark"),
        (
            {"options": {"spark.master": "yarn"}},
            "spark.options: 'spark.master' is what `spark.master`",
        ),
        ({"options": {"spark.x": [1]}}, "spark.options.spark.x: expected text, a number, true or false"),
    ],
)
def test_a_mistake_in_the_session_is_told(spark: dict[str, Any], line: str) -> None:
    assert told(more={"spark": spark}).startswith(line)


def test_the_session_s_settings_may_stay_when_the_engine_is_duckdb() -> None:
    assert read("x.csv", engine="duckdb", more={"spark": {"master": "yarn"}}).engine == "duckdb"


SECRETS = {"spark.hadoop.fs.s3a.secret.key": "plainly-written", "spark.hadoop.fs.s3a.access.key": "AKIAOPEN"}


@pytest.fixture
def secretive(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("SHOP_PASSWORD", "from-outside")
    options = {"user": "reader", "password": "${SHOP_PASSWORD}"}
    url = f"{JDBC}?user=u&password=in-the-url"
    return read(url, table="orders", options=options, more={"spark": {"options": SECRETS}})


@pytest.mark.parametrize("secret", ["plainly-written", "AKIAOPEN", "from-outside", "in-the-url"])
def test_no_password_of_a_database_or_store_is_shown(secretive: Config, secret: str) -> None:
    assert secret not in json.dumps(secretive.public()) + repr(secretive) + repr(secretive.tables)
    assert secret in secretive.secrets
    assert secretive.public()["tables"]["orders"]["options"] == {"user": "reader", "password": "***"}


def test_a_dumped_config_of_spark_loads_as_it_was(secretive: Config) -> None:
    text = dump(secretive)
    assert "from-outside" not in text
    assert parse(text, path=Path("/elsewhere/x.yaml")) == secretive


@pytest.mark.parametrize(("share", "words"), [(0, "more than 0"), (1.5, "at most 1")])
def test_a_share_of_nobody_or_of_more_than_everybody_is_told(share: float, words: str) -> None:
    assert words in told(more={"training": {"share": share}})
