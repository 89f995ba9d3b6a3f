"""What a task of Spark does with whole customers: each chunk of them is a small shop on one machine."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from retain.config import Config
from retain.events import check_sql, contract_sql, customer_sql
from retain.events.duckdb.engine import Events
from retain.events.scratch import scratch_space
from retain.events.spark import rows as spark_rows
from retain.events.spark.rows import StoredTable
from retain.events.spark.tasks import Batches, task_connection
from retain.events.tables import Summary

CHUNK_ROWS = 250_000
"""Rows of whole customers that are read as one shop."""

PIECE_BYTES = 8_000_000
"""A result travels in pieces of at most this size: Spark's rows are held whole in memory."""

PIECE_ROWS = 100_000
"""Rows of a chunk that are packed together, for the same reason."""

PACKS = pa.schema([("part", pa.int32()), ("chunk", pa.int32()), ("last", pa.bool_()), ("piece", pa.binary())])
"""Rows of whole customers, packed. chunk: its number in the partition. last: whether it ends here."""

RESULT = pa.schema([("last", pa.bool_()), ("piece", pa.binary())])
"""A piece of a pickled result."""


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
                yield check_sql.picked_few(stored.name)


@dataclass(frozen=True, eq=False)
class Chunk:
    """The events of some customers. opening: whether they are the first of all."""

    events: Events
    opening: bool


Work = Callable[[Chunk], Iterable[Any]]
"""What is done with a chunk of customers."""


def packed(batches: Iterable[pa.RecordBatch]) -> Batches:
    """The rows of a partition that is sorted by customer, in chunks of whole customers (`PACKS`)."""
    for number, rows in enumerate(whole_customers(batches, rows=CHUNK_ROWS)):
        part = rows["part"][0].as_py()
        for start in range(0, len(rows), PIECE_ROWS):
            piece = _written(rows.slice(start, PIECE_ROWS))
            last = start + PIECE_ROWS >= len(rows)
            columns = {"part": [part], "chunk": [number], "last": [last], "piece": [piece]}
            yield pa.RecordBatch.from_pydict(columns, schema=PACKS)


def _written(rows: pa.Table) -> bytes:
    written = pa.BufferOutputStream()
    with pa.ipc.new_stream(written, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_table(rows)
    written_bytes: bytes = written.getvalue().to_pybytes()
    return written_bytes


@dataclass(frozen=True)
class ChunkTask:
    """Work on chunks of customers.

    tabs: only the rows of these tables. ids: only these customers; chunks without any are left out.
    """

    shop: Shop
    work: Work
    tabs: tuple[int, ...] | None = None
    ids: pa.Array | None = None

    def pieces(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """The results for the packed chunks, one after another, in pieces (`RESULT`)."""
        for result in self.results(batches):
            pickled = pickle.dumps(result, protocol=5)
            for start in range(0, len(pickled), PIECE_BYTES):
                piece, last = pickled[start : start + PIECE_BYTES], start + PIECE_BYTES >= len(pickled)
                yield pa.RecordBatch.from_pydict({"last": [last], "piece": [piece]}, schema=RESULT)

    def results(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Any]:
        """What the work gives for each packed chunk."""
        for rows, opening in unpacked(batches):
            chosen = self._chosen(rows)
            if len(chosen):
                with self.shop.opened(chosen) as events:
                    yield from self.work(Chunk(events, opening))

    def _chosen(self, rows: pa.Table) -> pa.Table:
        if self.tabs is not None:
            rows = rows.filter(pc.is_in(rows["tab"], pa.array(self.tabs, pa.int32())))
        return rows if self.ids is None else rows.filter(pc.is_in(rows["customer"], self.ids))


@dataclass(frozen=True)
class Sent:
    """Work as a task gets it. pickled: a ChunkTask as bytes, or the broadcast variable that holds them."""

    pickled: Any

    def pieces(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """See `ChunkTask.pieces`."""
        task = _loaded(self.pickled if isinstance(self.pickled, bytes) else self.pickled.value)
        yield from task.pieces(batches)


@lru_cache(maxsize=1)
def _loaded(pickled: bytes) -> ChunkTask:
    """The task, loaded once for all partitions that a Python worker has, for there may be a model in it."""
    loaded: ChunkTask = pickle.loads(pickled)
    return loaded


def unpacked(
    batches: Iterable[pa.RecordBatch], *, columns: Sequence[str] | None = None
) -> Iterator[tuple[pa.Table, bool]]:
    """The chunks that were packed, with these columns (None: all), and whether one is the first of all."""
    held: list[pa.Table] = []
    for batch in batches:
        for pack in range(len(batch)):
            held.append(_read(batch["piece"][pack].as_buffer(), columns))
            if batch["last"][pack].as_py():
                yield pa.concat_tables(held), batch["part"][pack].as_py() == batch["chunk"][pack].as_py() == 0
                held = []


def _read(piece: pa.Buffer, columns: Sequence[str] | None) -> pa.Table:
    if columns is None:
        return pa.ipc.open_stream(piece).read_all()
    named = pa.ipc.open_stream(piece).schema.names
    wanted = [named.index(column) for column in columns]  # the others are not even decompressed
    return pa.ipc.open_stream(piece, options=pa.ipc.IpcReadOptions(included_fields=wanted)).read_all()


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
