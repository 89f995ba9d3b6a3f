"""What a customer buys: the categories in a span, and the favourite one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Integers, Rows, changes

Values = NDArray[np.float64]
_SHIFT = 32


@dataclass(frozen=True, eq=False)
class Categories:
    """The categories of the rows in the spans [lo, hi), one a customer of the chunk.

    A row is an order and one category in it. The favourite is the category of most orders; of
    several, the one bought last. Unknown (NaN) where a span has no row.
    """

    rows: Rows
    chosen: Integers
    lo: Integers
    hi: Integers
    cutoff: int

    def count(self) -> Values:
        """Distinct categories; 0 where there are none."""
        return self._counts[0].astype(np.float64)[self.chosen]

    def top_share(self) -> Values:
        """The favourite's share of the rows."""
        rows = (self.hi - self.lo)[self.chosen]
        best = (self._counts[1] >> _SHIFT)[self.chosen]
        return np.where(rows > 0, best / np.maximum(rows, 1), np.nan)

    def top_age(self) -> Values:
        """Days since the favourite was last bought."""
        best = self._counts[1][self.chosen]
        age = self.cutoff - (best & ((1 << _SHIFT) - 1)) - self._earliest
        return np.where(best > 0, age, np.nan)

    @cached_property
    def _earliest(self) -> int:
        return int(self.rows.day.min()) if len(self.rows) else 0

    @cached_property
    def _counts(self) -> tuple[Integers, Integers]:
        """(customers,) distinct categories, and the favourite as its count and last day packed."""
        customers = self.rows.customers
        order, group = self.rows.by_label
        if not len(order):
            return np.zeros(customers, np.int64), np.zeros(customers, np.int64)
        inside = (order >= np.repeat(self.lo, self._sizes)) & (order < np.repeat(self.hi, self._sizes))
        count = np.add.reduceat(inside, group, dtype=np.int64)
        day = np.where(inside, self.rows.day[order] - self._earliest, 0)
        packed = np.where(count > 0, (count << _SHIFT) | np.maximum.reduceat(day, group), 0)
        owner = self.rows.customer[order[group]]
        first = np.flatnonzero(changes(owner))
        best = np.zeros(customers, dtype=np.int64)
        best[owner[first]] = np.maximum.reduceat(packed, first)
        return np.bincount(owner[count > 0], minlength=customers), best

    @property
    def _sizes(self) -> Integers:
        return np.diff(self.rows.starts)
