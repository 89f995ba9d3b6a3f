"""Rows of one table for a chunk of customers, and the cumulative arrays that windows are read from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from retain.events.ordering import order_of
from retain.events.windows import Levels, Positions, levels

Integers = NDArray[np.int64]
Days = NDArray[np.signedinteger[Any]]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
N = TypeVar("N", bound=np.generic)

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
    day: Days
    number: Integers | None = None
    label: Integers | None = None
    known: Integers | None = None
    gone: Integers | None = None

    def __len__(self) -> int:
        return len(self.day)

    def take(self, chosen: Mask | Integers) -> Self:
        """The chosen rows, in their order."""
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        taken: dict[str, Any] = {n: None if c is None else c.take(places) for n, c in columns.items()}
        return replace(self, **taken)

    def of_first(self, customers: int) -> Self:
        """The rows of the first so many customers."""
        end = int(self.starts[customers])
        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        first: dict[str, Any] = {name: None if c is None else c[:end] for name, c in columns.items()}
        return replace(self, customers=customers, **first)

    def until(self, day: int) -> Self:
        """The rows before `day`, as if later ones had never come."""
        return self.take(self.day < day)

    @property
    def timed(self) -> bool:
        """Whether what is visible depends on more than the rows' days."""
        return self.known is not None or self.gone is not None

    def visible(self, cutoff: int, *, hindsight: bool = False) -> Self:
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
        return cumulative(np.bincount(self.customer, minlength=self.customers), dtype=np.int64)

    def before(self, day: int) -> Integers:
        """(customers,) the position of each customer's first row at or after `day`."""
        return self._positions.of(day)

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self.customer, self.day, self.starts)

    @cached_property
    def numbers_above(self) -> Levels | None:
        """The numbers as levels, the higher the higher; none where they lie too far apart."""
        return levels(self.numbers, self.numbers != UNKNOWN, self.customer)

    @cached_property
    def numbers_below(self) -> Levels | None:
        """The numbers as levels, the lower the higher."""
        return levels(-self.numbers, self.numbers != UNKNOWN, self.customer)

    @cached_property
    def total(self) -> Integers:
        """(n + 1,) numbers added up before each row; wraps around, which differences undo."""
        numbers = self.numbers
        return cumulative(numbers if self.complete else numbers * (numbers != UNKNOWN), dtype=np.int64)

    @cached_property
    def known_numbers(self) -> Integers:
        """(n + 1,) how many rows before each one have a number."""
        return cumulative(self.numbers != UNKNOWN)

    @cached_property
    def complete(self) -> bool:
        """Whether every row has a number."""
        return self.number is not None and not (self.number == UNKNOWN).any()

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
    def pairs(self) -> tuple[Rows, Integers]:
        """The rows of each pair of customer and label, as if it were a customer; and whose pair it is."""
        label = np.zeros(len(self), dtype=np.int64) if self.label is None else self.label
        order = order_of(label, self.customer)
        customer = self.customer.take(order)
        begins = changes(customer) | changes(label.take(order))
        rows = Rows(int(begins.sum()), np.cumsum(begins) - 1, self.day.take(order))
        return rows, customer.compress(begins)

    @cached_property
    def pair_starts(self) -> Integers:
        """(customers + 1,) where each customer's pairs begin."""
        return cumulative(np.bincount(self.pairs[1], minlength=self.customers), dtype=np.int64)

    def weeks(self, cutoff: int) -> Integers:
        """(n + 1,) like `days`, for seven-day weeks counted back from `cutoff`."""
        begins = cutoff % 7
        if begins not in self._weeks:
            self._weeks[begins] = cumulative(self.first_of_customer | changes((self.day - begins) // 7))
        return self._weeks[begins]

    @cached_property
    def _weeks(self) -> dict[int, Integers]:
        return {}

    @cached_property
    def gaps(self) -> Integers:
        """(n,) days since the row before of the same customer; 0 for the first."""
        return np.diff(self.day, prepend=self.day[:1]) * ~self.first_of_customer

    @cached_property
    def squared_gaps(self) -> Integers:
        """(n + 1,) squares of the gaps added up before each row."""
        return cumulative(self.gaps.astype(np.int64) ** 2, dtype=np.int64)

    @cached_property
    def newest_day(self) -> Integers:
        """(n,) the position of the first row of the day that a row is on."""
        return np.maximum.accumulate(np.arange(len(self)) * self.first_of_day)

    @cached_property
    def longest_gaps(self) -> Integers:
        """(n,) the longest gap of the customer up to each row."""
        size = int(self.gaps.max(initial=0)) + 1
        base = self.customer * size
        return np.maximum.accumulate(base + self.gaps) - base

    @cached_property
    def by_gap(self) -> tuple[Integers, Integers, Integers]:
        """The positions of the rows that end a gap, by customer and length; the gaps; whose they are."""
        ends = np.flatnonzero(self.gaps)
        gaps, customer = self.gaps.take(ends), self.customer.take(ends)
        order = order_of(gaps, customer)
        return ends.take(order), gaps.take(order), customer


_COLUMNS = tuple(f.name for f in fields(Rows) if f.name != "customers")


def cumulative(values: NDArray[Any], *, dtype: DTypeLike = np.int32) -> NDArray[Any]:
    """(n + 1,) the sum before each position, and the whole at the end; of a mask int32 will do."""
    total = np.zeros(len(values) + 1, dtype=dtype)
    np.cumsum(values, dtype=dtype, out=total[1:])
    return total


def unknown_unless(known: Mask, values: NDArray[Any]) -> Values:
    """The values where they are known, else NaN.

    Without a branch: where a mask is as good as random, `np.where` takes five times as long.
    """
    found: Values = _NAN_OR_ONE.take(known.view(np.int8))
    found *= values
    return found


_NAN_OR_ONE = np.array([np.nan, 1.0])


def changes(values: Integers | Mask) -> Mask:
    """(n,) whether a value differs from the one before it; the first does."""
    changed = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed


def at(values: NDArray[N], positions: Integers) -> NDArray[N]:
    """`values[positions]`, with any value at all where a position lies outside."""
    if len(values) == 0:
        return np.zeros(len(positions), dtype=values.dtype)
    return values.take(positions, mode="clip")


def reduce_spans(how: np.ufunc, values: Integers, lo: Integers, hi: Integers) -> Integers:
    """`how.reduce(values[lo:hi])` for each pair, of which the last reaches farthest; 0 where lo >= hi."""
    reduced = np.zeros(len(lo), dtype=np.int64)
    inside = np.flatnonzero(lo < hi)
    if not len(inside):
        return reduced
    bounds = np.empty(2 * len(inside), dtype=np.int64)
    bounds[0::2], bounds[1::2] = lo[inside], hi[inside]
    if bounds[-1] == len(values):  # the last span reaches the end, which needs no bound
        bounds = bounds[:-1]
    reduced[inside] = how.reduceat(values, bounds)[0::2]
    return reduced


def ragged(lo: Integers, hi: Integers) -> tuple[Integers, Integers]:
    """The positions in all spans one after another, and which span each belongs to."""
    counts = np.maximum(hi - lo, 0)
    owner = np.repeat(np.arange(len(lo)), counts)
    first = np.repeat(lo - np.cumsum(counts) + counts, counts)
    return np.arange(len(owner)) + first, owner
