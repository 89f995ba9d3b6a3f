"""Events on one machine: DuckDB reads and checks the tables and streams them sorted by customer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from retain.config import ActivityTable, Config, OrdersTable, Problem, Table, Tables, redact
from retain.errors import ConfigError, DataError
from retain.events import checks, contract_sql, postgres, sources, sql, stream, user_sql
from retain.events.contracts import Terms
from retain.events.day_first import day_first
from retain.events.history import Customers, History, histories
from retain.events.rows_read import telling
from retain.events.scratch import scratch_folder
from retain.events.tables import UNREADABLE_LINE, SourceFile, Summary, TableSummary
from retain.progress import Progress, Silent

BATCH_ROWS = 250_000
_OUTSIDE_DUCKDB = 500_000_000  # what the process itself takes beside DuckDB, measured at 50 M events


@dataclass(frozen=True, eq=False)
class Events:
    """The tables of a business, read and checked; a context manager that frees what it holds."""

    config: Config
    summary: Summary
    kinds: tuple[str, ...]
    valued_kinds: frozenset[str]
    roles: Mapping[str, frozenset[str]]
    connection: duckdb.DuckDBPyConnection = field(repr=False)
    scratch: Path = field(repr=False)

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connection and the folder it spills to."""
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def stream(
        self,
        *,
        cutoffs: Sequence[int] | None = None,
        progress: Progress | None = None,
        chunk_rows: int | None = None,
    ) -> Iterator[History]:
        """The customers in the order of their ids, in chunks; all rows before the as-of.

        cutoffs: leave out customers who cannot be eligible at any of them (None: everyone).
        """
        with _plainly():
            self.connection.execute(stream.customer_codes(self.config, cutoffs=cutoffs))
            customers = self._customers()
            whole = {table.name for table in self.summary.tables if not table.rejected}
            query = stream.sorted_events(self.config, as_of=self.summary.as_of, whole=whole)
            reader = self.connection.sql(query).to_arrow_reader(BATCH_ROWS)
            size = {} if chunk_rows is None else {"chunk_rows": chunk_rows}
            with (progress or Silent()).step("Building features", total=len(customers.ids)) as step:
                for history in histories(reader, customers, kinds=self.kinds, **size):
                    yield history
                    step.advance(len(history))

    def count_customers(self, cutoffs: Sequence[int]) -> int:
        """How many customers may be eligible at one of the cutoffs."""
        with _plainly():
            self.connection.execute(stream.customer_codes(self.config, cutoffs=cutoffs))
            found = self.connection.sql("SELECT count(*) FROM customer_codes").fetchall()
        return int(found[0][0])

    def facts(self, ids: Sequence[str]) -> pd.DataFrame:
        """Owner, opt-out and `show` columns of these customers, indexed by customer id."""
        table = self.config.tables.customers
        index = pd.Index(list(ids), name="customer_id", dtype=object)
        if table is None:
            return pd.DataFrame(index=index)
        with _plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            found: pd.DataFrame = self.connection.sql(stream.facts(table)).df()
            self.connection.unregister("retain_wanted")
        return found.set_index("retain_customer").reindex(index)

    def top_users(self, ids: Sequence[str], *, window: int) -> list[str | None]:
        """Who of each customer's people was the most active in the `window` days before the as-of."""
        with _plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            named = stream.table_names(self.config).items()
            activity = {name: table for name, (_, table) in named if isinstance(table, ActivityTable)}
            query = user_sql.top_users(activity, as_of=self.summary.as_of, window=window)
            found = dict(self.connection.execute(query).fetchall())
            self.connection.unregister("retain_wanted")
        return [found.get(one) for one in ids]

    def attribute_values(self) -> dict[str, list[tuple[str, int]]]:
        """The values of each customer attribute with how many customers have them, most frequent first."""
        table = self.config.tables.customers
        with _plainly():
            return {
                name: self.connection.execute(stream.attribute_values(name)).fetchall()
                for name in (table.attributes if table else ())
            }

    def running_contracts(self) -> tuple[pd.DataFrame, float | None]:
        """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""
        table = self.config.tables.subscriptions
        if table is None:
            raise ValueError("there is no table of subscriptions")
        with _plainly():
            query = contract_sql.running(table, as_of=self.summary.as_of)
            found: pd.DataFrame = self.connection.sql(query).df()
            usual = self.connection.execute(contract_sql.TRIAL_DAYS).fetchall()[0][0]
        dates = dict.fromkeys(("started", "ends_on", "known_on", "price_until"), "datetime64[s]")
        return found.astype(dates), None if usual is None else float(usual)

    def contract_attribute_values(self) -> dict[str, list[tuple[str, int]] | None]:
        """The values of each contract attribute likewise; None for one that is a number."""
        table = self.config.tables.subscriptions
        with _plainly():
            return {
                name: None
                if self.connection.execute(contract_sql.numeric(name)).fetchall()[0][0]
                else self.connection.execute(contract_sql.attribute_values(name)).fetchall()
                for name in (table.attributes if table else ())
            }

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a query over what was read: `raw_<table>`, `<table>`, `seen_<table>`."""
        with _plainly():
            return self.connection.execute(text).fetchall()

    def lend(self, name: str, table: pa.Table) -> None:
        """Let queries see an Arrow table under this name."""
        self.connection.register(name, table)

    def make(self, tables: Mapping[str, str]) -> None:
        """Make tables of queries over the clean ones and over `customer_codes`, each in its turn."""
        with _plainly():
            self.connection.execute(stream.customer_codes(self.config, cutoffs=None))
            for name, query in tables.items():
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def frame(self, query: str) -> pd.DataFrame:
        """What a query gives."""
        with _plainly():
            found: pd.DataFrame = self.connection.sql(query).df()
        return found

    def _customers(self) -> Customers:
        ids = self.connection.sql(stream.CUSTOMERS).to_arrow_table()["customer"]
        table = self.config.tables.customers
        if table is None or not table.attributes:
            return Customers(_one(ids), terms=self._terms())
        values = self.connection.sql(stream.attributes(table)).to_arrow_table()
        attributes = {name: _one(values[name]) for name in table.attributes}
        return Customers(_one(ids), attributes, self._terms())

    def _terms(self) -> Terms | None:
        """What the contracts say; None where the config has none."""
        table = self.config.tables.subscriptions
        if table is None:
            return None
        found = self.connection.sql(contract_sql.terms(table.attributes)).to_arrow_table()
        numbers = {
            name: found[name].to_numpy().astype(np.int64)
            for name in ("until", "settled", "price_until", "seats", "term")
        }
        return Terms(
            **numbers,
            trial=found["trial"].to_numpy().astype(bool),
            ended_for=_one(found["ended_for"]),
            attributes={name: _one(found[name]) for name in table.attributes},
            grace=self.config.churn.grace,
        )


