"""The tables of a config read and checked by Spark: one pass a table, the rejects, what all of them say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import chain
from operator import xor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retain.config import Config, CustomersTable, OrdersTable, SubscriptionsTable, Table
from retain.events import check_sql, checks, contract_sql, sql
from retain.events.day_first import day_first
from retain.events.spark import check
from retain.events.spark import rows as spark_rows
from retain.events.spark.check import CHECKED, Checked
from retain.events.spark.rows import StoredTable
from retain.events.spark.tables import Opened, Opener, all_rows, read_columns, unpacked
from retain.events.table_names import defining_names, names_of, table_names
from retain.events.tables import SourceFile, Summary, TableSummary
from retain.progress import Progress

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SAMPLED = 20_000
"""Rows of a table that tell where its customers lie, about."""

_UNKNOWN_ROWS = 20_000_000  # taken for a table that does not say how many rows it has
_PAIR = pa.schema([("first", pa.int64()), ("second", pa.int64())])
_HASHES = pa.schema([("hash", pa.int64())])


@dataclass(frozen=True, eq=False)
class Read:
    """What was read. opened: the tables by short name. checked: the sums of those that have times."""

    summary: Summary
    opened: Mapping[str, Opened]
    checked: Mapping[str, Checked]
    stored: tuple[StoredTable, ...]
    kinds: Mapping[str, tuple[int, int]]
    codes: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Reader:
    """One reading of all tables."""

    config: Config
    opener: Opener
    rejects: Path | None
    progress: Progress

    def read(self, *, as_of: date | None, duplicates: bool) -> Read:
        """All tables, as they stand before `as_of`."""
        opened, checked, found = {}, {}, []
        for name, (path, table) in self._tables().items():
            with self.progress.step(f"Reading {name}"):
                opened[name] = self._viewed(name, path, table)
                if name != "customers":
                    checked[name] = self._checked(name, table, opened[name])
                    found.append(self._summed(name, path, table, opened[name], checked[name]))
        checks.refuse_unusable(found, max_missing=self.config.gates.max_missing)
        summary = self._summary(tuple(found), checked, as_of=as_of)
        kinds = self._kinds(checked, as_of=summary.as_of)
        counts = {kind: rows for kind, (rows, _) in kinds.items()}
        summary = replace(summary, kinds=counts, customers=self._customers_files(opened))
        if duplicates and self.config.tables.orders is not None:
            summary = checks.with_duplicates(summary, {"orders": _duplicates(opened["orders"])})
        codes = self._codes(checked, kinds, as_of=summary.as_of)
        return Read(summary, opened, checked, tuple(self._stored(opened)), kinds, codes)

    def _tables(self) -> dict[str, tuple[str, Table]]:
        named: dict[str, tuple[str, Table]] = dict(table_names(self.config))
        if self.config.tables.subscriptions is not None:
            named[contract_sql.NAME] = ("tables.subscriptions", self.config.tables.subscriptions)
        if self.config.tables.customers is not None:
            named["customers"] = ("tables.customers", self.config.tables.customers)
        return named

    def _viewed(self, name: str, path: str, table: Any) -> Opened:
        """The table with its clean view, which the describing DuckDB gets as well."""
        opened = self.opener.open(name, path, table)
        types, business = opened.task.columns, self.config.timezone
        if isinstance(table, CustomersTable):
            sql.require_free(types, ["retain_customer"], path=path)
            return opened
        contract = isinstance(table, SubscriptionsTable)
        written = contract_sql.written_times(table, types) if contract else sql.written_times(table, types)
        turned = day_first(f"raw_{name}", written, query=lambda text: [_summed_pair(opened, text)])
        if contract:
            clean = contract_sql.contracts(table, types, business=business, path=path, day_first=turned)
            reason = contract_sql.reason(table, types)
        else:
            clean = sql.events(table, types, business=business, path=path, day_first=turned)
            reason = sql.reason(table, types, now=self.opener.now)
        view = check_sql.clean_view(name, clean, reason)
        self.opener.describing.execute(view)
        return opened.viewed(view)

    def _checked(self, name: str, table: Table, opened: Opened) -> Checked:
        by_label = isinstance(table, OrdersTable) and table.columns.category is not None
        one_in = max((opened.rows or _UNKNOWN_ROWS) // SAMPLED, 1)
        query = check.checked(name, now=self.opener.now, one_in=one_in, by_label=by_label)
        only = read_columns(table, list(opened.task.columns))
        torn = f"{check.TORN}{name}"
        return Checked(all_rows(opened.ask(query, CHECKED, torn=torn, only=only)), one_in)

    def _summed(self, name: str, path: str, table: Table, opened: Opened, checked: Checked) -> TableSummary:
        rows, used, anonymous = checked.counts()
        rejected, (oldest, newest) = checked.rejected(), checked.extent()
        if rejected and self.rejects is not None:
            self._write_rejects(name, self.rejects, opened, checked)
        return TableSummary(
            name=name,
            rows=rows + checked.torn(),
            used=used,
            anonymous=anonymous,
            rejected=rejected,
            oldest=oldest,
            newest=newest,
            files=self.opener.prints(path, table, opened, digest=lambda: f"{rows} {checked.digest()}"),
        )

    def _write_rejects(self, name: str, folder: Path, opened: Opened, checked: Checked) -> None:
        """The unusable rows as one file, brought here part by part."""
        folder.mkdir(parents=True, exist_ok=True)
        torn = checked.torn() > 0
        query = check_sql.rejected_rows(name, columns=opened.task.columns)
        lines = None
        if torn:
            none = "".join(f"NULL::{kind} AS {sql.name(c)}, " for c, kind in opened.task.columns.items())
            query = f"SELECT *, NULL::VARCHAR AS csv_line FROM ({query})"
            lines = f"SELECT {none} reject_reason, csv_line FROM ({check_sql.torn_rows(name)})"
        self._copy(opened.ask(query, None, torn=lines), folder / f"{name}.parquet")

    def _copy(self, packed: DataFrame, file: Path) -> None:
        """Write packed rows to a file as DuckDB does on one machine."""
        batches = unpacked(packed)
        first = next(batches)
        reader = pa.RecordBatchReader.from_batches(first.schema, chain([first], batches))
        self.opener.describing.register("retain_packed", reader)
        self.opener.describing.execute(f"COPY (FROM retain_packed) TO {sql.text(str(file))} (FORMAT parquet)")
        self.opener.describing.unregister("retain_packed")

    def _summary(
        self, found: tuple[TableSummary, ...], checked: Mapping[str, Checked], *, as_of: date | None
    ) -> Summary:
        counted = defining_names(self.config)
        times = [time for name in counted if (time := checked[name].newest_until_now()) is not None]
        return checks.summarized(
            found,
            counted,
            as_of=as_of,
            now=self.opener.now,
            newest_until_now=lambda: max(times, default=None),
        )

    def _kinds(self, checked: Mapping[str, Checked], *, as_of: date) -> dict[str, tuple[int, int]]:
        """Rows and known values of each kind of activity, in alphabetical order."""
        found: dict[str, tuple[int, int]] = {}
        for name in names_of(self.config, "activity"):
            for kind, (rows, valued) in checked[name].kinds(as_of=as_of).items():
                before = found.get(kind, (0, 0))
                found[kind] = before[0] + rows, before[1] + valued
        return dict(sorted(found.items()))

    def _codes(
        self, checked: Mapping[str, Checked], kinds: Mapping[str, tuple[int, int]], *, as_of: date
    ) -> dict[str, pa.Table]:
        """The numbers of the labels, as `check_sql.codes` gives them."""
        coded = {"kind_codes": _numbered(kinds)} if names_of(self.config, "activity") else {}
        orders = self.config.tables.orders
        if orders is not None and orders.columns.category is not None:
            coded["category_codes"] = _numbered(checked["orders"].labels(as_of=as_of))
        return coded

    def _stored(self, opened: Mapping[str, Opened]) -> Iterator[StoredTable]:
        """What is kept of each table where rows are brought together by customer."""
        tables = self.config.tables
        for tab, name in enumerate(spark_rows.tabs(self.config)):
            cells: dict[str, str] = {}
            if name == "customers" and tables.customers is not None:
                cells = spark_rows.customer_cells(tables.customers, opened[name].task.columns)
            elif name == contract_sql.NAME and tables.subscriptions is not None:
                cells = spark_rows.contract_cells(tables.subscriptions, self.opener.types(name))
            yield StoredTable(name, tab, cells)

    def _customers_files(self, opened: Mapping[str, Opened]) -> tuple[SourceFile, ...]:
        table = self.config.tables.customers
        if table is None:
            return ()
        one = opened["customers"]
        return self.opener.prints("tables.customers", table, one, digest=lambda: _digest(one))


def _numbered(labels: Iterable[str]) -> pa.Table:
    named = list(labels)
    return pa.table({"label": pa.array(named, pa.string()), "code": pa.array(range(len(named)), pa.int32())})


def _summed_pair(opened: Opened, query: str) -> tuple[int, int]:
    rows = all_rows(opened.ask(query, _PAIR))
    return sum(row["first"] for row in rows), sum(row["second"] for row in rows)


def _digest(opened: Opened) -> str:
    """What tells the rows of a frame from others, whatever their order."""
    name = f"raw_{opened.task.name}"
    query = f"""SELECT count(*), (bit_xor(hash(one))::HUGEINT - 9223372036854775808::HUGEINT)::BIGINT
        FROM {name} AS one"""
    rows = all_rows(opened.ask(query, _PAIR))
    return f"{sum(row['first'] for row in rows)} {reduce(xor, (row['second'] or 0 for row in rows), 0)}"


def _duplicates(opened: Opened) -> int:
    """Rows that repeat another one exactly."""
    from pyspark.sql.functions import expr
    from pyspark.sql.functions import sum as summed

    row = "(hash(one)::HUGEINT - 9223372036854775808::HUGEINT)::BIGINT"
    query = f"SELECT {row} FROM raw_{opened.task.name} AS one"
    counts = opened.ask(query, _HASHES).groupBy("hash").count().where("count > 1")
    (found,) = all_rows(counts.agg(summed(expr("count - 1")).alias("n")))
    return int(found["n"] or 0)
