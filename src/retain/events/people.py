"""Who is in the tables: the extent of each customer's rows, and who of them is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.days import MICROSECONDS_A_DAY
from retain.events.numbering import Keys, Numbers

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

NO_TIME = np.iinfo(np.int64).min
_LATE, _EARLY = np.iinfo(np.int64).max, NO_TIME


@dataclass(frozen=True)
class Reach:
    """Who may be eligible at one of some cutoffs, as far as the first and the last of their rows tell.

    since: the day that the last must not lie before; before: the day that the first must lie before.
    """

    since: int
    before: int

    @classmethod
    def of(cls, churn: Churn, cutoffs: Sequence[int]) -> Reach:
        """Of the last rows; where churn is the end of a contract, of when the last one runs out."""
        still = 0 if churn.when == "ended" else churn.active_within
        return cls(since=min(cutoffs) - still, before=max(cutoffs))

    def has(self, first: Integers, last: Integers) -> Mask:
        """(customers,) whose first and last times, in microseconds, are within."""
        return (first < self.before * MICROSECONDS_A_DAY) & (last >= self.since * MICROSECONDS_A_DAY)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a table holds of each customer, by number.

    rows: all of them; unusable: those set aside. oldest, newest: times of the usable rows in microseconds
    since 1970-01-01. until: of contracts the time at which they have run out, else None.
    """

    rows: Integers
    unusable: Integers
    oldest: Integers
    newest: Integers
    until: Integers | None = None

    @classmethod
    def of_nobody(cls, *, contracts: bool = False) -> Seen:
        """No customers."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty, empty if contracts else None)

    @property
    def used(self) -> Integers:
        """(customers,) usable rows."""
        return self.rows - self.unusable

    def sized(self, customers: int) -> Seen:
        """The same of so many customers: the new ones have no rows."""
        return Seen(
            _sized(self.rows, customers, 0),
            _sized(self.unusable, customers, 0),
            _sized(self.oldest, customers, _LATE),
            _sized(self.newest, customers, _EARLY),
            None if self.until is None else _sized(self.until, customers, _EARLY),
        )

    def take(self, numbers: Numbers) -> Seen:
        """Of these customers."""
        until = None if self.until is None else self.until.take(numbers)
        rows, unusable = self.rows.take(numbers), self.unusable.take(numbers)
        return Seen(rows, unusable, self.oldest.take(numbers), self.newest.take(numbers), until)

    def within(self, reach: Reach) -> Mask:
        """(customers,) whose usable rows, or contracts, reach so far."""
        last = self.newest if self.until is None else self.until
        return (self.used > 0) & reach.has(self.oldest, last)


def _sized(values: Integers, count: int, fill: int) -> Integers:
    if count <= len(values):
        return values[:count]
    return np.concatenate([values, np.full(count - len(values), fill, values.dtype)])


@dataclass(frozen=True)
class Totals:
    """What a table holds altogether: rows, usable ones of known customers, those without a customer."""

    rows: int
    used: int
    anonymous: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, eq=False)
class Coded:
    """Some of the customers in the order of their ids: the place there is a customer's code.

    rows: (customers,) how many usable rows all tables hold of each.
    """

    ids: pa.Array
    keys: Keys
    rows: Integers

    def __len__(self) -> int:
        return len(self.keys)

    def table(self) -> pa.Table:
        """customer and code."""
        return pa.table({"customer": self.ids, "code": np.arange(len(self), dtype=np.int32)})


@dataclass(frozen=True, eq=False)
class People:
    """Everybody in the tables, by number.

    keys: of each number. ids: of those who have one, ascending; order: their numbers. seen: by table.
    """

    keys: Keys = field(repr=False)
    ids: pa.Array = field(repr=False)
    order: Numbers = field(repr=False)
    seen: Mapping[str, Seen] = field(repr=False)

    def totals(self, name: str) -> Totals:
        """What the table `name` holds."""
        everybody, known = self.seen[name], self.seen[name].take(self.order)
        rows, used = int(everybody.rows.sum()), known.used > 0
        return Totals(
            rows=rows,
            used=int(known.used.sum()),
            anonymous=rows - int(known.rows.sum()),
            oldest=_moment(known.oldest[used].min()) if used.any() else None,
            newest=_moment(known.newest[used].max()) if used.any() else None,
        )

    def wanted(self, churn: Churn, counted: Sequence[str], cutoffs: Sequence[int] | None) -> Mask:
        """(ids,) who has usable rows; with cutoffs, only who can be eligible at one of them.

        counted: the tables whose rows make a customer of somebody.
        """
        wanted = np.zeros(len(self.keys), dtype=bool)
        if cutoffs is None:
            for seen in self.seen.values():
                wanted |= seen.used > 0
        else:
            for name in counted:
                wanted |= self.seen[name].within(Reach.of(churn, cutoffs))
        return wanted.take(self.order)

    def coded(self, wanted: Mask) -> Coded:
        """Those who are wanted."""
        numbers = self.order[wanted]
        rows = np.zeros(len(numbers), np.int64)
        for seen in self.seen.values():
            rows += seen.used.take(numbers)
        return Coded(self.ids.filter(pa.array(wanted)), self.keys.take(numbers), rows)

    def table(self, name: str) -> pa.Table:
        """One row for each customer in the table `name`: customer, rows, used, oldest and newest."""
        seen = self.seen[name].take(self.order)
        there = seen.rows > 0
        unknown = pa.array(seen.used == 0).filter(pa.array(there))
        columns = {
            "customer": self.ids.filter(pa.array(there)),
            "rows": seen.rows[there],
            "used": seen.used[there],
        }
        for name, times in (("oldest", seen.oldest), ("newest", seen.newest)):
            found = pa.array(times[there]).cast(pa.timestamp("us"))
            columns[name] = pa.compute.if_else(unknown, None, found)
        return pa.table(columns)


def _moment(microseconds: np.int64) -> datetime:
    moment: datetime = np.datetime64(int(microseconds), "us").item()
    return moment