def open_events(
    config: Config,
    *,
    as_of: date | None = None,
    now: datetime | None = None,
    rejects: Path | None = None,
    duplicates: bool = False,
    progress: Progress | None = None,
    staging: Path | None = None,
) -> Events:
    """Read and check the tables of `config` as they stand before `as_of`.

    as_of: by default the day after the newest row of the table that defines churn. now: the moment
    of the run (the clock's by default); rows more than a day later are unusable. rejects: a folder
    for the unusable rows. duplicates: count exact duplicates among the orders. staging: a folder in which
    copies of tables from databases stay for the next reading.

    Raises ConfigError for sources and columns that are not there, DataError where too much of a table
    cannot be used, Unavailable where a database stays away.
    """
    scratch = scratch_folder()
    connection = _connect(config, scratch)
    local_now = (now or datetime.now(tz=ZoneInfo("UTC"))).astimezone(ZoneInfo(config.timezone))
    try:
        with _plainly():
            staged = postgres.stage(config.tables, staging or scratch, progress=progress)
            reader = _Reader(
                config, connection, local_now.replace(tzinfo=None), rejects, progress or Silent(), staged
            )
            return reader.read(as_of=as_of, duplicates=duplicates, scratch=scratch)
    except BaseException:  # an interrupt, too, must not leave the spill folder behind
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def inspect(tables: Tables) -> list[Problem]:
    """What the config says of the tables that files and databases do not hold: for `config.load`."""
    problems = postgres.inspect(tables)
    with duckdb.connect() as connection:
        for path, table in tables.each():
            if not table.postgres:
                problems += _inspect(connection, table, path=path)
    return problems


