"""The tables of a business on Spark: what is asked of them goes to the tasks, and the answers come here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from retain.config import Churn, Config
from retain.events import postgres, tallies
from retain.events.days import business_time, to_date
from retain.events.duckdb.connection import connect
from retain.events.duckdb.memory import engine_bytes
from retain.events.history import History
from retain.events.people import Reach
from retain.events.scratch import scratch_folder
from retain.events.spark.chunks import RESULT, ChunkTask, Shop, Work
from retain.events.spark.extents import COUNTED, Extents
from retain.events.spark.following import Told, counter, shown
from retain.events.spark.gather import Gathered, gathered, stripped
from retain.events.spark.reader import Read, Reader
from retain.events.spark.results import carried, joined, on_disk
from retain.events.spark.session import Session, plainly, session
from retain.events.spark.tables import Opener, all_rows, mapped, unpacked
from retain.events.spark.work import (
    NO_TIMELINE,
    AttributeValues,
    ContractValues,
    Counted,
    Facts,
    Histories,
    RunningContracts,
    Timeline,
    TopUsers,
    added_labels,
    added_values,
    no_facts,
    without_numbers,
)
from retain.events.table_names import counted_names, names_of, roles, table_names
from retain.events.tables import Summary
from retain.progress import Progress, Silent

T = TypeVar("T")

FEW = 100_000
"""Customers that are named to the tasks; of more, everyone's answer is fetched."""


