"""Rows of earlier days in a table of Spark's catalogs or a folder in storage, and how they are erased there.

Nothing is erased from here: such a place may be anybody's, and how is the catalog's or the storage's affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from retain.config import redact
from retain.config.addresses import SPARK, kind_of
from retain.errors import Unavailable
from retain.events.spark.errors import said, turned

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NO_DELETE = ("parquet", "orc", "csv", "json", "avro", "text", "hive")
"""Formats whose tables lose whole partitions only."""


def days_before(spark: SparkSession, place: str, *, partition: str, before: date) -> tuple[date, ...]:
    """The days before one of which `place` has rows, in order. partition: the column that has the day.

    Raises Unavailable where Spark cannot read it.
    """
    with turned(lambda error: Unavailable(redact(said(str(error))))):
        name = place.removeprefix(SPARK)
        there = spark.table(name) if kind_of(place) == "spark" else spark.read.parquet(place)
        older = there.select(there[partition].cast("date").alias("day")).where(f"day < date '{before}'")
        return tuple(sorted(row["day"] for row in older.distinct().collect()))


def removal(spark: SparkSession, place: str, days: Sequence[date], *, partition: str, before: date) -> str:
    """What erases the rows of those days: a statement of SQL, or which folders to remove."""
    folders = ", ".join(f"{partition}={day}" for day in days)
    if kind_of(place) != "spark":
        return f"remove its folders {folders}"
    name, known = place.removeprefix(SPARK), _described(spark, place.removeprefix(SPARK))
    if known.get("Provider", "").lower() not in _NO_DELETE:
        return f"DELETE FROM {name} WHERE {partition} < DATE '{before}'"
    parts = ", ".join(f"PARTITION ({partition}='{day}')" for day in days)
    statement = f"ALTER TABLE {name} DROP IF EXISTS {parts}"
    if known.get("Type") != "EXTERNAL":
        return statement
    return f"{statement}; then remove the folders {folders} of {known.get('Location')}, which that leaves"


def _described(spark: SparkSession, name: str) -> dict[str, str]:
    """What the catalog says of the table: Provider, Type, Location."""
    with turned(lambda error: Unavailable(redact(said(str(error))))):
        rows = spark.sql(f"DESCRIBE TABLE EXTENDED {name}").collect()
    return {row["col_name"]: row["data_type"] for row in rows}
