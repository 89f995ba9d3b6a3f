"""Rows written by Spark to a table of its catalogs, or to a folder of Parquet: a partition at a time, whole.

What a partition held before is replaced, so a run that is repeated leaves no row twice; nor does a task that
is tried again, as Spark keeps what one attempt of it wrote.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from retain.config import redact
from retain.config.addresses import SPARK, kind_of
from retain.errors import Unavailable
from retain.events.spark.errors import said, turned

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_DYNAMIC = {"spark.sql.sources.partitionOverwriteMode": "dynamic"}
"""Only the partitions that are written are replaced. Without it, all would be."""


def frame_of(spark: SparkSession, rows: pd.DataFrame) -> DataFrame:
    """The rows as Spark's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pandas 3, which Spark gets nothing of here
        return spark.createDataFrame(pa.Table.from_pandas(rows, preserve_index=False))


def replace_partition(rows: DataFrame, place: str, *, partition: str) -> None:
    """Write the rows to `place` (spark://catalog.schema.table, a folder or its address), made where missing.

    partition: the column by whose values the rows of `place` are parted; those of the values that `rows` has
    are replaced. Raises Unavailable where they cannot be written.
    """

    def unwritten(error: Exception) -> Unavailable:
        return Unavailable(redact(f"the scores cannot be written to {place}: {said(str(error))}"))

    with turned(unwritten), _set(rows.sparkSession, _DYNAMIC):
        frame = rows.select(*(name for name in rows.columns if name != partition), partition)
        if kind_of(place) == "spark":
            _into_table(frame, place.removeprefix(SPARK), partition=partition)
        else:
            address = place if "://" in place else f"file://{place}"
            frame.write.mode("overwrite").partitionBy(partition).parquet(address)


def _into_table(frame: DataFrame, name: str, *, partition: str) -> None:
    if frame.sparkSession.catalog.tableExists(name):
        frame.write.mode("overwrite").insertInto(name)  # by position: the partition is last
    else:
        frame.write.partitionBy(partition).saveAsTable(name)


@contextmanager
def _set(spark: SparkSession, settings: dict[str, str]) -> Iterator[None]:
    """The session with these settings, and then as it was."""
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, was in before.items():
            spark.conf.unset(name) if was is None else spark.conf.set(name, was)
