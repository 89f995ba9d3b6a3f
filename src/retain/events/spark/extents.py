"""Customers counted by when their rows begin and end, without looking at anything else in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retain.events.duckdb.counting import whole
from retain.events.people import Reach
from retain.events.spark.chunks import unpacked
from retain.events.spark.tasks import Batches

COUNTED = pa.schema([("customers", pa.int64())])


@dataclass(frozen=True)
class Extents:
    """Whoever has rows of one of some tables both early and late enough. tabs: these tables' numbers."""

    tabs: tuple[int, ...]
    reach: Reach

    def counted(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """How many there are in each packed chunk (`COUNTED`)."""
        for rows, _ in unpacked(batches, columns=("customer", "time", "tab")):
            yield pa.RecordBatch.from_pydict({"customers": [self._among(rows)]}, schema=COUNTED)

    def _among(self, rows: pa.Table) -> int:
        """rows: sorted by customer and time."""
        kept = (rows.filter(pc.equal(rows["tab"], tab)).combine_chunks() for tab in self.tabs)
        within = [self._within(of_one) for of_one in kept if len(of_one)]
        return len(pc.unique(pa.chunked_array(within, pa.string())))

    def _within(self, rows: pa.Table) -> pa.Array:
        """The customers, of the rows of one table."""
        time, first = rows["time"].to_numpy(), _firsts(rows["customer"])
        last = np.append(first[1:], len(rows)) - 1
        reached = first[self.reach.has(time[first], time[last])]
        return whole(rows["customer"]).take(pa.array(reached))


def _firsts(customers: pa.ChunkedArray) -> NDArray[np.intp]:
    """Where each customer begins."""
    another = pc.not_equal(customers[1:], customers[:-1]).to_numpy()
    return np.concatenate([[0], np.flatnonzero(another) + 1])
