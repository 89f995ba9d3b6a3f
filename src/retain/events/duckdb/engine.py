"""Events on one machine: DuckDB reads and checks the tables, whose rows come out customer by customer."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import ActivityTable, Churn, Config
from retain.events import contract_sql, customer_sql, postgres, stream, tallies, timeline, user_sql
from retain.events.buckets import Buckets
from retain.events.days import business_time
from retain.events.duckdb import gathering
from retain.events.duckdb.connection import connect, plainly
from retain.events.duckdb.counting import people_of
from retain.events.duckdb.memory import Ceiling, engine_bytes
from retain.events.duckdb.reader import Reader
from retain.events.history import CHUNK_ROWS, Customers, History, history_of
from retain.events.people import Coded, People, Reach
from retain.events.scratch import scratch_folder
from retain.events.table_names import counted_names, roles, table_names
from retain.events.tables import Summary
from retain.progress import Progress, Silent

T = TypeVar("T")


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
    counted: People | None = field(default=None, repr=False)

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
            coded = self._coded(cutoffs)
            customers = self._customers(coded)
            step = (progress or Silent()).step("Building features", total=len(coded))
            with step as told, self._brought_together(coded, chunk_rows or CHUNK_ROWS) as buckets:
                ceiling.fit()
                for number in range(len(buckets)):
                    history = history_of(buckets.take(number), customers, kinds=self.kinds)
                    yield history
                    ceiling.keep()
                    told.advance(len(history))

    def each(
        self,
        work: Callable[[History], Iterable[T]],
        *,
        cutoffs: Sequence[int] | None = None,
        ids: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[T]:
        """What `work` makes of each chunk of customers, in the order of their ids, `ids` or not.

        One chunk after another: two threads, which wait for Python's lock between the many short steps of
        a chunk, took as long as one and up to twice the CPU; two processes, which must hand over all they
        made, as well (docs/speed.md).
        """
        for history in self.stream(cutoffs=cutoffs, progress=progress):
            yield from work(history)

    def under(self, churn: Churn) -> Events:
        """The same tables where churn means something else."""
        return replace(self, config=self.config.model_copy(update={"churn": churn}))

    def count_customers(self, cutoffs: Sequence[int]) -> int:
        """How many customers may be eligible at one of the cutoffs."""
        return int(self._wanted(cutoffs).sum())

    def facts(self, ids: Sequence[str]) -> pd.DataFrame:
        """Owner, opt-out and `show` columns of these customers, indexed by customer id."""
        table = self.config.tables.customers
        index = pd.Index(list(ids), name="customer_id", dtype=object)
        if table is None:
            return pd.DataFrame(index=index)
        with self._picked(ids):
            found: pd.DataFrame = self.connection.sql(customer_sql.facts(table)).df()
        return found.set_index("retain_customer").reindex(index)

    def top_users(self, ids: Sequence[str], *, window: int) -> list[str | None]:
        """Who of each customer's people was the most active in the `window` days before the as-of."""
        named = table_names(self.config).items()
        activity = {name: table for name, (_, table) in named if isinstance(table, ActivityTable)}
        query = user_sql.top_users(activity, as_of=self.summary.as_of, window=window)
        with self._picked(ids):
            found = dict(self.connection.execute(query).fetchall())
        return [found.get(one) for one in ids]

    def timeline(self, ids: Sequence[str], *, most: int) -> pd.DataFrame:
        """The newest `most` things of each of these customers, newest first (`timeline.COLUMNS`)."""
        query = timeline.newest(self.config, as_of=self.summary.as_of, most=most, with_kinds=bool(self.kinds))
        with self._kept_within(), self._picked(ids):
            found: pd.DataFrame = self.connection.sql(query).df()
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
        return {} if table is None else gathering.attribute_values(self.connection, table)

    def running_contracts(self) -> tuple[pd.DataFrame, float | None]:
        """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""
        table = self.config.tables.subscriptions
        if table is None:
            raise ValueError("there is no table of subscriptions")
        return gathering.running_contracts(self.connection, table, as_of=self.summary.as_of)

    def contract_attribute_values(self) -> dict[str, list[tuple[str, int]] | None]:
        """The values of each contract attribute likewise; None for one that is a number."""
        table = self.config.tables.subscriptions
        return {} if table is None else gathering.contract_attribute_values(self.connection, table)

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a query over what was read: `raw_<table>`, `<table>`; see `show_seen`."""
        with plainly():
            return self.connection.execute(text).fetchall()

    def show_seen(self) -> None:
        """Let queries see what each table holds of each customer, as `seen_<table>`."""
        for name in table_names(self.config):
            self.connection.register(f"seen_{name}", self.people.table(name))

    def lend(self, name: str, table: pa.Table) -> None:
        """Let queries see an Arrow table under this name."""
        self.connection.register(name, table)

    def make(self, tables: Mapping[str, str]) -> None:
        """Make tables of queries over the clean ones and over `customer_codes`, each in its turn."""
        with plainly():
            self._code_table(self._coded(None))
            for name, query in tables.items():
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def frame(self, query: str) -> pd.DataFrame:
        """What a query gives."""
        with plainly():
            found: pd.DataFrame = self.connection.sql(query).df()
        return found

    @contextmanager
    def _picked(self, ids: Sequence[str]) -> Iterator[None]:
        """Let queries pick these customers from `retain_wanted`."""
        with plainly():
            self.connection.register("retain_wanted", pa.table({"customer": pa.array(ids, pa.string())}))
            yield
            self.connection.unregister("retain_wanted")

    @contextmanager
    def _kept_within(self) -> Iterator[Ceiling]:
        """Keep to the memory of the config while the block takes rows out of DuckDB."""
        with self.connection.cursor() as beside:  # what streams allows no other query on its own connection
            ceiling = Ceiling(beside, self.config.memory)
            ceiling.fit()
            yield ceiling
            ceiling.fit()  # not where the rows are given up: the connection may be closed by then

    @cached_property
    def people(self) -> People:
        """Everybody in the tables."""
        if self.counted is not None:
            return self.counted
        with plainly():
            return people_of(self.connection, self.config, as_of=self.summary.as_of)

    def _wanted(self, cutoffs: Sequence[int] | None) -> NDArray[np.bool_]:
        """(ids,) who has rows before the as-of; with cutoffs, only who can be eligible at one of them."""
        people, churn = self.people, self.config.churn
        if cutoffs is None:
            return people.there()
        if churn.when == "ended":
            with plainly():
                running = self.connection.sql(contract_sql.running_at(cutoffs)).to_arrow_table()
            return people.among(running["key"].to_numpy())
        return people.within(Reach.of(churn, cutoffs), counted_names(self.config))

    def _coded(self, cutoffs: Sequence[int] | None) -> Coded:
        return self.people.coded(self._wanted(cutoffs))

    def _brought_together(self, coded: Coded, chunk_rows: int) -> Buckets:
        """The rows of the customers before the as-of, by customer."""
        whole = {t.name for t in self.summary.tables if not t.rejected and not t.anonymous}
        query = stream.event_rows(self.config, as_of=self.summary.as_of, whole=whole)
        return gathering.brought_together(
            self.connection, query, coded, folder=self.scratch, chunk_rows=chunk_rows
        )

    def _customers(self, coded: Coded) -> Customers:
        people, contracts = self.config.tables.customers, self.config.tables.subscriptions
        attributes = dict[str, pa.Array]()
        if people is not None and people.attributes:
            self._code_table(coded)
            attributes = gathering.attributes_of(self.connection, people)
        terms = (
            None if contracts is None else gathering.terms_of(self.connection, contracts, self.config.churn)
        )
        return Customers(coded.ids, attributes, terms)

    def _code_table(self, coded: Coded) -> None:
        """Make `customer_codes`: a number for each customer, in the order of their ids."""
        self.connection.register("retain_coded", coded.table())
        self.connection.execute("CREATE OR REPLACE TEMP TABLE customer_codes AS FROM retain_coded")
        self.connection.unregister("retain_coded")


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
                counted=read.people,
            )
    except BaseException:  # an interrupt, too, must not leave the spill folder behind
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
