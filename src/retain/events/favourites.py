"""What a customer buys: the categories in a span, and the favourite one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Integers, Mask, Rows, at, changes

Values = NDArray[np.float64]
_SHIFT = 32
_DAYS = (1 << _SHIFT) - 1
_EARLIEST = 1 << 24  # added to a day, so that days before 1970 are not negative


@dataclass(frozen=True, eq=False)
class Categories:
    """The categories of the rows in the window [start, end) of days; start None: all before its end.

    A row is an order and one category in it. The favourite is the category of most orders; of
    several, the one bought last. Unknown (NaN) where a customer has no row in the window.
    """

    rows: Rows
    chosen: Integers
    start: int | None
    end: int
    cutoff: int

    def count(self) -> Values:
        """Distinct categories; 0 where there are none."""
        return self._tallies[0].astype(np.float64)[self.chosen]

    def top_share(self) -> Values:
        """The favourite's share of the rows."""
        _, rows, best = self._tallies
        rows, most = rows[self.chosen], (best >> _SHIFT)[self.chosen]
        return np.where(rows > 0, most / np.maximum(rows, 1), np.nan)

    def top_age(self) -> Values:
        """Days since the favourite was last bought."""
        best = self._tallies[2][self.chosen]
        return np.where(best > 0, self.cutoff - (best & _DAYS) + _EARLIEST, np.nan)

    @cached_property
    def _tallies(self) -> tuple[Integers, Integers, Integers]:
        """(customers,) distinct categories, rows, and the favourite: its rows and last day packed."""
        pairs, owner = self.rows.pairs
        lo = pairs.starts[:-1] if self.start is None else pairs.before(self.start)
        hi = pairs.before(self.end)
        packed = np.where(hi > lo, ((hi - lo) << _SHIFT) | (at(pairs.day, hi - 1) + _EARLIEST), 0)
        best = np.zeros(self.rows.customers, dtype=np.int64)
        first = np.flatnonzero(changes(owner)) if len(owner) else owner
        best[owner[first]] = np.maximum.reduceat(packed, first) if len(first) else packed
        return self._per_customer(owner, hi > lo), self._per_customer(owner, hi - lo), best

    def _per_customer(self, owner: Integers, values: Integers | Mask) -> Integers:
        total = np.bincount(owner, weights=values, minlength=self.rows.customers)
        return total.astype(np.int64)
