"""What of Spark's long words reaches people."""

from __future__ import annotations

import pytest

from retain.config import OrdersColumns, OrdersTable
from retain.errors import ConfigError
from retain.events.spark.errors import said, sentence, told_at

TABLE = OrdersTable(
    source="jdbc:postgresql://db/shop", table="orders", columns=OrdersColumns(customer="c", time="t")
)
JAVA = "An error occurred while calling o87.load.\n: {}\n\tat java.sql/java.sql.DriverManager.getDriver"


class SparkSays(Exception):
    __module__ = "pyspark.errors"


def test_a_missing_driver_is_told_with_what_to_add() -> None:
    told = sentence(SparkSays(JAVA.format("java.sql.SQLException: No suitable driver")), TABLE)
    assert told.startswith("Spark has no driver for jdbc:postgresql:…; name its jar in the config")


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_storage_without_its_connector_is_told(scheme: str) -> None:
    error = SparkSays(JAVA.format(f'UnsupportedFileSystemException: No FileSystem for scheme "{scheme}"'))
    assert sentence(error, TABLE).startswith(f"this Spark cannot read {scheme}://: its connector is not")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (JAVA.format("java.net.UnknownHostException: db"), "UnknownHostException: db"),
        (JAVA.format("java.io.IOException: no space is left"), "no space is left"),
        ("[TABLE_OR_VIEW_NOT_FOUND] There is no `x`. SQLSTATE: 42P01; line 1", "There is no `x`"),
        ("\n[PARSE_SYNTAX_ERROR] Error near 'selec'. SQLSTATE: 42601 (line 1)\n", "Error near 'selec'"),
        ("", "no reason was given"),
    ],
)
def test_only_the_line_that_tells_is_kept(text: str, line: str) -> None:
    assert said(text) == line


def test_what_spark_says_is_told_at_its_place_without_passwords() -> None:
    words = r"^tables\.orders\.source: Spark cannot read it: .*//u:\*\*\*@db"
    with pytest.raises(ConfigError, match=words), told_at(TABLE, path="tables.orders"):
        raise SparkSays("Connection to jdbc:postgresql://u:sesame@db refused")


def test_what_is_not_spark_s_goes_on_its_way() -> None:
    with pytest.raises(ZeroDivisionError), told_at(TABLE, path="tables.orders"):
        raise ZeroDivisionError
