"""What a customer buys: the categories in a span, and the favourite one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Integers, Mask, Rows, at, cumulative, unknown_unless

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
        _, lo, hi = self._pairs
        return self._per_customer(hi > lo).astype(np.float64)

    def top_share(self) -> Values:
        """The favourite's share of the rows."""
        _, lo, hi = self._pairs
        rows, most = self._per_customer(hi - lo), self._best >> _SHIFT
        return unknown_unless(rows > 0, most / np.maximum(rows, 1))

    def top_age(self) -> Values:
        """Days since the favourite was last bought."""
        best = self._best
        return unknown_unless(best > 0, self.cutoff - (best & _DAYS) + _EARLIEST)

    @cached_property
    def _pairs(self) -> tuple[Rows, Integers, Integers]:
        """The rows by pair of customer and category, and where each pair's window begins and ends."""
        pairs, _ = self.rows.pairs
        lo = pairs.starts[:-1] if self.start is None else pairs.before(self.start)
        return pairs, lo, pairs.before(self.end)

    @cached_property
    def _best(self) -> Integers:
        """(chosen,) the favourite: its rows and last day packed."""
        pairs, lo, hi = self._pairs
        packed = (((hi - lo) << _SHIFT) | (at(pairs.day, hi - 1) + _EARLIEST)) * (hi > lo)
        starts = self.rows.pair_starts
        some = np.flatnonzero(starts[:-1] < starts[1:])
        best = np.zeros(self.rows.customers, dtype=np.int64)
        best[some] = np.maximum.reduceat(packed, starts[some]) if len(some) else 0
        return best.take(self.chosen)

    def _per_customer(self, values: Integers | Mask) -> Integers:
        """(chosen,) what the customers' pairs have, added up."""
        return np.diff(cumulative(values).take(self.rows.pair_starts)).take(self.chosen)
