"""The gaps between a customer's days: from one day with a row to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Integers, Rows, at, cumulative

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
        return self._known(self._sum / np.maximum(self._count, 1))

    def std(self) -> Values:
        """The sample standard deviation (n - 1); unknown for fewer than two gaps."""
        squares = cumulative(_gaps(self.rows) ** 2)
        square = at(squares, self.hi) - at(squares, self.lo + 1)
        n = self._count
        deviation = np.maximum(square - self._sum**2 / np.maximum(n, 1), 0.0)
        return np.where(n > 1, np.sqrt(deviation / np.maximum(n - 1, 1)), np.nan)

    def last(self) -> Values:
        """The newest gap."""
        newest = np.where(self.rows.first_of_day, np.arange(len(self.rows)), 0)
        return self._known(at(_gaps(self.rows), at(np.maximum.accumulate(newest), self.hi - 1)))

    def longest(self) -> Values:
        """The longest gap."""
        return self._known(_longest(_gaps(self.rows), self.lo + 1, self.hi))

    def quantile(self, q: float) -> Values:
        """The smallest gap that at least the share `q` of the gaps do not exceed."""
        gaps = _gaps(self.rows)
        of_gap = np.flatnonzero(gaps > 0)
        order = of_gap[np.lexsort((gaps[of_gap], self.rows.customer[of_gap]))]
        inside = (order > self._wide(self.lo)[self.rows.customer[order]]) & (
            order < self._wide(self.hi)[self.rows.customer[order]]
        )
        ranked = gaps[order[inside]]
        ends = np.cumsum(self._count)
        rank = np.maximum(np.ceil(q * self._count - 1e-9).astype(np.int64), 1)
        return self._known(at(ranked, ends - self._count + rank - 1))

    @property
    def _count(self) -> Integers:
        days = self.rows.days
        return np.where(self.hi > self.lo, at(days, self.hi) - at(days, self.lo + 1), 0)

    @property
    def _sum(self) -> Integers:
        return at(self.rows.day, self.hi - 1) - at(self.rows.day, self.lo)

    def _known(self, values: Integers | Values) -> Values:
        return np.where(self._count > 0, values, np.nan)

    def _wide(self, positions: Integers) -> Integers:
        """The positions spread over all customers of the chunk; -1 for those not chosen."""
        wide = np.full(self.rows.customers, -1, dtype=np.int64)
        wide[self.chosen] = positions
        return wide


def _gaps(rows: Rows) -> Integers:
    """(n,) days since the row before of the same customer; 0 for the first."""
    gaps = np.diff(rows.day, prepend=rows.day[:1])
    return np.where(rows.first_of_customer, 0, gaps)


def _longest(gaps: Integers, lo: Integers, hi: Integers) -> Integers:
    bounds = np.empty(2 * len(lo), dtype=np.int64)
    bounds[0::2] = np.minimum(lo, len(gaps))
    bounds[1::2] = np.maximum(hi, bounds[0::2])
    longest: Integers = np.maximum.reduceat(np.append(gaps, 0), bounds)[0::2] if len(lo) else lo
    return longest