@contextmanager
def looking(*files: str) -> Iterator[tuple[dict[str, str], Callable[[str], list[tuple[Any, ...]]]]]:
    """The files as the relation `raw`, before there is a config: the columns' types, and what runs queries.

    Raises DataError for a file that cannot be read.
    """
    with duckdb.connect() as connection, _plainly():
        connection.execute("SET TimeZone = 'UTC'")
        what = "TABLE" if sql.is_csv(files) else "VIEW"
        connection.execute(f"CREATE TEMP {what} raw AS SELECT * FROM {sql.scan(files)}")
        types = {row[0]: row[1] for row in connection.execute("DESCRIBE raw").fetchall()}
        yield types, lambda text: connection.execute(text).fetchall()


def _inspect(connection: duckdb.DuckDBPyConnection, table: Table, *, path: str) -> list[Problem]:
    try:
        files = sources.find_files(table, path=path)
        columns = [row[0] for row in connection.execute(f"DESCRIBE FROM {sql.scan(files)}").fetchall()]
    except ConfigError as error:
        place, _, message = error.message.partition(": ")
        return [Problem(place, message)]
    except (duckdb.Error, DataError) as error:
        return [Problem(f"{path}.source", f"cannot be read: {_first_line(error)}")]
    return list(sources.missing_columns(table, columns, path=path, file=Path(files[0]).name))


