"""Tables in PostgreSQL: looked into, and copied to Parquet files that are read like any other.

All tables of one address are copied in one read-only transaction and so show one moment. The filter of a
table (`where`) and its `query` are PostgreSQL's SQL, and only the columns that the config names are copied.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from retain.config import Problem, Table, Tables
from retain.config.document import HIDDEN, did_you_mean
from retain.errors import ConfigError, DataError, Unavailable
from retain.events.sources import mapped_columns, missing_columns
from retain.postgres.connection import Lost, answering, connected, persistently, shown
from retain.postgres.copying import Column, columns_of, name, read
from retain.progress import Progress, Silent

if TYPE_CHECKING:
    import psycopg

_NUMBERS = ("amount", "value", "seats")
_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^".\s]+))\s*(\.|$)')
_NAMED = 12
"""How many tables a message names."""

_THERE = """SELECT CASE WHEN pg_table_is_visible(c.oid) THEN relname ELSE nspname || '.' || relname END
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'p', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND has_schema_privilege(n.oid, 'USAGE') ORDER BY pg_table_is_visible(c.oid) DESC, 1 LIMIT 1000"""


@dataclass(frozen=True)
class Staged:
    """A table's rows in a Parquet file, and where they came from, without user and password."""

    file: str
    origin: str


def stage(tables: Tables, folder: Path, *, progress: Progress | None = None) -> dict[str, Staged]:
    """Copy the tables that are in PostgreSQL to Parquet files in `folder`, by their path in the config.

    What the folder already holds of the same tables is taken as it is. A lost connection is tried again, from
    the start and in a new snapshot for all tables of the address. Raises Unavailable when it stays lost or
    the disk is full, ConfigError for what the server refuses and for columns that are not there.
    """
    told = folder / f"{hashlib.sha256(tables.model_dump_json().encode()).hexdigest()}.json"
    if told.exists():
        return {path: Staged(**one) for path, one in json.loads(told.read_text(encoding="utf-8")).items()}
    staged: dict[str, Staged] = {}
    for url, named in _by_address(tables).items():
        staged |= persistently(partial(_copied, url, named, folder, progress or Silent()))
    if staged:
        told.write_text(json.dumps({path: vars(one) for path, one in staged.items()}), encoding="utf-8")
    return staged


def inspect(tables: Tables) -> list[Problem]:
    """What the config says of these tables that the server does not hold.

    Nothing where the server is away: it may be back when the tables are read.
    """
    return [problem for url, named in _by_address(tables).items() for problem in _inspected(url, named)]


def fingerprint(origin: str, rows: tuple[Any, ...], types: Mapping[str, str]) -> str:
    """The SHA-256 of a staged table. rows: what `ROWS_DIGEST` says of it; their order does not matter."""
    return hashlib.sha256(repr((origin, rows, sorted(types.items()))).encode()).hexdigest()


ROWS_DIGEST = "SELECT count(*), bit_xor(hash(r)), sum(hash(r)::HUGEINT) FROM {relation} AS r"


def _by_address(tables: Tables) -> dict[str, dict[str, Table]]:
    found: dict[str, dict[str, Table]] = {}
    for path, table in tables.each():
        if table.postgres and HIDDEN not in table.source[0]:  # a variable that is not set is told elsewhere
            found.setdefault(table.source[0], {})[path] = table
    return found


def _inspected(url: str, named: Mapping[str, Table]) -> list[Problem]:
    place, problems = f"{next(iter(named))}.source", list[Problem]()
    try:
        with connected(url, place=place, readonly=True) as connection:
            for path, table in named.items():
                problems += _problems(connection, table, path=path)
    except ConfigError as error:
        problems.append(_problem(error, place))
    except Lost:
        return problems
    return problems


def _problems(connection: psycopg.Connection[Any], table: Table, *, path: str) -> Iterator[Problem]:
    try:
        yield from missing_columns(
            table, _columns(connection, table, path=path), path=path, file=_label(table)
        )
    except ConfigError as error:
        yield _problem(error, f"{path}.source")


def _problem(error: ConfigError, place: str) -> Problem:
    where, _, message = error.message.partition(": ")
    return Problem(where, message) if where.startswith("tables.") else Problem(place, error.message)


def _copied(url: str, named: Mapping[str, Table], folder: Path, progress: Progress) -> dict[str, Staged]:
    """All tables of one address, as they stood at one moment."""
    with connected(url, place=f"{next(iter(named))}.source", readonly=True) as connection:
        return {
            path: _copy(connection, table, path=path, folder=folder, progress=progress)
            for path, table in named.items()
        }


