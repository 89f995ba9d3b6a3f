"""Where the windows of sorted rows begin, and what is highest in them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retain.events.ordering import order_of

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_WORTH_SORTING = 16  # days asked for; one cutoff asks for about 12, which are counted faster
_KEPT = 24  # days; those of one cutoff, and those that the next one asks for again
_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Positions:
    """Where each customer's rows from a day on begin; the newest answers are kept."""

    customer: Integers
    day: Integers
    starts: Integers
    kept: dict[int, Integers] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def of(self, day: int) -> Integers:
        """(customers,) the position of the first row at or after `day`."""
        if day not in self.kept:
            self.asked.append(day)
            found = self._counted(day) if len(self.asked) < _WORTH_SORTING else self._moved(day)
            if len(self.kept) == _KEPT:
                del self.kept[next(iter(self.kept))]
            self.kept[day] = found
        return self.kept[day]

    def _counted(self, day: int) -> Integers:
        earlier = np.zeros(len(self.day) + 1, dtype=np.int32)
        np.cumsum(self.day < day, dtype=np.int32, out=earlier[1:])
        return self.starts[:-1] + np.diff(earlier.take(self.starts))

    def _moved(self, day: int) -> Integers:
        """Past the rows between a day that is known and this one."""
        days, customer = self._by_day
        near = _nearest(day, self.kept)
        lo, hi = days.searchsorted((near, day) if near < day else (day, near)).tolist()
        passed = np.bincount(customer[lo:hi], minlength=len(self.starts) - 1)
        return self.kept[near] + passed if near < day else self.kept[near] - passed

    @cached_property
    def _by_day(self) -> tuple[Integers, Integers]:
        order = order_of(self.day)
        return self.day.take(order), self.customer.take(order)


def _nearest(day: int, days: Iterable[int]) -> int:
    known = sorted(days)
    place = bisect_left(known, day)
    return min(known[max(place - 1, 0) : place + 1], key=lambda one: abs(one - day))


@dataclass(frozen=True, eq=False)
class Levels:
    """Numbers of rows as whole numbers from 1 on; 0 where there is none.

    lowest: the number of level 1. height: (n,) the levels. base: (n,) what keeps customers apart.
    """

    lowest: int
    height: Integers
    base: Integers

    def onwards(self, until: Mask) -> Integers:
        """(n,) the highest level from each row on, among the customer's rows of the mask; 0 if none."""
        reached = self.base + self.height * until
        return np.maximum.accumulate(reached[::-1])[::-1] - self.base


def levels(numbers: Integers, known: Mask, customer: Integers) -> Levels | None:
    """The known numbers as levels; None where there are none, or they lie too far apart for levels."""
    if not known.any():
        return None
    lowest = int(numbers.min(where=known, initial=_MOST))
    size = int(numbers.max(where=known, initial=-_MOST)) - lowest + 2
    last = int(customer[-1])
    if size * (last + 2) > _MOST:
        return None
    return Levels(lowest, (numbers - lowest + 1) * known, (last - customer) * size)
