"""What a task of Spark does with whole customers: each chunk of them is a small shop on one machine."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from retain.config import Config
from retain.events import check_sql, contract_sql, customer_sql, spark_rows
from retain.events.duckdb import Events
from retain.events.history import CHUNK_ROWS
from retain.events.scratch import scratch_space
from retain.events.spark_rows import StoredTable
from retain.events.spark_tasks import Batches, task_connection
from retain.events.tables import Summary

PIECE_BYTES = 8_000_000
"""A result travels in pieces of at most this size: Spark's rows are held whole in memory."""

RESULT = pa.schema([("part", pa.int32()), ("size", pa.int64()), ("last", pa.bool_()), ("piece", pa.binary())])
"""A piece of a pickled result. size: the customers behind it, in its last piece."""


@dataclass(frozen=True)
class Shop:
    """All that is known of the tables beside their rows: sent to every task.

    codes: the numbers of the labels, tables by name. config: without what it would be wrong to send.
    """

    config: Config
    summary: Summary
    kinds: tuple[str, ...]
    valued_kinds: frozenset[str]
    roles: Mapping[str, frozenset[str]]
    codes: Mapping[str, pa.Table]
    tables: tuple[StoredTable, ...]
    memory: int
    now: Any = None

    @contextmanager
    def opened(self, rows: pa.Table) -> Iterator[Events]:
        """The events of the customers whose rows these are, as if there were no others."""
        with scratch_space() as scratch, task_connection(self.memory, scratch) as connection:
            connection.register("retain_rows", rows)
            for name, table in self.codes.items():
                connection.register(name, table)
            for statement in self._statements():
                connection.execute(statement)
            yield Events(
                config=self.config,
                summary=self.summary,
                kinds=self.kinds,
                valued_kinds=self.valued_kinds,
                roles=self.roles,
                connection=connection,
                scratch=scratch,
            )

    def _statements(self) -> Iterator[str]:
        for stored in self.tables:
            yield spark_rows.clean_view(stored, self.config, rows="retain_rows")
            if stored.name == "customers":
                assert self.config.tables.customers is not None
                yield customer_sql.customers_view(self.config.tables.customers, stored.cells)
            elif stored.name == contract_sql.NAME:
                assert self.config.tables.subscriptions is not None
                yield contract_sql.seen_table(now=self.now)
                yield contract_sql.terms_table(self.config.tables.subscriptions, as_of=self.summary.as_of)
            else:
                yield check_sql.seen_table(stored.name)


@dataclass(frozen=True, eq=False)
class Chunk:
    """The events of some customers. opening: whether they are the first of all."""

    events: Events
    opening: bool


Work = Callable[[Chunk], Iterable[Any]]
"""What is done with a chunk of customers."""


@lru_cache(maxsize=4)
def _loaded(work: bytes) -> Work:
    """The work of a task: loaded once for all tasks of a Python worker, for there may be a model in it."""
    loaded: Work = pickle.loads(work)
    return loaded


@dataclass(frozen=True)
class ChunkTask:
    """Work on a partition that is sorted by customer; pickled, as it may be of a definition file."""

    shop: Shop
    work: bytes
    chunk_rows: int = CHUNK_ROWS

    def pieces(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """The results of the chunks, one after another, in pieces (`RESULT`)."""
        for part, size, result in self.results(batches):
            yield from _pieces(pickle.dumps(result, protocol=5), part=part, size=size)

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """The results as they are, which must be batches."""
        for _, _, result in self.results(batches):
            yield result

    def results(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, int, Any]]:
        """Each result with the number of the partition and the rows it was made of."""
        work = _loaded(self.work)
        for place, rows in enumerate(whole_customers(batches, rows=self.chunk_rows)):
            part = rows["part"][0].as_py()
            with self.shop.opened(rows) as events:
                for result in work(Chunk(events, opening=part == 0 and place == 0)):
                    yield part, len(rows), result


def whole_customers(batches: Iterable[pa.RecordBatch], *, rows: int) -> Iterator[pa.Table]:
    """Batches sorted by customer as tables of at least so many rows, none of which cuts a customer in two."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if not len(batch):
            continue
        last = batch["customer"][len(batch) - 1]
        border = len(batch) - pc.sum(pc.equal(batch["customer"], last)).as_py()
        another = held and held[-1]["customer"][len(held[-1]) - 1].as_py() != last.as_py()
        if (border or another) and count + border >= rows:
            yield pa.Table.from_batches([*held, batch.slice(0, border)])
            held, count, batch = [], 0, batch.slice(border)
        held.append(batch)
        count += len(batch)
    if held:
        yield pa.Table.from_batches(held)


def _pieces(pickled: bytes, *, part: int, size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(pickled), PIECE_BYTES):
        last = start + PIECE_BYTES >= len(pickled)
        piece = pickled[start : start + PIECE_BYTES]
        columns = {"part": [part], "size": [size if last else 0], "last": [last], "piece": [piece]}
        yield pa.RecordBatch.from_pydict(columns, schema=RESULT)
