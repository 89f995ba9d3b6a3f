"""What an engine cannot do with a config that is right by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retain.config.addresses import JDBC, SPARK, kind_of
from retain.config.document import HIDDEN, Problem, hide

if TYPE_CHECKING:
    from retain.config.tables import Table
    from retain.config.tree import Config

FILES = "a file, a glob, a list of these, or postgresql://…"
EVERYTHING = (
    "a file, folder or glob, s3://… and the like, postgresql://…, jdbc:… or spark://catalog.schema.table"
)


def unfit_for_engine(config: Config) -> Iterator[Problem]:
    """Each source and key that the config's engine cannot serve."""
    for path, table in config.tables.each():
        yield from _sources(config, table, path=path)
        if table.options and config.engine == "duckdb":
            yield Problem(f"{path}.options", "settings of a source are for `engine: spark`")
    if config.publish.scores is not None and config.engine == "duckdb":
        yield Problem("publish.scores", "is written by `engine: spark`; with duckdb there is scores.parquet")


def _sources(config: Config, table: Table, *, path: str) -> Iterator[Problem]:
    for source in table.source:
        wrong = _by_spark(source) if config.engine == "spark" else _by_duckdb(source)
        if wrong:
            yield Problem(f"{path}.source", f"expected {wrong}, got the text {_shown(source, config)!r}")


def _by_duckdb(source: str) -> str | None:
    kind = kind_of(source)
    if kind in ("file", "postgresql"):
        return None
    needs_spark = kind in ("jdbc", "spark", "storage")
    return f"{FILES}{' (the rest needs `engine: spark`)' if needs_spark else ''}"


def _by_spark(source: str) -> str | None:
    match kind_of(source):
        case "database":
            return f"{JDBC}{source.partition('://')[0]}://… (Spark reads databases through JDBC)"
        case "page":
            return EVERYTHING
        case "jdbc" if source.count(":") < 2:
            return f"{JDBC}<database>:…"
        case "spark" if any(not part for part in source.removeprefix(SPARK).split(".")[1:]):
            return f"{SPARK}catalog.schema.table"
    return None


def _shown(source: str, config: Config) -> str:
    return hide(source, config.secrets) or HIDDEN
