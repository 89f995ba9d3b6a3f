"""The files behind a table: found, fingerprinted, and their columns checked against the config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from glob import glob, has_magic
from pathlib import Path

from retain.config import CustomersTable, Problem, SubscriptionsTable, Table
from retain.digests import of_file
from retain.errors import ConfigError
from retain.events.tables import SourceFile


def find_files(table: Table, *, path: str) -> tuple[str, ...]:
    """The files that the table's sources name, globs expanded and sorted.

    Raises ConfigError where a source matches nothing or CSV and Parquet are mixed.
    """
    files = tuple(dict.fromkeys(file for source in table.source for file in _matches(source, path=path)))
    if len({_format(file) for file in files}) > 1:
        raise ConfigError(f"{path}.source: CSV and Parquet files cannot be one table; name one format")
    return files


def fingerprint(files: Iterable[str], *, folder: Path) -> tuple[SourceFile, ...]:
    """Size and SHA-256 of each file, its path relative to `folder` where it lies below it."""
    return tuple(_fingerprint(Path(file), folder=folder) for file in files)


def missing_columns(table: Table, columns: Iterable[str], *, path: str, file: str) -> Iterator[Problem]:
    """A problem for each mapped column that the files do not have."""
    there = list(columns)
    for place, column in mapped_columns(table):
        if column not in there:
            by_lower = {one.lower(): one for one in there}
            close = get_close_matches(column.lower(), by_lower, n=1)
            hint = f"; did you mean '{by_lower[close[0]]}'?" if close else ""
            message = f"'{column}' is not a column of {file}; it has: {', '.join(there)}{hint}"
            yield Problem(f"{path}.{place}", message)


def mapped_columns(table: Table) -> Iterator[tuple[str, str]]:
    """Each column of the source that the table names, with the place where it is named."""
    roles: Mapping[str, str | None] = dict(getattr(table, "columns", {}))
    for role, column in roles.items():
        if column is not None:
            yield f"columns.{role}", column
    if isinstance(table, CustomersTable | SubscriptionsTable):
        for place in ("attributes", "show"):
            for index, column in enumerate(getattr(table, place, ())):
                yield f"{place}[{index}]", column


def _matches(source: str, *, path: str) -> list[str]:
    if Path(source).is_file():
        return [source]
    if not has_magic(source):
        raise ConfigError(f"{path}.source: there is no file {source}")
    paths = glob(source, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted(file for file in paths if Path(file).is_file())
    if not found:
        raise ConfigError(f"{path}.source: no file matches {source}")
    return found


def _format(file: str) -> str:
    return "csv" if file.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt")) else "parquet"


def _fingerprint(file: Path, *, folder: Path) -> SourceFile:
    shown = file.relative_to(folder) if file.is_relative_to(folder) else Path(file.name)
    return SourceFile(str(shown), file.stat().st_size, of_file(file))
