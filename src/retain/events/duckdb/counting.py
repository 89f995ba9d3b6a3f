"""One pass over each table: customers are numbered, and their rows counted."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Config
from retain.events import contract_sql, customer_sql
from retain.events.days import MICROSECONDS_A_DAY, to_day
from retain.events.numbering import Keys, Numbering, Numbers
from retain.events.people import NO_TIME, Integers, People, Seen, Totals
from retain.events.table_names import names_of, table_names
from retain.progress import SilentStep, Step

Marks = NDArray[np.uint64]

BATCH_ROWS = 250_000
_NEVER = np.iinfo(np.int64).max
_ODD = np.uint64(0x9E3779B97F4A7C15)


class SharedKeyError(Exception):
    """Two customers have one key."""


def people_of(connection: duckdb.DuckDBPyConnection, config: Config, *, as_of: date) -> People:
    """Everybody in the clean views of a config's tables."""
    counting = Counting(connection, as_of=as_of)
    for name in [*table_names(config), *names_of(config, contract_sql.NAME)]:
        counting.add(name)
    return counting.people(as_of=as_of)


class Counting:
    """The passes over the tables; `totals` and `people` give what was counted, once all are.

    as_of: rows at or after it count in the totals alone; where it is not known yet, `people` tells it. Where
    two customers share a key, all that was counted is counted again by other keys.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, as_of: date | None = None) -> None:
        self._connection = connection
        self._before = _NEVER if as_of is None else _midnight(as_of)
        self._names: list[str] = []
        self._begin(salt=0)

    def add(self, name: str, step: Step | None = None) -> None:
        """Count the rows of the clean view `name`; of contracts what was seen is counted already."""
        self._names.append(name)
        try:
            self._count(name, step or SilentStep())
        except SharedKeyError:
            self._again()

    def totals(self) -> dict[str, Totals]:
        """What each table holds altogether, whatever the as-of."""
        _, order = self._known
        found = dict[str, Totals]()
        for name in self._seen:
            parts = [part[name] for part in (self._seen, self._later) if len(part[name].rows)]
            found[name] = Totals.of([part.sized(len(self._numbering)) for part in parts], known=order)
        return found

    def people(self, *, as_of: date) -> People:
        """Everybody, and what the tables hold of them before the as-of.

        `contract_sql.terms_table` has been made by then. A table with later rows that was counted when the
        as-of was not known yet is counted again.
        """
        ids, order = self._known
        self._count_before(as_of)
        seen = {name: seen.sized(len(self._numbering)) for name, seen in self._seen.items()}
        return People(self._numbering.keys.copy(), ids, order, seen)

    def _count_before(self, as_of: date) -> None:
        self._before = _midnight(as_of)
        for name, seen in self._seen.items():
            if name == contract_sql.NAME:
                if self._connection.execute(contract_sql.SOME_LEFT_OUT).fetchall()[0][0]:
                    self._seen[name], _ = self._tallied(contract_sql.STARTS, SilentStep())
            elif seen.newest.max(initial=NO_TIME) >= self._before:
                self._count(name, SilentStep())

    @cached_property
    def _known(self) -> tuple[pa.Array, Numbers]:
        """The ids that are not blank, ascending, and the number of each."""
        ids, customers = pa.concat_arrays(self._ids), len(self._numbering)
        numbered = pa.table({"id": ids, "number": np.arange(customers, dtype=np.int32)})
        self._connection.register("retain_ids", numbered)
        known = self._connection.sql(customer_sql.KNOWN_IDS).to_arrow_table().combine_chunks()
        self._connection.unregister("retain_ids")
        return whole(known["id"]), known["number"].to_numpy()

    def _begin(self, *, salt: int) -> None:
        self._connection.execute(customer_sql.key_macro(salt))
        self._salt = salt
        self._numbering = Numbering()
        self._ids: list[pa.Array] = [pa.array([], pa.string())]
        self._marks: Marks = np.empty(0, np.uint64)
        self._seen: dict[str, Seen] = {}
        self._later: dict[str, Seen] = {}

    def _again(self) -> None:
        self._begin(salt=self._salt + 1)
        try:
            for name in self._names:
                self._count(name, SilentStep())
        except SharedKeyError:
            self._again()

    def _count(self, name: str, step: Step) -> None:
        if name == contract_sql.NAME:
            self._seen[name], self._later[name] = self._contracts(step), Seen.of_nobody()
        else:
            self._seen[name], self._later[name] = self._tallied(customer_sql.moments(name), step)

    def _tallied(self, query: str, step: Step) -> tuple[Seen, Seen]:
        """The rows before the as-of, and those at or after it."""
        seen = later = Seen.of_nobody()
        for batch in self._connection.sql(query).to_arrow_reader(BATCH_ROWS):
            numbers, times = self._numbers(batch["id"], batch["key"].to_numpy()), _microseconds(batch["time"])
            late = times >= self._before
            if late.any():
                later = self._room(later)
                _tally(later, numbers[late], times[late])
                numbers, times = numbers[~late], times[~late]
            seen = self._room(seen)
            _tally(seen, numbers, times)
            step.advance(len(batch))
        return seen, later

    def _contracts(self, step: Step) -> Seen:
        seen = Seen.of_nobody()
        for batch in self._connection.sql(contract_sql.EXTENTS).to_arrow_reader(BATCH_ROWS):
            numbers = self._numbers(batch["id"], batch["key"].to_numpy())
            seen = self._room(seen)
            _put(seen, numbers, batch)
            step.advance(len(batch))
        return seen

    def _room(self, seen: Seen) -> Seen:
        """For everybody who has a number."""
        customers = len(self._numbering)
        return seen.sized(customers * 5 // 4) if customers > len(seen.rows) else seen

    def _numbers(self, ids: pa.Array, keys: Keys) -> Numbers:
        """(n,) the number of each row's customer. Raises SharedKeyError where two have one key."""
        numbers, first = self._numbering.add(keys)
        marks = _marks(ids)
        if len(first):
            self._ids.append(ids.take(pa.array(first)))
            if len(self._numbering) > len(self._marks):
                self._marks = np.resize(self._marks, len(self._numbering) * 5 // 4)
            self._marks[len(self._numbering) - len(first) : len(self._numbering)] = marks[first]
        if (self._marks.take(numbers) != marks).any():
            raise SharedKeyError
        return numbers


def _tally(seen: Seen, numbers: Numbers, times: Integers) -> None:
    """Count a row of each of these customers; one that cannot be used has no time."""
    np.add.at(seen.rows, numbers, 1)
    out = times == NO_TIME
    if out.any():
        np.add.at(seen.unusable, numbers[out], 1)
        numbers, times = numbers[~out], times[~out]
    np.minimum.at(seen.oldest, numbers, times)
    np.maximum.at(seen.newest, numbers, times)


def _put(seen: Seen, numbers: Numbers, batch: pa.RecordBatch) -> None:
    """Set what is known already of each of these customers."""
    seen.rows[numbers] = batch["rows"].to_numpy()
    seen.unusable[numbers] = batch["unusable"].to_numpy()
    used = seen.rows[numbers] > seen.unusable[numbers]
    for name in ("oldest", "newest"):
        getattr(seen, name)[numbers[used]] = _microseconds(batch[name])[used]


def _marks(ids: pa.Array) -> Marks:
    """(n,) another number for each id, of its length, its last and, if it is longer, its first eight bytes.

    Two ids that have a key in common are told apart by it.
    """
    _, offsets, data = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1].astype(np.intp)
    padding = np.zeros(8, np.uint8)
    text = np.concatenate([padding, np.frombuffer(data or b"", np.uint8), padding])
    words = np.ndarray(len(text) - 7, "<u8", text, strides=(1,))
    length = np.diff(ends)
    marks: Marks = words.take(ends[1:])
    if length.min(initial=8) < 8:
        marks >>= ((8 - np.minimum(length, 8)) << 3).view(np.uint64)
    if length.max(initial=0) > 8:
        marks ^= words[8:].take(ends[:-1]) * np.where(length > 8, _ODD, 0)
    marks ^= length.view(np.uint64) << 56
    return marks


def _midnight(day: date) -> int:
    """At which a day begins, in microseconds since 1970-01-01."""
    return to_day(day) * MICROSECONDS_A_DAY


def _microseconds(times: pa.Array) -> Integers:
    values: Integers = times.to_numpy(zero_copy_only=False).view(np.int64)
    return values


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
