"""The rows behind a table as Spark reads them: files and folders, storage, catalogs, databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from retain.config import Table
from retain.config.addresses import kind_of
from retain.errors import ConfigError
from retain.events.sources import find_files
from retain.events.spark.errors import told_at

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CSV = (".csv", ".tsv", ".txt")
_CSV_OPTIONS = {"header": "true", "escape": '"', "enforceSchema": "false"}
"""A CSV is taken for texts under a line of names, quotation marks doubled; `options` may say otherwise."""


def frame(session: SparkSession, table: Table, *, path: str, staged: str | None = None) -> DataFrame:
    """The source's own columns and rows, before `where`; nothing but its columns is read yet.

    staged: the file that holds the rows of a postgresql:// source. path: of the table in the config.
    Raises ConfigError where the source is not there, or Spark cannot read it.
    """
    places = () if table.spark or table.jdbc else _of_files(table, path=path, staged=staged)
    with told_at(table, path=path):
        if table.spark:
            return _of_a_catalog(session, table)
        if table.jdbc:
            return session.read.format("jdbc").options(**jdbc_options(table)).load()
        if not is_csv(places[0]):
            return session.read.options(**table.options).parquet(*places)
        return session.read.options(**{**_csv(places[0]), **table.options}).csv(list(places))


def jdbc_options(table: Table) -> dict[str, str]:
    """What Spark's JDBC reader is told: a query is a table in brackets, so that it can be read in parts."""
    named = table.table or f"(\n{(table.query or '').strip().rstrip(';').rstrip()}\n) retain_query"
    return {**table.options, "url": table.source[0], "dbtable": named}


def is_csv(place: str) -> bool:
    """Whether a file, glob or folder holds CSV by its name; everything else is Parquet."""
    return _without_gz(place).endswith(_CSV)


def _csv(place: str) -> dict[str, str]:
    return {**_CSV_OPTIONS, "sep": "\t"} if _without_gz(place).endswith(".tsv") else _CSV_OPTIONS


def _without_gz(place: str) -> str:
    return place.lower().rstrip("/").removesuffix(".gz")


def _of_a_catalog(session: SparkSession, table: Table) -> DataFrame:
    name = table.catalog_table
    if name is None:
        return session.sql((table.query or "").strip().rstrip(";"))
    return session.read.options(**table.options).table(name)


def _of_files(table: Table, *, path: str, staged: str | None) -> tuple[str, ...]:
    """Where the files are. Raises ConfigError where one is not there or formats are mixed."""
    places = (f"file://{_literal(staged)}",) if staged else tuple(_places(table, path=path))
    if len({is_csv(place) for place in places}) > 1:
        raise ConfigError(f"{path}.source: CSV and Parquet files cannot be one table; name one format")
    return places


def _places(table: Table, *, path: str) -> Iterator[str]:
    """Files of this machine as file:// addresses, globs expanded; storage as it is written."""
    for source in table.source:
        if kind_of(source) == "storage":
            yield source
        elif Path(source).is_dir():
            yield f"file://{_literal(source)}"
        else:
            alone = table.model_copy(update={"source": (source,)})
            yield from (f"file://{_literal(file)}" for file in find_files(alone, path=path))


def _literal(file: str) -> str:
    """A path in which nothing is taken for a pattern."""
    return re.sub(r"([*?{}\[\]\\])", r"\\\1", file)
