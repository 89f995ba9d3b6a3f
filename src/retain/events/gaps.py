"""The gaps between a customer's days: from one day with a row to the next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Integers, Rows, at, reduce_spans, unknown_unless

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gaps:
    """Gaps in days between consecutive distinct days with a row, inside the spans [lo, hi).

    Unknown (NaN) where a span has fewer than two such days.
    """

    rows: Rows
    chosen: Integers
    lo: Integers
    hi: Integers

    def count(self) -> Values:
        """How many gaps: distinct days less one, at least 0."""
        return self._count.astype(np.float64)

    def mean(self) -> Values:
        """The mean gap: days from the first to the last, divided by the number of gaps."""
        return self._mean

    def std(self) -> Values:
        """The sample standard deviation (n - 1); unknown for fewer than two gaps."""
        squares = self.rows.squared_gaps
        square = at(squares, self.hi) - at(squares, self.lo + 1)
        n = self._count
        deviation = np.maximum(square - self._sum**2 / np.maximum(n, 1), 0.0)
        return unknown_unless(n > 1, np.sqrt(deviation / np.maximum(n - 1, 1)))

    def last(self) -> Values:
        """The newest gap."""
        return self._last

    def longest(self) -> Values:
        """The longest gap."""
        if self._from_the_first:
            return self._known(at(self.rows.longest_gaps, self.hi - 1))
        return self._known(reduce_spans(np.maximum, self.rows.gaps, self.lo + 1, self.hi))

    def quantile(self, q: float) -> Values:
        """The smallest gap that at least the share `q` of the gaps do not exceed."""
        order, gaps, customer = self.rows.by_gap
        inside = order < self._wide(self.hi).take(customer)
        if not self._from_the_first:
            inside &= order > self._wide(self.lo).take(customer)
        ranked = gaps.compress(inside)
        ends = np.cumsum(self._count)
        rank = np.maximum(np.ceil(q * self._count - 1e-9).astype(np.int64), 1)
        return self._known(at(ranked, ends - self._count + rank - 1))

    @cached_property
    def _mean(self) -> Values:
        return self._known(self._sum / np.maximum(self._count, 1))

    @cached_property
    def _last(self) -> Values:
        return self._known(at(self.rows.gaps, at(self.rows.newest_day, self.hi - 1)))

    @cached_property
    def _count(self) -> Integers:
        days = self.rows.days
        return (at(days, self.hi) - at(days, self.lo + 1)) * (self.hi > self.lo)

    @cached_property
    def _from_the_first(self) -> bool:
        """Whether all spans begin with their customer's first row."""
        return bool(np.array_equal(self.lo, self.rows.starts.take(self.chosen)))

    @cached_property
    def _sum(self) -> Integers:
        days = at(self.rows.day, self.hi - 1) - at(self.rows.day, self.lo)
        return days.astype(np.int64)

    def _known(self, values: Integers | Values) -> Values:
        found = unknown_unless(self._count > 0, values)
        found.setflags(write=False)  # several features share it
        return found

    def _wide(self, positions: Integers) -> Integers:
        """The positions spread over all customers of the chunk; -1 for those not chosen."""
        wide = np.full(self.rows.customers, -1, dtype=np.int64)
        wide[self.chosen] = positions
        return wide
