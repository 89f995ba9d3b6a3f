"""Small shops for the retention metrics, and what a patient person with pen and paper counts in them."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

import shops
from retain.events.duckdb.engine import Events
from retain.progress import Silent
from retain.retention.flows import Flows
from retain.retention.measure import Measurement, measure
from retain.retention.periods import Period, Scope, Unit
from retain.retention.rates import Counts

BEGAN = date(2019, 1, 1)
DAYS = 150
ACTIVE_WITHIN = 20


class Order(NamedTuple):
    """A row of orders; amounts below zero are returns."""

    who: str
    day: date
    amount: int


ENDS = [Order("z", BEGAN, 1), Order("z", BEGAN + timedelta(days=DAYS), 1)]


def day(text: str) -> date:
    return date.fromisoformat(text)


def period(first: str, last: str) -> Period:
    """From the first day to the last, both in it."""
    return Period(day(first), day(last) + timedelta(days=1))


def orders() -> st.SearchStrategy[list[Order]]:
    """Rows of a few customers; somebody orders on the first day and on the last."""
    days = st.integers(0, DAYS).map(lambda days: BEGAN + timedelta(days=days))
    one = st.builds(Order, st.sampled_from("abcd"), days, st.sampled_from((10, 10, 25, 0, -10, -25)))
    return st.lists(one, min_size=1, max_size=40).map(lambda rows: [*ENDS, *rows])


def periods() -> st.SearchStrategy[Period]:
    """Periods that begin and end anywhere, or are whole months."""
    first, length = st.integers(1, DAYS - 1), st.integers(1, 120)
    free = st.builds(
        lambda a, n: Period(BEGAN + timedelta(days=a), BEGAN + timedelta(days=a + n)), first, length
    )
    return st.one_of(free, st.sampled_from([Period(day("2019-02-01"), day("2019-05-01"))]))


def opened(folder: Path, rows: Iterable[Order], **keys: Any) -> Events:
    """The shop read, with its newest row on the last day or before."""
    rows = list(rows)
    columns = {
        "who": [row.who for row in rows],
        "at": pa.array([row.day for row in rows], pa.date32()),
        "paid": [float(row.amount) for row in rows],
    }
    shops.write(folder / "orders.parquet", columns)
    table = {"source": "orders.parquet", "columns": {**shops.ORDERS, "amount": "paid"}}
    return shops.opened(folder, orders=table, active_within=ACTIVE_WITHIN, **keys)


def scope_of(events: Events, whole: Period, *, by: Unit = "month") -> Scope:
    summary = events.summary
    return Scope.of(
        whole,
        by=by,
        as_of=summary.as_of,
        reached=summary.end,
        began=summary.start,
        active_within=events.config.churn.active_within,
    )


def measured(
    rows: Sequence[Order], whole: Period, *, by: Unit = "month", segment: str | None = None, **keys: Any
) -> Measurement:
    """What is measured of the rows in a period."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), rows, **keys) as events:
        scope = scope_of(events, whole, by=by)
        return measure(events, scope, segment=segment, progress=Silent())


def sold(rows: Iterable[Order]) -> tuple[list[Order], list[Order]]:
    """Orders and returns: opposite amounts of a customer and day take each other back."""
    left: list[Order] = []
    for row in sorted(rows, key=lambda row: -row.amount):
        opposite = row._replace(amount=-row.amount)
        if row.amount < 0 and opposite in left:
            left.remove(opposite)
        else:
            left.append(row)
    return [row for row in left if row.amount >= 0], [row for row in left if row.amount < 0]


def active(rows: Iterable[Order], at: date) -> set[str]:
    """Who ordered in the `ACTIVE_WITHIN` days before a day."""
    first = at - timedelta(days=ACTIVE_WITHIN)
    return {row.who for row in rows if first <= row.day < at}


def counts(orders: Sequence[Order], period: Period) -> Counts:
    """Customers at the ends of a period."""
    start, end, first = active(orders, period.start), active(orders, period.stop), firsts(orders)
    new = {who for who in end if first[who] >= period.start}
    return Counts(start=len(start), new=len(new), end=len(end), kept=len(start & end))


def flows(orders: Sequence[Order], period: Period, before: Period) -> Flows:
    """Customers of a period against those of the one before."""
    now, earlier = ({row.who for row in inside(orders, each)} for each in (period, before))
    first = firsts(orders)
    new = {who for who in now if first[who] >= period.start}
    return Flows(len(new), len(now & earlier), len(now - earlier - new), len(earlier - now))


def firsts(rows: Iterable[Order]) -> dict[str, date]:
    """Each customer's first day."""
    found: dict[str, date] = {}
    for row in rows:
        found[row.who] = min(row.day, found.get(row.who, row.day))
    return found


def inside(rows: Iterable[Order], period: Period) -> list[Order]:
    return [row for row in rows if period.start <= row.day < period.stop]


def cells(rows: Iterable[Order]) -> dict[tuple[tuple[int, int], int], int]:
    """Customers by the month of their first order and months since."""
    rows, seen = list(rows), defaultdict(set)
    first = firsts(rows)
    for row in rows:
        began = first[row.who]
        since = (row.day.year - began.year) * 12 + row.day.month - began.month
        seen[(began.year, began.month), since].add(row.who)
    return Counter({cell: len(who) for cell, who in seen.items()})


class Contract(NamedTuple):
    """A contract; `end` is None while live."""

    who: str
    start: date
    end: date | None
    amount: int
    reason: str | None = None
    trial: bool = False


def contracts() -> st.SearchStrategy[list[Contract]]:
    """Contracts of a few customers, some after one another, some at the same time, some free."""

    def made(who: str, start: int, length: int | None, amount: int, reason: str | None) -> Contract:
        began = BEGAN + timedelta(days=start)
        return Contract(
            who, began, None if length is None else began + timedelta(days=length), amount, reason
        )

    lengths = st.one_of(st.none(), st.integers(0, 90))
    reasons = st.sampled_from((None, "price", "card"))
    one = st.builds(
        made, st.sampled_from("abcd"), st.integers(0, DAYS), lengths, st.sampled_from((0, 10, 25)), reasons
    )
    return st.lists(one, min_size=1, max_size=12)


def engine(rows: Sequence[Contract]) -> duckdb.DuckDBPyConnection:
    """The tables that reading contracts leaves, made of the rows."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customer_codes(customer VARCHAR, code INTEGER)")
    connection.execute(
        """CREATE TABLE contract_terms(customer VARCHAR, time TIMESTAMP, until INTEGER, number BIGINT,
            ended_for VARCHAR, trial BOOLEAN)"""
    )
    names = sorted({row.who for row in rows})
    connection.executemany("INSERT INTO customer_codes VALUES (?, ?)", [[n, i] for i, n in enumerate(names)])
    connection.executemany(
        "INSERT INTO contract_terms VALUES (?, ?, ?, ?, ?, ?)", [_term(row) for row in rows]
    )
    return connection


def _term(row: Contract) -> list[Any]:
    until = 2**31 - 1 if row.end is None else (row.end - date(1970, 1, 1)).days
    return [row.who, row.start, until, row.amount * 10_000, row.reason, row.trial]


def live(rows: Iterable[Contract], at: date) -> list[Contract]:
    """Contracts that started before a day and had not ended before it."""
    return [row for row in rows if row.start < at and (row.end is None or row.end >= at)]


def paid(rows: Iterable[Contract], at: date) -> dict[str, int]:
    """What each customer with a live contract pays."""
    found: Counter[str] = Counter()
    for row in live(rows, at):
        found[row.who] += row.amount
    return dict(found)
