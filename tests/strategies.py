"""Small histories for Hypothesis, and the runs of rows an engine would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from retain.events.buckets import OPTIONAL, Buckets
from retain.events.contracts import Terms
from retain.events.history import Customers, History, Run, history_of
from retain.events.rows import UNKNOWN
from retain.events.tables import ACTIVITY, ORDERS, SUBSCRIPTIONS

FOREVER = 2**31 - 1
DAY = 24 * 60
FIRST, LAST = 17_000, 17_500
"""The days that generated rows lie in."""

KINDS = ("login", "visit")
CATEGORIES = 3
IDS = ("00123", "12346.0", "a", "b", "Ünal")


class Event(NamedTuple):
    """A row as it stands in a source. time: minutes since 1970. number: ten-thousandths or None.

    known, gone: the first and the last cutoff at which the row is seen. user: who the activity is of.
    Of contracts: until, settled: the day they end, and the first cutoff at which that is known; reason;
    trial; term in days.
    """

    customer: str
    time: int
    tab: int = ORDERS
    label: int = -1
    number: int | None = None
    known: int = 0
    gone: int = FOREVER
    until: int = FOREVER
    settled: int = FOREVER
    reason: str | None = None
    trial: bool = False
    term: int | None = None
    user: int = -1

    @property
    def day(self) -> int:
        return self.time // DAY

    def shifted(self, days: int) -> Event:
        later = {"until": self.until, "settled": self.settled}
        moved = {name: day if day == FOREVER else day + days for name, day in later.items()}
        return self._replace(time=self.time + days * DAY, **moved)


def runs(
    events: Iterable[Event],
    ids: Sequence[str],
    *,
    labels: pa.ListArray | None = None,
    chunk_rows: int = 10**6,
    rows: int = 7,
) -> Iterator[Run]:
    """The events by customer; they come in batches of so many rows, the last first.

    labels: the categories of the sorted rows.
    """
    table = _table(in_order(events, ids), ids)
    counts = np.bincount(table["code"].to_numpy(), minlength=len(ids))
    optional = [name for name in OPTIONAL if name in table.column_names]
    with Buckets(Path(gettempdir()), counts, bucket_rows=chunk_rows, optional=optional) as buckets:
        for start in reversed(range(0, len(table), rows)):
            part = table.slice(start, rows)
            columns = {name: part[name].to_numpy() for name in table.column_names}
            columns["time"] = columns["time"].view(np.int64)
            buckets.add(columns, None if labels is None else labels.slice(start, rows))
        yield from map(buckets.take, range(len(buckets)))


def in_order(events: Iterable[Event], ids: Sequence[str]) -> list[Event]:
    """The events as an engine sorts them."""
    return sorted(events, key=lambda event: _total_order(event, ids))


def terms(events: Sequence[Event], *, grace: int = 30) -> Terms:
    """What the contracts among the sorted events say, in their order."""
    contracts = [event for event in events if event.tab == SUBSCRIPTIONS]
    unknown = np.full(len(contracts), UNKNOWN)
    return Terms(
        until=np.array([c.until for c in contracts], np.int64),
        settled=np.array([c.settled for c in contracts], np.int64),
        trial=np.array([c.trial for c in contracts], bool),
        price_until=np.full(len(contracts), FOREVER),
        seats=unknown,
        term=np.array([UNKNOWN if c.term is None else c.term * 10_000 for c in contracts], np.int64),
        ended_for=pa.array([c.reason for c in contracts], pa.string()),
        grace=grace,
    )


def _total_order(event: Event, ids: Sequence[str]) -> tuple[object, ...]:
    stream = (ids.index(event.customer), event.time, event.tab, event.label, _number(event))
    return (*stream, event.until, event.settled, event.trial, event.term or 0)


def _number(event: Event) -> int:
    return UNKNOWN if event.number is None else event.number


def _table(events: Sequence[Event], ids: Sequence[str]) -> pa.Table:
    columns = {
        "code": pa.array([ids.index(e.customer) for e in events], pa.int32()),
        "time": pa.array([e.time * 60_000_000 for e in events], pa.timestamp("us")),
        "tab": pa.array([e.tab for e in events], pa.uint8()),
        "label": pa.array(_labels(events), pa.int32()),
        "number": pa.array([_number(e) for e in events], pa.int64()),
    }
    columns["actor"] = pa.array([e.user for e in events], pa.int32())
    if any(e.known or e.gone != FOREVER for e in events):
        columns["known"] = pa.array([e.known for e in events], pa.int32())
        columns["gone"] = pa.array([e.gone for e in events], pa.int32())
    return pa.table(columns)


def _labels(events: Sequence[Event]) -> Iterator[int]:
    """The events' labels; a contract's is its place among the contracts."""
    place = 0
    for event in events:
        yield place if event.tab == SUBSCRIPTIONS else event.label
        place += event.tab == SUBSCRIPTIONS


def chunks(
    events: Iterable[Event], *, ids: Sequence[str] | None = None, chunk_rows: int = 10**6, grace: int = 30
) -> Iterator[History]:
    """The histories of the customers who have events, or of those named."""
    found = list(events)
    ids = sorted({e.customer for e in found}) if ids is None else ids
    customers = Customers(pa.array(ids), terms=terms(in_order(found, ids), grace=grace))
    for run in runs(found, ids, chunk_rows=chunk_rows):
        yield history_of(run, customers, kinds=KINDS)


def history(events: Iterable[Event], *, ids: Sequence[str] | None = None, grace: int = 30) -> History:
    """All of the events as one chunk."""
    (only,) = chunks(events, ids=ids, grace=grace)
    return only


def times(first: int = FIRST, last: int = LAST) -> st.SearchStrategy[int]:
    """Minutes, often the same ones: near midnight, and on the days of one fortnight."""
    days = st.one_of(st.integers(first, last), st.integers(first, min(first + 14, last)))
    return st.builds(lambda day, minute: day * DAY + minute, days, st.sampled_from((0, 600, DAY - 1)))


def numbers() -> st.SearchStrategy[int | None]:
    """Amounts that often take each other back, are sometimes unknown, and may be huge."""
    usual = st.sampled_from((None, 0, 1, 10_000, -10_000, 25_500, -25_500, 123_456_789))
    return st.one_of(usual, st.integers(-(10**16), 10**16))


def _event(**given: Any) -> Event:
    """What is not given has its default; Hypothesis would make it up for the class itself."""
    return Event(**given)


def orders(
    ids: Sequence[str] = IDS, *, when: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[Event]:
    """Orders and returns."""
    return st.builds(
        _event,
        customer=st.sampled_from(ids),
        time=times() if when is None else when,
        tab=st.just(ORDERS),
        label=st.integers(-1, CATEGORIES - 1),
        number=numbers(),
        known=st.just(0),
        gone=st.just(FOREVER),
    )


def activity(
    ids: Sequence[str] = IDS, *, when: st.SearchStrategy[int] | None = None, users: bool = False
) -> st.SearchStrategy[Event]:
    """Rows of two kinds."""
    return st.builds(
        _event,
        customer=st.sampled_from(ids),
        time=times() if when is None else when,
        tab=st.just(ACTIVITY),
        label=st.integers(0, len(KINDS) - 1),
        user=st.sampled_from((-1, 5, 2_000_000_000)) if users else st.just(-1),
        number=numbers(),
        known=st.just(0),
        gone=st.just(FOREVER),
    )


def contracts(
    ids: Sequence[str] = IDS, *, when: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[Event]:
    """Contracts: live ones, ended ones, ends recorded later or announced before."""

    def contract(customer: str, time: int, length: int | None, noticed: int, **more: Any) -> Event:
        event = Event(customer, time, SUBSCRIPTIONS, **more)
        if length is None:
            return event
        until = event.day + length
        return event._replace(until=until, settled=max(until + 1 + noticed, event.day + 1))

    return st.builds(
        contract,
        customer=st.sampled_from(ids),
        time=times() if when is None else when,
        length=st.one_of(st.none(), st.sampled_from((0, 7, 30, 31, 365))),
        noticed=st.sampled_from((0, 0, 10, -14, -1000)),
        number=numbers(),
        trial=st.booleans(),
        term=st.sampled_from((None, 30, 365)),
    )


def events(
    *, when: st.SearchStrategy[int] | None = None, min_size: int = 1, subscribed: bool = False
) -> st.SearchStrategy[list[Event]]:
    """A shop's rows, some of them twice; subscribed: contracts and users among them."""
    more = [contracts(when=when)] if subscribed else []
    some = st.lists(
        st.one_of(orders(when=when), activity(when=when, users=subscribed), *more),
        min_size=min_size,
        max_size=40,
    )
    return st.builds(lambda rows, again: [*rows, *rows[:again]], some, st.integers(0, 3))


def cutoffs() -> st.SearchStrategy[int]:
    """Days around and between those of the rows."""
    return st.integers(FIRST - 2, LAST + 400)


def windows() -> st.SearchStrategy[int | None]:
    """Lengths of windows; None is everything before the cutoff."""
    return st.one_of(st.none(), st.sampled_from((1, 7, 30, 365)), st.integers(1, 600))


def late() -> st.SearchStrategy[list[Event]]:
    """A shop whose rows are recorded, and whose orders are cancelled, some days after their time."""

    def moved(event: Event, recorded: int, cancelled: int | None) -> Event:
        gone = FOREVER if cancelled is None or event.tab != ORDERS else event.day + cancelled
        return event._replace(known=event.day + 1 + recorded, gone=gone)

    delays = st.sampled_from((0, 0, 1, 3, 30))
    one = st.builds(
        moved, st.one_of(orders(), activity(users=True), contracts()), delays, st.one_of(st.none(), delays)
    )
    return st.lists(one, min_size=1, max_size=40)
