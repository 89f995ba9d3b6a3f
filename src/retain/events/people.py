"""Who is in the tables: the extent of each customer's rows before the as-of, and who of them is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.days import MICROSECONDS_A_DAY
from retain.events.numbering import NOBODY, Keys, Numbering, Numbers

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

NO_TIME = np.iinfo(np.int64).min
_LATE, _EARLY = np.iinfo(np.int64).max, NO_TIME


@dataclass(frozen=True)
class Reach:
    """Who may be eligible at one of some cutoffs, as far as the first and the last row of a table tell.

    since: the day that the last must not lie before; before: the day that the first must lie before.
    """

    since: int
    before: int

    @classmethod
    def of(cls, churn: Churn, cutoffs: Sequence[int]) -> Reach:
        """Where rows keep a customer: of contracts, `contract_sql.running_at` tells."""
        return cls(since=min(cutoffs) - churn.active_within, before=max(cutoffs))

    def has(self, first: Integers, last: Integers) -> Mask:
        """(customers,) whose first and last times, in microseconds, are within."""
        return (first < self.before * MICROSECONDS_A_DAY) & (last >= self.since * MICROSECONDS_A_DAY)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a table holds of each customer before the as-of, by number.

    rows: all of them; unusable: those set aside. oldest, newest: times of the usable rows in microseconds
    since 1970-01-01.
    """

    rows: Integers
    unusable: Integers
    oldest: Integers
    newest: Integers

    @classmethod
    def of_nobody(cls) -> Seen:
        """No customers."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty)

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
        )

    def take(self, numbers: Numbers) -> Seen:
        """Of these customers."""
        rows, unusable = self.rows.take(numbers), self.unusable.take(numbers)
        return Seen(rows, unusable, self.oldest.take(numbers), self.newest.take(numbers))


def _sized(values: Integers, count: int, fill: int) -> Integers:
    if count <= len(values):
        return values[:count]
    return np.concatenate([values, np.full(count - len(values), fill, values.dtype)])


@dataclass(frozen=True)
class Totals:
    """What a table holds altogether: rows, usable ones of known customers, those without a customer.

    Whatever the as-of. oldest, newest: of the usable rows.
    """

    rows: int
    used: int
    anonymous: int
    oldest: datetime | None
    newest: datetime | None

    @classmethod
    def of(cls, parts: Sequence[Seen], *, known: Numbers) -> Totals:
        """Of a table that was seen in parts. known: the customers who have an id."""
        rows, ours = sum(int(part.rows.sum()) for part in parts), [part.take(known) for part in parts]
        there = [(part.oldest[used], part.newest[used]) for part in ours if (used := part.used > 0).any()]
        return cls(
            rows=rows,
            used=sum(int(part.used.sum()) for part in ours),
            anonymous=rows - sum(int(part.rows.sum()) for part in ours),
            oldest=_moment(min(oldest.min() for oldest, _ in there)) if there else None,
            newest=_moment(max(newest.max() for _, newest in there)) if there else None,
        )


@dataclass(frozen=True, eq=False)
class Coded:
    """Some of the customers in the order of their ids: the place there is a customer's code.

    rows: (customers,) how many usable rows all tables hold of each before the as-of.
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

    def there(self) -> Mask:
        """(ids,) who has usable rows before the as-of."""
        there = np.zeros(len(self.keys), dtype=bool)
        for seen in self.seen.values():
            there |= seen.used > 0
        return there.take(self.order)

    def within(self, reach: Reach, names: Sequence[str]) -> Mask:
        """(ids,) whose usable rows of one of these tables reach so far."""
        within = np.zeros(len(self.keys), dtype=bool)
        for name in names:
            within |= reach.has(self.seen[name].oldest, self.seen[name].newest)
        return within.take(self.order)

    def among(self, keys: Keys) -> Mask:
        """(ids,) whose key is one of these, which are all different."""
        found: Mask = Numbering.of(keys).find(self.keys.take(self.order)) != NOBODY
        return found

    def coded(self, wanted: Mask) -> Coded:
        """Those who are wanted."""
        numbers = self.order[wanted]
        rows = np.zeros(len(numbers), np.int64)
        for seen in self.seen.values():
            rows += seen.used.take(numbers)
        return Coded(self.ids.filter(pa.array(wanted)), self.keys.take(numbers), rows)

    def table(self, name: str) -> pa.Table:
        """One row for each customer in the table `name`: customer, rows, used, oldest, newest; see `Seen`."""
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