@dataclass(frozen=True)
class _Reader:
    """One reading of all tables."""

    config: Config
    connection: duckdb.DuckDBPyConnection
    now: datetime
    rejects: Path | None
    progress: Progress
    staged: Mapping[str, postgres.Staged] = field(default_factory=dict)

    def read(self, *, as_of: date | None, duplicates: bool, scratch: Path) -> Events:
        names = stream.table_names(self.config)
        found = tuple(self._table(name, path, table) for name, (path, table) in names.items())
        found += self._subscriptions()
        customers = self._customers_table()
        checks.refuse_unusable(found, max_missing=self.config.gates.max_missing)
        summary = self._summary(found, as_of=as_of)
        kinds = self._codes(names, as_of=summary.as_of)
        if self.config.tables.subscriptions is not None:
            self.connection.execute(
                contract_sql.terms_table(self.config.tables.subscriptions, as_of=summary.as_of)
            )
        counts = {kind: rows for kind, (rows, _) in kinds.items()}
        summary = replace(summary, kinds=counts, customers=customers)
        if duplicates and self.config.tables.orders is not None:
            summary = checks.with_duplicates(summary, {"orders": self._one(stream.DUPLICATES) or 0})
        return Events(
            config=self.config,
            summary=summary,
            kinds=tuple(kinds),
            valued_kinds=frozenset(kind for kind, (_, valued) in kinds.items() if valued),
            roles=stream.roles(self.config),
            connection=self.connection,
            scratch=scratch,
        )

    def _table(self, name: str, path: str, table: OrdersTable | ActivityTable) -> TableSummary:
        rows = self._rows_ahead(path, table)
        with self.progress.step(f"Reading {name}", total=rows) as step:
            files = self._raw(name, path, table)
            types = self._types(f"raw_{name}")
            turned = day_first(f"raw_{name}", sql.written_times(table, types), query=self._all)
            clean = sql.events(table, types, business=self.config.timezone, path=path, day_first=turned)
            self.connection.execute(stream.clean_view(name, clean, sql.reason(table, types, now=self.now)))
            with telling(self.connection, step, rows=rows):
                self.connection.execute(stream.seen_table(name))
            if rows is None:
                step.advance(self._one(stream.rows_seen(name)))
        return self._counts(name, path, files)

    def _rows_ahead(self, path: str, table: Table) -> int | None:
        """How many rows the files say they hold; None where they must be read to know."""
        files = self._files(path, table)
        if sql.is_csv(files):
            return None
        listed = ", ".join(sql.text(file) for file in files)
        return int(self._one(f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])") or 0)

    def _subscriptions(self) -> tuple[TableSummary, ...]:
        table, name, path = self.config.tables.subscriptions, contract_sql.NAME, "tables.subscriptions"
        if table is None:
            return ()
        with self.progress.step(f"Reading {name}"):
            files = self._raw(name, path, table)
            types = self._types(f"raw_{name}")
            turned = day_first(f"raw_{name}", contract_sql.written_times(table, types), query=self._all)
            clean = contract_sql.contracts(
                table, types, business=self.config.timezone, path=path, day_first=turned
            )
            self.connection.execute(stream.clean_view(name, clean, contract_sql.reason(table, types)))
            self.connection.execute(contract_sql.seen_table(now=self.now))
        return (self._counts(name, path, files),)

    def _raw(self, name: str, path: str, table: Table) -> tuple[str, ...]:
        """Make the relation `raw_<name>` of the source's own columns; a CSV is parsed only once."""
        files = self._files(path, table)
        columns = [row[0] for row in self._all(f"DESCRIBE FROM {sql.scan(files)}")]
        missing = list(sources.missing_columns(table, columns, path=path, file=Path(files[0]).name))
        if missing:
            raise ConfigError("\n".join(f"{problem.path}: {problem.message}" for problem in missing))
        what = "TABLE" if sql.is_csv(files) else "VIEW"
        where = f" WHERE (\n{table.where}\n)" if table.where and not table.postgres else ""
        try:
            self.connection.execute(
                f"CREATE TEMP {what} raw_{name} AS SELECT * FROM {sql.scan(files)}{where}"
            )
        except duckdb.Error as error:
            if not table.where:
                raise
            raise ConfigError(f"{path}.where: {_first_line(error)}") from error
        return files

    def _files(self, path: str, table: Table) -> tuple[str, ...]:
        staged = self.staged.get(path)
        return (staged.file,) if staged else sources.find_files(table, path=path)

    def _prints(self, path: str, files: tuple[str, ...]) -> tuple[SourceFile, ...]:
        staged = self.staged.get(path)
        if staged is None:
            return sources.fingerprint(files, folder=self.config.path.parent)
        relation = sql.scan(files)
        rows = self._all(postgres.ROWS_DIGEST.format(relation=relation))[0]
        origin = redact(staged.origin, self.config)
        digest = postgres.fingerprint(origin, rows, self._types(f"(FROM {relation})"))
        return (SourceFile(origin, Path(staged.file).stat().st_size, digest),)

    def _counts(self, name: str, path: str, files: tuple[str, ...]) -> TableSummary:
        rows, used, anonymous, oldest, newest = self._all(stream.counts(name))[0]
        whole = (rows or 0) == (used or 0) + (anonymous or 0)
        rejected = {} if whole else dict(self._all(stream.rejected_counts(name)))
        torn = self._torn_lines(name, files)
        if torn:
            rejected[UNREADABLE_LINE] = torn
        if self.rejects is not None and rejected:
            self._write_rejects(name, self.rejects, torn=bool(torn))
        return TableSummary(
            name=name,
            rows=int(rows or 0) + torn,
            used=int(used or 0),
            anonymous=int(anonymous or 0),
            rejected={reason: int(count) for reason, count in rejected.items()},
            oldest=oldest,
            newest=newest,
            files=self._prints(path, files),
        )

    def _write_rejects(self, name: str, folder: Path, *, torn: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        columns, file = self._types(f"raw_{name}"), folder / f"{name}.parquet"
        self.connection.execute(stream.write_rejects(name, file, columns=columns, torn=torn))

    def _torn_lines(self, name: str, files: tuple[str, ...]) -> int:
        """Lines of a CSV that are no rows, moved into the table `torn_<name>`."""
        if not sql.is_csv(files):
            return 0
        for file, line in self._all(stream.UNCLOSED):
            raise DataError(
                f"{name}: a quotation mark in line {line} of {file} is not closed, so that the lines "
                "after it cannot be told apart; put the file right"
            )
        self.connection.execute(stream.torn_table(name))
        self.connection.execute("DELETE FROM reject_errors")
        return int(self._one(f"SELECT count(*) FROM torn_{name}") or 0)

    def _customers_table(self) -> tuple[SourceFile, ...]:
        table = self.config.tables.customers
        if table is None:
            return ()
        files = self._raw("customers", "tables.customers", table)
        types = self._types("raw_customers")
        sql.require_free(types, ["retain_customer"], path="tables.customers")
        self.connection.execute(stream.customers_view(table, types))
        return self._prints("tables.customers", files)

    def _codes(self, names: Mapping[str, tuple[str, Any]], *, as_of: date) -> dict[str, tuple[int, int]]:
        """Number the categories and the kinds; rows and known values of each kind."""
        orders = self.config.tables.orders
        if orders is not None and orders.columns.category is not None:
            self.connection.execute(stream.codes("category_codes", ["orders"], as_of=as_of))
        activity = [name for name in names if name != "orders"]
        if not activity:
            return {}
        self.connection.execute(stream.codes("kind_codes", activity, as_of=as_of))
        found = self._all("SELECT label, rows, valued FROM kind_codes ORDER BY code")
        return {kind: (rows, valued) for kind, rows, valued in found}

    def _summary(self, found: tuple[TableSummary, ...], *, as_of: date | None) -> Summary:
        counted = stream.defining_names(self.config)
        oldest = min((t.oldest for t in found if t.name in counted and t.oldest), default=None)
        newest = max((t.newest for t in found if t.name in counted and t.newest), default=None)
        if newest is not None and newest > self.now:
            newest = self._one(stream.newest_until(counted, now=self.now))
        if oldest is None or newest is None:
            raise DataError(f"{', '.join(counted)}: there is no usable row; nothing can be said about churn")
        day_after = newest.date() + timedelta(days=1)
        chosen = as_of or day_after
        if chosen <= oldest.date():
            raise DataError(
                f"as-of {chosen}: no row of {', '.join(counted)} is older; the first is of {oldest:%Y-%m-%d}"
            )
        return Summary(
            tables=found,
            as_of=chosen,
            start=oldest.date(),
            end=min(chosen, day_after),
        )

    def _types(self, relation: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._all(f"DESCRIBE {relation}")}

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]


def _connect(config: Config, scratch: Path) -> duckdb.DuckDBPyConnection:
    limit = max(config.memory - _OUTSIDE_DUCKDB, config.memory * 2 // 5)
    connection = duckdb.connect(
        config={
            "memory_limit": f"{limit // 1_000_000}MB",
            "temp_directory": str(scratch),
            "threads": len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1,
            "preserve_insertion_order": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets has no bar to turn off
        connection.execute("SET enable_progress_bar = false")
    return connection


@contextmanager
def _plainly() -> Iterator[None]:
    """Say what DuckDB could not read in one sentence, without secrets."""
    try:
        yield
    except (duckdb.BinderException, duckdb.ParserException, duckdb.InternalException):
        raise  # a defect in our SQL, not in the data
    except duckdb.Error as error:
        raise DataError(f"the tables cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
