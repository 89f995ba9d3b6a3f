"""Events on one machine: DuckDB reads and checks the tables and streams them sorted by customer."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from retain.config import ActivityTable, Churn, Config
from retain.events import contract_sql, customer_sql, postgres, stream, tallies, timeline, user_sql
from retain.events.contracts import Terms
from retain.events.days import business_time
from retain.events.duckdb_connection import connect, plainly
from retain.events.duckdb_memory import Ceiling, engine_bytes
from retain.events.duckdb_reader import Reader
from retain.events.history import Customers, History, histories
from retain.events.scratch import scratch_folder
from retain.events.table_names import roles, table_names
from retain.events.tables import Summary
from retain.progress import Progress, Silent

T = TypeVar("T")

BATCH_ROWS = 250_000


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
        with plainly(), self._kept_within() as ceiling:
            self._number_customers(cutoffs)
            customers = self._customers()
            whole = {t.name for t in self.summary.tables if not t.rejected and not t.anonymous}
            query = stream.sorted_events(self.config, as_of=self.summary.as_of, whole=whole)
            reader = self.connection.sql(query).to_arrow_reader(BATCH_ROWS)
            size = {} if chunk_rows is None else {"chunk_rows": chunk_rows}
            with (progress or Silent()).step("Building features", total=len(customers.ids)) as step:
                for history in histories(reader, customers, kinds=self.kinds, **size):
                    yield history
                    ceiling.keep()
                    step.advance(len(history))

    def each(
        self,
        work: Callable[[History], Iterable[T]],
        *,
        cutoffs: Sequence[int] | None = None,
        ids: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[T]:
        """What `work` makes of each chunk of customers, in the order of their ids, `ids` or not."""
        for history in self.stream(cutoffs=cutoffs, progress=progress):
            yield from work(history)

    def under(self, churn: Churn) -> Events:
        """The same tables where churn means something else."""
        return replace(self, config=self.config.model_copy(update={"churn": churn}))

    def count_customers(self, cutoffs: Sequence[int]) -> int:
        """How many customers may be eligible at one of the cutoffs."""
        with plainly():
            self._number_customers(cutoffs)
            found = self.connection.sql("SELECT count(*) FROM customer_codes").fetchall()
        return int(found[0][0])

    def facts(self, ids: Sequence[str]) -> pd.DataFrame:
        """Owner, opt-out and `show` columns of these customers, indexed by customer id."""
        table = self.config.tables.customers
        index = pd.Index(list(ids), name="customer_id", dtype=object)
        if table is None:
            return pd.DataFrame(index=index)
        with plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            found: pd.DataFrame = self.connection.sql(customer_sql.facts(table)).df()
            self.connection.unregister("retain_wanted")
        return found.set_index("retain_customer").reindex(index)

    def top_users(self, ids: Sequence[str], *, window: int) -> list[str | None]:
        """Who of each customer's people was the most active in the `window` days before the as-of."""
        with plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            named = table_names(self.config).items()
            activity = {name: table for name, (_, table) in named if isinstance(table, ActivityTable)}
            query = user_sql.top_users(activity, as_of=self.summary.as_of, window=window)
            found = dict(self.connection.execute(query).fetchall())
            self.connection.unregister("retain_wanted")
        return [found.get(one) for one in ids]

    def timeline(self, ids: Sequence[str], *, most: int) -> pd.DataFrame:
        """The newest `most` things of each of these customers, newest first (`timeline.COLUMNS`)."""
        with plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            self.connection.execute(timeline.CODES)
            query = timeline.newest(
                self.config, as_of=self.summary.as_of, most=most, with_kinds=bool(self.kinds)
            )
            found: pd.DataFrame = self.connection.sql(query).df()
            self.connection.unregister("retain_wanted")
        return found

    def rows_by_day(self) -> pd.DataFrame:
        """table, day and rows: the usable rows of each business day before the as-of (`tallies.COLUMNS`)."""
        return self._counted(tallies.rows_by_day(self.config, as_of=self.summary.as_of)).astype(
            tallies.COLUMNS
        )

    def labels(self, *, since: date) -> pd.DataFrame:
        """table, label (a category or a kind), oldest (a time), and rows: how many from `since` on."""
        if not table_names(self.config):
            return pd.DataFrame(columns=["table", "label", "oldest", "rows"])
        return self._counted(tallies.labels(self.config, as_of=self.summary.as_of, since=since))

    def _counted(self, query: str) -> pd.DataFrame:
        with plainly():
            found: pd.DataFrame = self.connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
        return found

    def attribute_values(self) -> dict[str, list[tuple[str, int]]]:
        """The values of each customer attribute with how many customers have them, most frequent first."""
        table = self.config.tables.customers
        with plainly():
            return {
                name: self.connection.execute(customer_sql.attribute_values(name)).fetchall()
                for name in (table.attributes if table else ())
            }

    def running_contracts(self) -> tuple[pd.DataFrame, float | None]:
        """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""
        table = self.config.tables.subscriptions
        if table is None:
            raise ValueError("there is no table of subscriptions")
        with plainly():
            query = contract_sql.running(table, as_of=self.summary.as_of)
            found: pd.DataFrame = self.connection.sql(query).df()
            usual = self.connection.execute(contract_sql.TRIAL_DAYS).fetchall()[0][0]
        dates = dict.fromkeys(("started", "ends_on", "known_on", "price_until"), "datetime64[s]")
        return found.astype(dates), None if usual is None else float(usual)

    def contract_attribute_values(self) -> dict[str, list[tuple[str, int]] | None]:
        """The values of each contract attribute likewise; None for one that is a number."""
        table = self.config.tables.subscriptions
        with plainly():
            return {
                name: None
                if self.connection.execute(contract_sql.numeric(name)).fetchall()[0][0]
                else self.connection.execute(contract_sql.attribute_values(name)).fetchall()
                for name in (table.attributes if table else ())
            }

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a query over what was read: `raw_<table>`, `<table>`, `seen_<table>`."""
        with plainly():
            return self.connection.execute(text).fetchall()

    def lend(self, name: str, table: pa.Table) -> None:
        """Let queries see an Arrow table under this name."""
        self.connection.register(name, table)

    def make(self, tables: Mapping[str, str]) -> None:
        """Make tables of queries over the clean ones and over `customer_codes`, each in its turn."""
        with plainly():
            self._number_customers(None)
            for name, query in tables.items():
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def frame(self, query: str) -> pd.DataFrame:
        """What a query gives."""
        with plainly():
            found: pd.DataFrame = self.connection.sql(query).df()
        return found

    @contextmanager
    def _kept_within(self) -> Iterator[Ceiling]:
        """Keep to the memory of the config while the block takes rows out of DuckDB."""
        with self.connection.cursor() as beside:  # what streams allows no other query on its own connection
            ceiling = Ceiling(beside, self.config.memory)
            ceiling.fit()
            yield ceiling
            ceiling.fit()  # not where the rows are given up: the connection may be closed by then

    def _number_customers(self, cutoffs: Sequence[int] | None) -> None:
        """Make `customer_codes`, with keys that no two customers share."""
        for salt in count():
            self.connection.execute(customer_sql.key_macro(salt))
            self.connection.execute(customer_sql.customer_codes(self.config, cutoffs=cutoffs))
            if not self.connection.execute(customer_sql.SHARED_KEYS).fetchall()[0][0]:
                return

    def _customers(self) -> Customers:
        ids = self.connection.sql(customer_sql.CUSTOMERS).to_arrow_table()["customer"]
        table = self.config.tables.customers
        if table is None or not table.attributes:
            return Customers(_one(ids), terms=self._terms())
        values = self.connection.sql(customer_sql.attributes(table)).to_arrow_table()
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
            attributes={name: _one(found[contract_sql.kept_under(name)]) for name in table.attributes},
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
    """Read and check the tables of `config` on this machine; arguments and errors as `engine.open_events`."""
    memory = engine_bytes(config)
    scratch = scratch_folder(config.spill)
    connection = connect(memory, scratch)
    local_now = business_time(now, timezone=config.timezone)
    try:
        with plainly():
            staged = postgres.stage(config.tables, staging or scratch, progress=progress)
            reader = Reader(config, connection, local_now, rejects, progress or Silent(), staged)
            read = reader.read(as_of=as_of, duplicates=duplicates)
            return Events(
                config=config,
                summary=read.summary,
                kinds=read.kinds,
                valued_kinds=read.valued_kinds,
                roles=roles(config),
                connection=connection,
                scratch=scratch,
            )
    except BaseException:  # an interrupt, too, must not leave the spill folder behind
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