def _copy(
    connection: psycopg.Connection[Any], table: Table, *, path: str, folder: Path, progress: Progress
) -> Staged:
    columns = _columns(connection, table, path=path)
    missing = list(missing_columns(table, columns, path=path, file=_label(table)))
    if missing:
        raise ConfigError("\n".join(map(str, missing)))
    wanted = {column: columns[column] for _, column in mapped_columns(table)}
    file = folder / (re.sub(r"\W+", "_", path) + ".parquet")
    schema = _schema(table, wanted.values())
    told = _told_at(f"{path}.{_key(table)}", connection, table)
    copying = progress.step(f"Copying {path.removeprefix('tables.')} from PostgreSQL")
    with copying as step, _explained(path, folder), told, pq.ParquetWriter(file, schema) as writer:
        for piece in read(connection, _selection(table, wanted.values()), schema):
            writer.write_table(piece, row_group_size=max(1, len(piece)))
            step.advance(len(piece))
    return Staged(str(file), _origin(table))


def _columns(connection: psycopg.Connection[Any], table: Table, *, path: str) -> dict[str, Column]:
    """The columns there are, by name. Raises ConfigError where table, query or `where` is refused.

    Both are planned as one statement, which lets no second one follow in them.
    """
    if table.table is not None:
        _require_table(connection, table, path=path)
    with _told_at(f"{path}.{_key(table)}", connection, table):
        columns = columns_of(connection, _relation(table))
    if table.where is not None:
        with _told_at(f"{path}.where", connection, table):
            columns_of(connection, f"(SELECT 1 FROM {_relation(table)}{_filter(table)}) AS retain_filtered")
    return {column.name: column for column in columns}


@contextmanager
def _told_at(place: str, connection: psycopg.Connection[Any], table: Table) -> Iterator[None]:
    """Say of a refusal which key it is about; what follows in the transaction still works."""
    hint = " (it must be one SELECT, and runs read-only)" if place.endswith(".query") else ""
    with answering(table.source[0], place=place, hint=hint), connection.transaction():
        yield


@contextmanager
def _explained(path: str, folder: Path) -> Iterator[None]:
    """Turn what happens between the server and the file into sentences."""
    try:
        yield
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}.source: a row cannot be read: {str(error).partition(chr(10))[0]}") from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable(f"{path}: its rows do not fit on the disk of {folder}; free some space") from error


def _require_table(connection: psycopg.Connection[Any], table: Table, *, path: str) -> None:
    """Raise ConfigError, with the name that was meant, where there is no such table."""
    parts = _parts(table.table or "", path=path)
    found = connection.execute("SELECT to_regclass(%s)", [name(*parts)]).fetchone()
    if found and found[0] is not None:
        return
    there = [row[0] for row in connection.execute(_THERE).fetchall()]
    told = ", ".join([*there[:_NAMED], *["…"] * (len(there) > _NAMED)]) or "none that this user may see"
    close = did_you_mean(get_close_matches(".".join(parts), there, n=1))
    server = shown(table.source[0])
    raise ConfigError(f"{path}.table: there is no table '{table.table}' in {server}; it has: {told}{close}")


def _parts(text: str, *, path: str) -> list[str]:
    """`shop.orders` or `"My Shop"."Orders"` as its parts."""
    parts, at = list[str](), 0
    while at < len(text) or not parts:
        match = _PART.match(text, at)
        if match is None or (match[3] == "." and match.end() == len(text)):
            raise ConfigError(f'{path}.table: {text!r} is not a table; write table, schema.table or "Table"')
        parts.append(match[1].replace('""', '"') if match[1] else match[2])
        at = match.end()
    return parts


def _relation(table: Table) -> str:
    """What stands behind FROM."""
    if table.query is not None:
        return f"(\n{table.query.rstrip().rstrip(';').rstrip()}\n) AS retain_query"
    return name(*_parts(table.table or "", path=""))


def _filter(table: Table) -> str:
    return f" WHERE (\n{table.where}\n)" if table.where else ""


def _selection(table: Table, columns: Iterable[Column]) -> str:
    chosen = ", ".join(f"{column.expression} AS {name(column.name)}" for column in columns)
    return f"SELECT {chosen} FROM {_relation(table)}{_filter(table)}"


def _schema(table: Table, columns: Iterable[Column]) -> pa.Schema:
    numbers = {getattr(getattr(table, "columns", None), role, None) for role in _NUMBERS}
    return pa.schema([(c.name, c.arrow(number=c.name in numbers)) for c in columns])


def _key(table: Table) -> str:
    return "table" if table.table is not None else "query"


def _label(table: Table) -> str:
    return table.table or "the query"


def _origin(table: Table) -> str:
    what = f"table {table.table}" if table.table else f"query {' '.join((table.query or '').split())}"
    return f"{shown(table.source[0])} {what}"
