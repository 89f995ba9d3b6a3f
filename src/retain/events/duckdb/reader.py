"""The tables of a config read and checked by DuckDB: clean views, what was seen, rejects, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from retain.config import ActivityTable, Config, OrdersTable, Table, redact
from retain.errors import ConfigError, DataError
from retain.events import check_sql, checks, contract_sql, customer_sql, postgres, sources, sql
from retain.events.day_first import day_first
from retain.events.duckdb.connection import first_line
from retain.events.duckdb.counting import Counting
from retain.events.people import People, Totals
from retain.events.table_names import defining_names, table_names
from retain.events.tables import UNREADABLE_LINE, SourceFile, Summary, TableSummary
from retain.progress import Progress


@dataclass(frozen=True)
class Places:
    """Where a table is in the config, its files, and how many of their lines are no rows."""

    path: str
    files: tuple[str, ...]
    torn: int


@dataclass(frozen=True)
class Reading:
    """What was read: the kinds of activity in the order of their codes, those that have values, and who."""

    summary: Summary
    kinds: tuple[str, ...]
    valued_kinds: frozenset[str]
    people: People


@dataclass(frozen=True)
class Reader:
    """One reading of all tables."""

    config: Config
    connection: duckdb.DuckDBPyConnection
    now: datetime
    rejects: Path | None
    progress: Progress
    staged: Mapping[str, postgres.Staged] = field(default_factory=dict)

    def read(self, *, as_of: date | None, duplicates: bool) -> Reading:
        """All tables, as they stand before `as_of`."""
        names = table_names(self.config)
        counting = Counting(self.connection, as_of=as_of)
        files = {name: self._table(name, path, table, counting) for name, (path, table) in names.items()}
        files |= self._subscriptions(counting)
        totals = counting.totals()
        found = tuple(self._counts(name, places, totals[name]) for name, places in files.items())
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
            summary = checks.with_duplicates(summary, {"orders": self._one(check_sql.DUPLICATES) or 0})
        valued = frozenset(kind for kind, (_, known) in kinds.items() if known)
        return Reading(summary, tuple(kinds), valued, counting.people(as_of=summary.as_of))

    def _table(self, name: str, path: str, table: OrdersTable | ActivityTable, counting: Counting) -> Places:
        rows = self._rows_ahead(path, table)
        with self.progress.step(f"Reading {name}", total=rows) as step:
            files = self._raw(name, path, table)
            types = self._types(f"raw_{name}")
            turned = day_first(f"raw_{name}", sql.written_times(table, types), query=self._all)
            clean = sql.events(table, types, business=self.config.timezone, path=path, day_first=turned)
            reason = sql.reason(table, types, now=self.now)
            self.connection.execute(check_sql.clean_view(name, clean, reason))
            self.connection.execute(check_sql.clean_few(name, clean, reason))
            counting.add(name, step)
        return Places(path, files, self._torn_lines(name, files))

    def _rows_ahead(self, path: str, table: Table) -> int | None:
        """How many rows the files say they hold; None where they must be read to know."""
        files = self._files(path, table)
        if sql.is_csv(files):
            return None
        listed = ", ".join(sql.text(file) for file in files)
        return int(self._one(f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])") or 0)

    def _subscriptions(self, counting: Counting) -> dict[str, Places]:
        table, name, path = self.config.tables.subscriptions, contract_sql.NAME, "tables.subscriptions"
        if table is None:
            return {}
        with self.progress.step(f"Reading {name}") as step:
            files = self._raw(name, path, table)
            types = self._types(f"raw_{name}")
            turned = day_first(f"raw_{name}", contract_sql.written_times(table, types), query=self._all)
            clean = contract_sql.contracts(
                table, types, business=self.config.timezone, path=path, day_first=turned
            )
            self.connection.execute(check_sql.clean_view(name, clean, contract_sql.reason(table, types)))
            self.connection.execute(contract_sql.seen_table(now=self.now))
            counting.add(name, step)
        return {name: Places(path, files, self._torn_lines(name, files))}

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
            raise ConfigError(f"{path}.where: {first_line(error)}") from error
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

    def _counts(self, name: str, places: Places, totals: Totals) -> TableSummary:
        torn = places.torn
        whole = totals.rows == totals.used + totals.anonymous
        rejected = {} if whole else dict(self._all(check_sql.rejected_counts(name)))
        if torn:
            rejected[UNREADABLE_LINE] = torn
        if self.rejects is not None and rejected:
            self._write_rejects(name, self.rejects, torn=bool(torn))
        return TableSummary(
            name=name,
            rows=totals.rows + torn,
            used=totals.used,
            anonymous=totals.anonymous,
            rejected={reason: int(count) for reason, count in rejected.items()},
            oldest=totals.oldest,
            newest=totals.newest,
            files=self._prints(places.path, places.files),
        )

    def _write_rejects(self, name: str, folder: Path, *, torn: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        columns, file = self._types(f"raw_{name}"), folder / f"{name}.parquet"
        self.connection.execute(check_sql.write_rejects(name, file, columns=columns, torn=torn))

    def _torn_lines(self, name: str, files: tuple[str, ...]) -> int:
        """Lines of a CSV that are no rows, moved into the table `torn_<name>`."""
        if not sql.is_csv(files):
            return 0
        for file, line in self._all(check_sql.UNCLOSED):
            raise DataError(
                f"{name}: a quotation mark in line {line} of {file} is not closed, so that the lines "
                "after it cannot be told apart; put the file right"
            )
        self.connection.execute(check_sql.torn_table(name))
        self.connection.execute("DELETE FROM reject_errors")
        return int(self._one(f"SELECT count(*) FROM torn_{name}") or 0)

    def _customers_table(self) -> tuple[SourceFile, ...]:
        table = self.config.tables.customers
        if table is None:
            return ()
        files = self._raw("customers", "tables.customers", table)
        types = self._types("raw_customers")
        sql.require_free(types, ["retain_customer"], path="tables.customers")
        self.connection.execute(customer_sql.customers_view(table, types))
        return self._prints("tables.customers", files)

    def _codes(self, names: Mapping[str, tuple[str, Any]], *, as_of: date) -> dict[str, tuple[int, int]]:
        """Number the categories and the kinds; rows and known values of each kind."""
        orders = self.config.tables.orders
        if orders is not None and orders.columns.category is not None:
            self.connection.execute(check_sql.codes("category_codes", ["orders"], as_of=as_of))
        activity = [name for name in names if name != "orders"]
        if not activity:
            return {}
        self.connection.execute(check_sql.codes("kind_codes", activity, as_of=as_of))
        found = self._all("SELECT label, rows, valued FROM kind_codes ORDER BY code")
        return {kind: (rows, valued) for kind, rows, valued in found}

    def _summary(self, found: tuple[TableSummary, ...], *, as_of: date | None) -> Summary:
        counted = defining_names(self.config)
        until_now = partial(self._one, check_sql.newest_until(counted, now=self.now))
        return checks.summarized(found, counted, as_of=as_of, now=self.now, newest_until_now=until_now)

    def _types(self, relation: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._all(f"DESCRIBE {relation}")}

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]
