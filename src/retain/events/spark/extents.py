"""Customers counted by when their rows begin and end, without looking at anything else in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retain.events.history import MICROSECONDS_A_DAY
from retain.events.spark.chunks import unpacked
from retain.events.spark.tasks import Batches

COUNTED = pa.schema([("customers", pa.int64())])


@dataclass(frozen=True)
class Extents:
    """Whoever has rows of some tables both early and late enough.

    tabs: the numbers of these tables. before: the first row is earlier than this day. since: the last is not.
    """

    tabs: tuple[int, ...]
    since: int
    before: int

    def counted(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        """How many there are in each packed chunk (`COUNTED`)."""
        for rows, _ in unpacked(batches, columns=("customer", "time", "tab")):
            yield pa.RecordBatch.from_pydict({"customers": [self._among(rows)]}, schema=COUNTED)

    def _among(self, rows: pa.Table) -> int:
        """rows: sorted by customer and time."""
        kept = rows.filter(pc.is_in(rows["tab"], pa.array(self.tabs, pa.int32()))).combine_chunks()
        if not len(kept):
            return 0
        time, first = kept["time"].to_numpy(), _firsts(kept["customer"])
        last = np.append(first[1:], len(kept)) - 1
        begun = time[first] < self.before * MICROSECONDS_A_DAY
        return int((begun & (time[last] >= self.since * MICROSECONDS_A_DAY)).sum())


def _firsts(customers: pa.ChunkedArray) -> NDArray[np.intp]:
    """Where each customer begins."""
    another = pc.not_equal(customers[1:], customers[:-1]).to_numpy()
    return np.concatenate([[0], np.flatnonzero(another) + 1])


def extents(tabs: Sequence[int], cutoffs: Sequence[int], *, active_within: int) -> Extents:
    """Of those who may be eligible at one of the cutoffs, as the extent of their rows tells."""
    return Extents(tuple(tabs), since=min(cutoffs) - active_within, before=max(cutoffs))
