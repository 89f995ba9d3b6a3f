"""`History`: all that happened to a chunk of customers, made of their rows, sorted by customer and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.events.contracts import ContractRows, Terms
from retain.events.days import MICROSECONDS_A_DAY
from retain.events.rows import UNKNOWN, Integers, Mask, Rows, changes
from retain.events.tables import ACTIVITY, ORDERS, SUBSCRIPTIONS
from retain.events.view import View

CHUNK_ROWS = 400_000
"""Events after which a chunk ends, a customer counted as `CUSTOMER_ROWS` of them; nobody is cut in two."""
CUSTOMER_ROWS = 10
"""As many events as a customer's features take as much memory as."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Orders and returns as they came in, before any takes another back, and the orders' categories."""

    orders: Rows
    labels: pa.ListArray | None = None

    def until(self, day: int) -> Ledger:
        """The same without what came in at or after `day`."""
        earlier = self.orders.day < day
        labels = None if self.labels is None else self.labels.filter(pa.array(earlier))
        return Ledger(self.orders.take(earlier), labels)

    def of_first(self, customers: int) -> Ledger:
        """The same of the first so many customers."""
        orders = self.orders.of_first(customers)
        return Ledger(orders, None if self.labels is None else self.labels[: len(orders)])

    def tables(self, cutoff: int, *, hindsight: bool = False) -> dict[str, Rows]:
        """Orders, returns and categories as they stood at `cutoff`."""
        if not self.orders.timed:
            return _order_tables(self.orders, self.labels)
        seen = self.orders.seen(cutoff, hindsight=hindsight)
        labels = None if self.labels is None else self.labels.filter(pa.array(seen))
        return _order_tables(self.orders.visible(cutoff, hindsight=hindsight), labels)


@dataclass(frozen=True, eq=False)
class History:
    """The rows of a chunk of customers, by table and by kind of activity.

    ids: the customers' ids as they were written. tables: `orders` (amounts of zero or more, those
    cancelled outright left out), `returns` (negative amounts), `categories` (one row an order and
    category), `activity`; where there are such, `users` (activity labelled with who it was of the
    customer) and `subscriptions`. attributes: for each attribute the customers' values as text, or null.
    ledger: where orders are recorded or cancelled later, what takes what back depends on the cutoff;
    then the first three tables are made of this at each cutoff. opening: whether the stream begins with
    this chunk.
    """

    ids: pa.Array
    tables: Mapping[str, Rows]
    kinds: Mapping[str, Rows]
    attributes: Mapping[str, pa.Array] = field(default_factory=dict)
    ledger: Ledger | None = None
    opening: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    def tables_at(self, cutoff: int, *, hindsight: bool = False) -> dict[str, Rows]:
        """The tables as they stood at `cutoff`; in hindsight, with the rows recorded only later."""
        tables = {name: rows.visible(cutoff, hindsight=hindsight) for name, rows in self.tables.items()}
        return tables if self.ledger is None else tables | self.ledger.tables(cutoff, hindsight=hindsight)

    def until(self, day: int) -> History:
        """The same customers without the rows at or after `day`, as if these had never come."""
        return replace(
            self,
            tables={name: rows.until(day) for name, rows in self.tables.items()},
            kinds={kind: rows.take(rows.day < day) for kind, rows in self.kinds.items()},
            ledger=None if self.ledger is None else self.ledger.until(day),
        )

    def of_first(self, customers: int) -> History:
        """The first so many customers."""
        return replace(
            self,
            ids=self.ids[:customers],
            tables={name: rows.of_first(customers) for name, rows in self.tables.items()},
            kinds={kind: rows.of_first(customers) for kind, rows in self.kinds.items()},
            attributes={name: values[:customers] for name, values in self.attributes.items()},
            ledger=None if self.ledger is None else self.ledger.of_first(customers),
        )

    def view(self, cutoff: int, *, chosen: Integers | None = None) -> View:
        """The chosen customers (all by default) at midnight at the start of day `cutoff`."""
        return View(
            cutoff=cutoff,
            tables=self.tables_at(cutoff),
            kinds={kind: rows.visible(cutoff) for kind, rows in self.kinds.items()},
            chosen=self._everyone if chosen is None else chosen,
        )

    @cached_property
    def _everyone(self) -> Integers:
        return np.arange(len(self))

    @cached_property
    def names(self) -> NDArray[np.object_]:
        """(customers,) the ids as an array of str."""
        return np.asarray(self.ids.to_pylist(), dtype=object)


@dataclass(frozen=True)
class Customers:
    """The customers of a stream, in the order of their codes, and what contracts say, where there are any."""

    ids: pa.Array
    attributes: Mapping[str, pa.Array] = field(default_factory=dict)
    terms: Terms | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """The rows of the customers with the codes from `first` to before `last`, sorted.

    columns: code, time (microseconds since 1970-01-01), tab, label and number of each row, sorted by all of
    them; where the tables say so also known and gone (the first and last cutoff at which it is visible) and
    actor. labels: an order's categories, where it may have several.
    """

    first: int
    last: int
    columns: Mapping[str, NDArray[Any]]
    labels: pa.ListArray | None = None


def history_of(run: Run, customers: Customers, *, kinds: Sequence[str]) -> History:
    """What happened to the customers of a run."""
    columns, first, count = run.columns, run.first, run.last - run.first
    rows = partial(_rows, columns, first=first, customers=count)
    is_order = columns["tab"] == ORDERS
    orders = rows(np.flatnonzero(is_order))
    ledger = Ledger(orders, None if run.labels is None else run.labels.filter(pa.array(is_order)))
    tables = {} if orders.timed else ledger.tables(0)
    activity = np.flatnonzero(columns["tab"] == ACTIVITY)
    tables["activity"] = rows(activity)
    if "actor" in columns:
        tables["users"] = _users(columns, activity, first=first, customers=count)
    if customers.terms is not None:
        starts = rows(np.flatnonzero(columns["tab"] == SUBSCRIPTIONS))
        tables["subscriptions"] = ContractRows(**vars(starts), terms=customers.terms)
    return History(
        ids=customers.ids.slice(first, count),
        tables=tables,
        kinds=_by_kind(tables["activity"], kinds),
        attributes={name: a.slice(first, count) for name, a in customers.attributes.items()},
        ledger=ledger if orders.timed else None,
        opening=first == 0,
    )


def _rows(columns: Mapping[str, NDArray[Any]], chosen: Integers, *, first: int, customers: int) -> Rows:
    taken = {
        name: columns[name].take(chosen).astype(np.int64, copy=False) for name in _OPTIONAL if name in columns
    }
    return Rows(
        customers=customers,
        customer=columns["code"].take(chosen).astype(np.int64) - first,
        day=(columns["time"].take(chosen) // MICROSECONDS_A_DAY).astype(np.int32),
        **taken,
    )


def _users(columns: Mapping[str, NDArray[Any]], activity: Integers, *, first: int, customers: int) -> Rows:
    """The activity of which the user is known, labelled with the user."""
    known = activity[columns["actor"].take(activity) >= 0]
    _, user = np.unique(columns["actor"].take(known), return_inverse=True)
    rows = _rows(columns, known, first=first, customers=customers)
    return replace(rows, label=user.astype(np.int64))


_OPTIONAL = ("number", "label", "known", "gone")


def _order_tables(orders: Rows, labels: pa.ListArray | None) -> dict[str, Rows]:
    number = orders.numbers
    kept = ~cancelled_outright(orders)
    sold = kept & ~(_known(number) & (number < 0))
    tables = {"orders": orders.take(sold), "returns": orders.take(kept & ~sold)}
    if labels is not None:
        tables["categories"] = _labelled(orders, labels, sold)
    elif orders.label is not None:
        tables["categories"] = orders.take(sold & (orders.label >= 0))
    return tables


def _labelled(orders: Rows, labels: pa.ListArray, sold: Mask) -> Rows:
    """One row for each kept order and category in it."""
    counts = np.diff(labels.offsets.to_numpy())
    order = np.repeat(np.arange(len(orders)), counts)
    label = labels.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    kept = sold[order]
    rows = orders.take(order[kept])
    return Rows(rows.customers, rows.customer, rows.day, None, label[kept], rows.known, rows.gone)


def cancelled_outright(orders: Rows) -> Mask:
    """(n,) the orders that an opposite amount of the same customer and day takes back, and that amount.

    Of several orders with the amount, as many are cancelled as there are opposite amounts.
    """
    number = orders.numbers
    gone = np.zeros(len(orders), dtype=bool)
    negative = _known(number) & (number < 0)
    if not negative.any():
        return gone
    day = np.cumsum(orders.first_of_day)
    candidate = np.flatnonzero(np.isin(day, day[negative]) & (number != 0))
    size = np.abs(number[candidate])
    order = np.lexsort((negative[candidate], size, day[candidate]))
    candidate, size = candidate[order], size[order]
    group = np.cumsum(changes(day[candidate]) | changes(size)) - 1
    taken_back = np.bincount(group, weights=negative[candidate])
    pairs = np.minimum(taken_back, np.bincount(group) - taken_back)
    gone[candidate] = _rank(group, negative[candidate]) < pairs[group]
    return gone


def _rank(group: Integers, negative: Mask) -> Integers:
    """The place of each row among the rows of its group and sign, which lie together."""
    begins = changes(group) | changes(negative)
    start = np.flatnonzero(begins)
    rank: Integers = np.arange(len(group)) - start[np.cumsum(begins) - 1]
    return rank


def _by_kind(activity: Rows, kinds: Sequence[str]) -> dict[str, Rows]:
    if activity.label is None:
        return {}
    return {kind: activity.take(activity.label == code) for code, kind in enumerate(kinds)}


def _known(number: Integers) -> Mask:
    known: Mask = number != UNKNOWN
    return known
