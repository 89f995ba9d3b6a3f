"""What the words of a span mean, said once more as plain loops over one customer's rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import stdev

from retain.events.tables import ACTIVITY, ORDERS
from strategies import Event

UNKNOWN = math.nan


def visible(events: Iterable[Event], cutoff: int) -> list[Event]:
    """The rows recorded by the cutoff and not cancelled before it."""
    return [e for e in events if e.known <= cutoff <= e.gone]


def table(events: Iterable[Event], name: str, *, customer: str, kind: int | None = None) -> list[Event]:
    """The customer's rows of a table, in their order."""
    own = sorted((e for e in events if e.customer == customer), key=_order)
    if name == "activity":
        return [e for e in own if e.tab == ACTIVITY and kind in (None, e.label)]
    kept = not_taken_back([e for e in own if e.tab == ORDERS])
    sold = [e for e in kept if e.number is None or e.number >= 0]
    return {
        "orders": sold,
        "returns": [e for e in kept if e not in sold],
        "categories": [e for e in sold if e.label >= 0],
    }[name]


def _order(event: Event) -> tuple[int, int, int, float]:
    return (event.time, event.tab, event.label, -math.inf if event.number is None else event.number)


def not_taken_back(orders: Sequence[Event]) -> list[Event]:
    """The orders without those that an opposite amount of the same day takes back, and without it."""
    left = list(orders)
    for taken in orders:
        for back in left:
            opposite = taken.number is not None and back.number == -taken.number < 0
            if opposite and back.day == taken.day and taken in left:
                left.remove(taken)
                left.remove(back)
                break
    return left


def window(rows: Iterable[Event], cutoff: int, start: int | None, end: int = 0) -> list[Event]:
    """The rows in [cutoff - start, cutoff - end)."""
    return [e for e in rows if (start is None or e.day >= cutoff - start) and e.day < cutoff - end]


def known(rows: Iterable[Event]) -> list[Fraction]:
    """The numbers that are known."""
    return [Fraction(e.number, 10_000) for e in rows if e.number is not None]


def mean(rows: Sequence[Event]) -> float:
    numbers = known(rows)
    return float(sum(numbers) / len(numbers)) if numbers else UNKNOWN


def spread(values: Sequence[float | Fraction]) -> float:
    return float(stdev(values)) if len(values) > 1 else UNKNOWN


def number(rows: Sequence[Event], place: int) -> float:
    """The number of the row at a place, where there are so many rows and it is known."""
    there = -len(rows) <= place < len(rows)
    return float(known([rows[place]])[0]) if there and rows[place].number is not None else UNKNOWN


def age(rows: Sequence[Event], place: int, *, cutoff: int) -> float:
    return cutoff - rows[place].day if -len(rows) <= place < len(rows) else UNKNOWN


def weeks(rows: Iterable[Event], cutoff: int) -> int:
    """Distinct weeks counted back from the cutoff."""
    return len({(cutoff - 1 - e.day) // 7 for e in rows})


def gaps(rows: Iterable[Event]) -> list[int]:
    """Days from each day with a row to the next."""
    days = sorted({e.day for e in rows})
    return [later - earlier for earlier, later in pairwise(days)]


def quantile(values: Sequence[int], q: float) -> float:
    """The smallest value that at least the share q do not exceed."""
    good = [v for v in values if sum(w <= v for w in values) >= q * len(values) - 1e-9]
    return min(good) if good else UNKNOWN


def favourite(rows: Sequence[Event]) -> int | None:
    """The category of most rows; of several, the one bought last."""
    counts = Counter(e.label for e in rows)
    newest = {e.label: e.day for e in rows}
    return max(counts, key=lambda label: (counts[label], newest[label]), default=None)


def favourite_share(rows: Sequence[Event]) -> float:
    best = favourite(rows)
    return sum(e.label == best for e in rows) / len(rows) if rows else UNKNOWN


def favourite_age(rows: Sequence[Event], *, cutoff: int) -> float:
    best = favourite(rows)
    return cutoff - max(e.day for e in rows if e.label == best) if rows else UNKNOWN