@dataclass(frozen=True, eq=False)
class Events:
    """The tables of a business, read and checked; a context manager that frees what it holds."""

    config: Config
    summary: Summary
    shop: Shop
    read: Read = field(repr=False)
    session: Session = field(repr=False)
    gathered: Gathered = field(repr=False)
    scratch: Path = field(repr=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of activity, in alphabetical order."""
        return self.shop.kinds

    @property
    def valued_kinds(self) -> frozenset[str]:
        """Those of them with known values."""
        return self.shop.valued_kinds

    @property
    def roles(self) -> Mapping[str, frozenset[str]]:
        """What the config maps of each table."""
        return self.shop.roles

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the rows, and stop the session where it is ours."""
        with suppress(Exception):  # Java may be gone, and the rows with it
            self.gathered.frame.unpersist()
        self.session.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def each(
        self,
        work: Callable[[History], Iterable[T]],
        *,
        cutoffs: Sequence[int] | None = None,
        ids: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[T]:
        """What `work` makes of each chunk of customers, in the order of their ids.

        It is done in the tasks; the results are kept on the executors' disks and come here one after another.
        ids: nobody else's rows are looked at.
        """
        chosen = None if cutoffs is None else tuple(cutoffs)
        yield from self._results(Histories(work, chosen), ids=ids, progress=progress)

    def under(self, churn: Churn) -> Events:
        """The same tables where churn means something else."""
        shop = replace(self.shop, config=self.shop.config.model_copy(update={"churn": churn}))
        return replace(self, config=self.config.model_copy(update={"churn": churn}), shop=shop)

    def count_customers(self, cutoffs: Sequence[int]) -> int:
        """How many customers may be eligible at one of the cutoffs."""
        counted = counted_names(self.config)
        if self.config.churn.when == "ended":  # what contracts say of their end is known to DuckDB alone
            return sum(self._results(Counted(tuple(cutoffs)), tables=counted))
        within = Extents(self._tabs(counted), Reach.of(self.config.churn, cutoffs))
        with plainly(self.config):
            counts = mapped(self.gathered.rows, within.counted, COUNTED)
            return sum(row["customers"] for row in all_rows(counts))

    def facts(self, ids: Sequence[str]) -> pd.DataFrame:
        """Owner, opt-out and `show` columns of these customers, indexed by customer id."""
        index = pd.Index(list(ids), name="customer_id", dtype=object)
        if self.config.tables.customers is None:
            return pd.DataFrame(index=index)
        parts = list(self._results(Facts(), ids=ids, tables=("customers",)))
        # A column of which a part has nothing is an object there, and text in the others.
        return pd.concat(parts).infer_objects().reindex(index) if parts else no_facts(self.config, index)

    def top_users(self, ids: Sequence[str], *, window: int) -> list[str | None]:
        """Who of each customer's people was the most active in the `window` days before the as-of."""
        if "user" not in self.roles.get("activity", frozenset()):
            return [None] * len(ids)
        work = TopUsers(window)
        found = dict(pair for part in self._results(work, ids=ids) for pair in part)
        return [found.get(one) for one in ids]

    def timeline(self, ids: Sequence[str], *, most: int) -> pd.DataFrame:
        """The newest `most` things of each of these customers, newest first (`timeline.COLUMNS`)."""
        parts = [part for part in self._results(Timeline(most), ids=ids) if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else NO_TIMELINE.copy()

    def rows_by_day(self) -> pd.DataFrame:
        """table, day and rows: the usable rows of each business day before the as-of (`tallies.COLUMNS`)."""
        found = [
            (name, to_date(day), rows)
            for name, checked in self.read.checked.items()
            for day, rows in checked.days(as_of=self.summary.as_of).items()
        ]
        return pd.DataFrame(sorted(found), columns=list(tallies.COLUMNS)).astype(tallies.COLUMNS)

    def labels(self, *, since: date) -> pd.DataFrame:
        """table, label (a category or a kind), oldest (a time), and rows: how many from `since` on."""
        with plainly(self.config):
            parts = [
                batch.to_pandas()
                for name in table_names(self.config)
                for batch in unpacked(
                    self.read.opened[name].ask(
                        tallies.labels_of(name, as_of=self.summary.as_of, since=since), None
                    )
                )
            ]
        return added_labels(parts)

    def attribute_values(self) -> dict[str, list[tuple[str, int]]]:
        """The values of each customer attribute with how many customers have them, most frequent first."""
        table = self.config.tables.customers
        if table is None or not table.attributes:
            return {}
        found = self._results(AttributeValues(), tables=("customers",))
        return added_values(found, names=table.attributes)

    def contract_attribute_values(self) -> dict[str, list[tuple[str, int]] | None]:
        """The values of each contract attribute likewise; None for one that is a number."""
        table = self.config.tables.subscriptions
        if table is None or not table.attributes:
            return {}
        found = self._results(ContractValues(), tables=names_of(self.config, "subscriptions"))
        counts = added_values(found, names=table.attributes)
        types = next(stored.cells for stored in self.shop.tables if stored.name == "subscriptions")
        return without_numbers(counts, types)

    def running_contracts(self) -> tuple[pd.DataFrame, float | None]:
        """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""
        if self.config.tables.subscriptions is None:
            raise ValueError("there is no table of subscriptions")
        names = names_of(self.config, "subscriptions")
        parts = list(self._results(RunningContracts(), tables=names))
        trials = [days for _, part in parts for days in part]
        frames = [frame for frame, _ in parts if len(frame)] or [frame for frame, _ in parts][:1]
        running = pd.concat(frames, ignore_index=True).infer_objects()
        return running, float(np.median(trials)) if trials else None

    def _results(
        self,
        work: Work,
        *,
        ids: Sequence[str] | None = None,
        tables: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Any]:
        """What work gives for all chunks, in the order of the customers. tables: of whose rows alone."""
        task = ChunkTask(self.shop, work, None if tables is None else self._tabs(tables), _few(ids))
        context, rows, total = self.session.context, self.gathered, self.gathered.parts
        with plainly(self.config), carried(context, task) as sent:
            finished, given = counter(context), rows.rows
            results = mapped(given, Told(sent.pieces, finished).batches, RESULT).persist(on_disk())
            try:
                step = (progress or Silent()).step("Building features", total=total)
                with step as under_way, shown(finished, under_way, total=total):
                    results.count()  # all tasks at once: an iterator would run one after another
                yield from joined(results.toLocalIterator())
            finally:
                results.unpersist()

    def _tabs(self, tables: Sequence[str]) -> tuple[int, ...]:
        return tuple(stored.tab for stored in self.shop.tables if stored.name in tables)


def _few(ids: Sequence[str] | None) -> pa.Array | None:
    """The customers to send to each task; None where it is cheaper to leave some out here."""
    return None if ids is None or len(ids) > FEW else pa.array(ids, pa.string())


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
    """Read and check the tables of `config` with Spark; see `engine.open_events`."""
    scratch = scratch_folder(config.spill)
    held = ExitStack()
    held.callback(shutil.rmtree, scratch, ignore_errors=True)
    try:
        staged = postgres.stage(config.tables, staging or scratch, progress=progress)
        with (progress or Silent()).step("Starting Spark"):
            spark = session(config, scratch=scratch)
        held.callback(spark.close)
        with plainly(config), connect(engine_bytes(config), scratch) as describing:
            opener = Opener(config, spark, describing, staged, business_time(now, timezone=config.timezone))
            read = Reader(config, opener, rejects, progress or Silent()).read(
                as_of=as_of, duplicates=duplicates
            )
            shop = _shop(config, read, opener)
            rows = gathered(config, read, session=spark, progress=progress or Silent())
    except BaseException:  # an interrupt, too, must not leave a session or the spill folder behind
        held.close()
        raise
    return Events(config, read.summary, shop, read, spark, rows, scratch)


def _shop(config: Config, read: Read, opener: Opener) -> Shop:
    # Unusable and anonymous rows have been left behind.
    tables = tuple(replace(table, rejected={}, anonymous=0) for table in read.summary.tables)
    return Shop(
        config=stripped(config, memory=2 * opener.memory),
        summary=replace(read.summary, tables=tables),
        kinds=tuple(read.kinds),
        valued_kinds=frozenset(kind for kind, (_, valued) in read.kinds.items() if valued),
        roles=roles(config),
        codes=read.codes,
        tables=read.stored,
        memory=opener.memory,
        now=opener.now,
    )
