"""Rows of one table for a chunk of customers, and the cumulative arrays that windows are read from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

UNKNOWN = np.iinfo(np.int64).min
"""Stands for an unknown number; never a real one."""

TEN_THOUSANDTHS = 10_000
"""Numbers are kept as whole ten-thousandths, so that differences of cumulative sums are exact."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows sorted by customer, then time.

    customers: how many customers the chunk has, with or without rows here.
    customer: (n,) the position of each row's customer in the chunk, ascending.
    day: (n,) days since 1970-01-01 in the business's timezone, ascending within a customer.
    number: (n,) the amount or value in ten-thousandths, `UNKNOWN` where there is none.
    label: (n,) the code of the kind (activity) or category (orders).
    known: (n,) the first cutoff at which the row may be seen; gone: (n,) the last one.
    """

    customers: int
    customer: Integers
    day: Integers
    number: Integers | None = None
    label: Integers | None = None
    known: Integers | None = None
    gone: Integers | None = None

    def __len__(self) -> int:
        return len(self.day)

    def take(self, chosen: Mask | Integers) -> Rows:
        """The chosen rows, in their order."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        taken: dict[str, Any] = {n: None if c is None else c[chosen] for n, c in columns.items()}
        return replace(self, **taken)

    @property
    def timed(self) -> bool:
        """Whether what is visible depends on more than the rows' days."""
        return self.known is not None or self.gone is not None

    def visible(self, cutoff: int, *, hindsight: bool = False) -> Rows:
        """The rows that could be seen at `cutoff`: recorded before it, not cancelled before it.

        Rows at or after the cutoff may be among them: a position ends a window, not this. hindsight:
        also the rows that were recorded only later.
        """
        if not self.timed:
            return self
        seen = self.seen(cutoff, hindsight=hindsight)
        return replace(self.take(seen), known=None, gone=None)

    def seen(self, cutoff: int, *, hindsight: bool = False) -> Mask:
        """(n,) whether a row is among the visible ones."""
        seen = np.ones(len(self), dtype=bool)
        if self.known is not None and not hindsight:
            seen &= self.known <= cutoff
        if self.gone is not None:
            seen &= self.gone >= cutoff
        return seen

    @cached_property
    def starts(self) -> Integers:
        """(customers + 1,) where each customer's rows begin."""
        return np.searchsorted(self.customer, np.arange(self.customers + 1)).astype(np.int64)

    def before(self, day: int) -> Integers:
        """(customers,) the position of each customer's first row at or after `day`."""
        if day not in self._positions:
            self._positions[day] = self._count_before(day)
        return self._positions[day]

    @cached_property
    def _positions(self) -> dict[int, Integers]:
        return {}

    def _count_before(self, day: int) -> Integers:
        earlier = self.day < day
        total = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(earlier, out=total[1:])
        first, end = self.starts[:-1], self.starts[1:]
        return first + total[end] - total[first]

    @cached_property
    def total(self) -> Integers:
        """(n + 1,) numbers added up before each row; wraps around, which differences undo."""
        return cumulative(np.where(self.numbers == UNKNOWN, 0, self.numbers))

    @cached_property
    def known_numbers(self) -> Integers:
        """(n + 1,) how many rows before each one have a number."""
        return cumulative(self.numbers != UNKNOWN)

    @property
    def numbers(self) -> Integers:
        """(n,) the numbers, all `UNKNOWN` where the table has none."""
        return np.full(len(self), UNKNOWN) if self.number is None else self.number

    @cached_property
    def first_of_customer(self) -> Mask:
        """(n,) whether a row is its customer's first."""
        return changes(self.customer)

    @cached_property
    def first_of_day(self) -> Mask:
        """(n,) whether a row is its customer's first on its day."""
        return self.first_of_customer | changes(self.day)

    @cached_property
    def days(self) -> Integers:
        """(n + 1,) how many rows before each one are the first of a customer's day."""
        return cumulative(self.first_of_day)

    @cached_property
    def by_label(self) -> tuple[Integers, Integers]:
        """The rows' positions in the order of customer and label, and where each such pair begins."""
        if self.label is None or not len(self):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        pair = self.customer * (int(self.label.max()) + 1) + self.label
        order = np.argsort(pair, kind="stable")
        return order, np.flatnonzero(changes(pair[order]))

    def weeks(self, cutoff: int) -> Integers:
        """(n + 1,) like `days`, for seven-day weeks counted back from `cutoff`."""
        return cumulative(self.first_of_customer | changes((self.day - cutoff) // 7))


_COLUMNS = tuple(f.name for f in fields(Rows) if f.name != "customers")


def cumulative(values: Integers | Mask) -> Integers:
    """(n + 1,) the sum before each position, and the whole at the end."""
    total = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    return total


def changes(values: Integers | Mask) -> Mask:
    """(n,) whether a value differs from the one before it; the first does."""
    changed = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed


def at(values: NDArray[np.int64], positions: Integers) -> Integers:
    """`values[positions]`, with any value at all where a position lies outside."""
    if len(values) == 0:
        return np.zeros(len(positions), dtype=values.dtype)
    return values[np.clip(positions, 0, len(values) - 1)]
