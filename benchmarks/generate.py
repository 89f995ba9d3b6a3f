"""Made-up events of a business: skewed customers who come, order, look around and leave.

python benchmarks/generate.py FOLDER --events 10e6 --customers 600e3 --seed 1
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

START = date(2022, 1, 1)
DAYS = 730
END = date(2024, 1, 1)
HORIZON = 60
ACTIVE_WITHIN = DAYS  # whoever ever ordered is a row: the most work there can be
CATEGORIES = 20
KINDS = ("login", "ticket", "view")
SLICE_EVENTS = 500_000

CONFIG = """\
name: bench
timezone: UTC
memory: {memory}
tables:
  orders:
    source: orders.parquet
    columns: {{customer: customer_id, time: ordered_at, amount: amount, category: category}}
  activity:
    - source: activity.parquet
      columns: {{customer: customer_id, time: at, kind: kind, value: value}}
churn: {{horizon: {horizon}, active_within: {active_within}}}
training: {{cutoffs: 12, every: 30}}
"""

ORDERS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("amount", pa.float64()),
        ("category", pa.string()),
    ]
)
ACTIVITY = pa.schema(
    [
        ("customer_id", pa.string()),
        ("at", pa.timestamp("us")),
        ("kind", pa.string()),
        ("value", pa.float64()),
    ]
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class People:
    """Customers: events a day while they are there, first and last day, usual amount, and their id."""

    rate: Floats
    joined: Floats
    left: Floats
    basket: Floats
    ids: pa.Array

    def __len__(self) -> int:
        return len(self.rate)


@dataclass(frozen=True, eq=False)
class Happened:
    """Events in the order of time: whose, when (days since the start), and how far off its end is."""

    who: Integers
    when: Floats
    remaining: Floats

    def rows(self, chosen: NDArray[np.bool_]) -> Happened:
        """The chosen events."""
        return Happened(self.who[chosen], self.when[chosen], self.remaining[chosen])


def generate(folder: Path, *, events: int, customers: int, seed: int, memory: str = "1.5GB") -> Path:
    """Write orders.parquet, activity.parquet and config.yaml, and give the config's path.

    The same arguments give the same rows. Events lie in the order of time, as an append-only log has
    them, and are made one slice of time after another, so that memory grows with the customers only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = _people(customers, seed=seed)
    with (
        pq.ParquetWriter(folder / "orders.parquet", ORDERS) as orders,
        pq.ParquetWriter(folder / "activity.parquet", ACTIVITY) as activity,
    ):
        for rng, happened in _slices(people, events=events, seed=seed):
            is_order = rng.random(len(happened.who)) < 0.4
            orders.write_table(_orders(people, happened.rows(is_order), rng))
            activity.write_table(_activity(people, happened.rows(~is_order), rng))
    config = folder / "config.yaml"
    config.write_text(
        CONFIG.format(memory=memory, horizon=HORIZON, active_within=ACTIVE_WITHIN), encoding="utf-8"
    )
    return config


def _people(customers: int, *, seed: int) -> People:
    """Pareto rates; two in three are there from the start; each leaves by chance, some sooner."""
    rng = np.random.default_rng([seed, 0])
    joined = np.maximum(rng.uniform(-1.6 * DAYS, 0.8 * DAYS, customers), 0.0)
    lifetime = rng.exponential(rng.gamma(3.0, 400.0, customers))
    number = np.char.zfill(rng.permutation(customers).astype("U9"), 9)
    return People(
        rate=rng.pareto(1.5, customers) + 0.8,
        joined=joined,
        left=np.minimum(joined + lifetime, DAYS),
        basket=rng.gamma(4.0, 10.0, customers) + 1.0,
        ids=pa.array(np.char.add("c", number)),
    )


def _slices(people: People, *, events: int, seed: int) -> Iterator[tuple[np.random.Generator, Happened]]:
    borders = np.linspace(0.0, DAYS, -(-events // SLICE_EVENTS) + 1)
    expected = np.array([_presence(people, a, b).sum() for a, b in pairwise(borders)])
    until = np.round(np.cumsum(expected) / expected.sum() * events).astype(np.int64)
    for index, count in enumerate(np.diff(until, prepend=0)):
        rng = np.random.default_rng([seed, 1, index])
        yield rng, _happened(people, rng, borders[index], borders[index + 1], count=int(count))


def _presence(people: People, begin: float, end: float) -> Floats:
    """(customers,) expected events in [begin, end), up to a common factor."""
    return people.rate * np.maximum(np.minimum(people.left, end) - np.maximum(people.joined, begin), 0.0)


def _happened(people: People, rng: np.random.Generator, begin: float, end: float, *, count: int) -> Happened:
    total = np.cumsum(_presence(people, begin, end))
    who = np.searchsorted(total, np.sort(rng.random(count)) * total[-1], side="right")
    first = np.maximum(people.joined[who], begin)
    when = first + rng.random(count) * (np.minimum(people.left[who], end) - first)
    order = np.argsort(when, kind="stable")
    who, when = who[order], when[order]
    return Happened(who, when, np.where(people.left[who] < DAYS, people.left[who] - when, np.inf))


def _orders(people: People, happened: Happened, rng: np.random.Generator) -> pa.Table:
    """One order in 60 is a return; one in 300 takes back the order before it at once."""
    count = len(happened.who)
    who = happened.who.copy()
    amount = np.round(people.basket[who] * rng.gamma(2.0, 0.5, count), 2)
    amount[rng.random(count) < 1 / 60] *= -1
    taken_back = np.flatnonzero(rng.random(count) < 1 / 300)
    taken_back = taken_back[taken_back > 0]
    who[taken_back], amount[taken_back] = who[taken_back - 1], -amount[taken_back - 1]
    own = rng.random(count) < 0.5
    category = np.where(own, who % CATEGORIES, rng.integers(0, CATEGORIES, count))
    names = pa.array([f"category {i}" for i in range(CATEGORIES)])
    columns = [
        people.ids.take(pa.array(who)),
        _moments(happened.when),
        pa.array(amount),
        names.take(pa.array(category, mask=rng.random(count) < 0.01)),
    ]
    return pa.Table.from_arrays(columns, schema=ORDERS)


def _activity(people: People, happened: Happened, rng: np.random.Generator) -> pa.Table:
    """Who is about to leave has three times as many tickets, and looks around for less long."""
    count = len(happened.who)
    leaving = happened.remaining < 60
    draw = rng.random(count)
    kind = np.where(draw < np.where(leaving, 0.15, 0.05), 1, np.where(draw < 0.65, 0, 2))
    value = np.round(rng.gamma(2.0, 30.0, count) * np.where(leaving, 0.7, 1.0), 3)
    columns = [
        people.ids.take(pa.array(happened.who)),
        _moments(happened.when),
        pa.array(KINDS).take(pa.array(kind)),
        pa.array(value, mask=rng.random(count) < 0.05),
    ]
    return pa.Table.from_arrays(columns, schema=ACTIVITY)


def _moments(when: Floats) -> pa.Array:
    """Whole seconds, as most systems keep them: ties happen."""
    start = np.datetime64(START, "us")
    return pa.array(start + (when * 86_400).astype(np.int64) * np.timedelta64(1_000_000, "us"))


def main() -> None:
    """Generate from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--customers", type=float, help="default: 6 for each 100 events")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    customers = given.customers or given.events * 0.06
    print(generate(given.folder, events=int(given.events), customers=int(customers), seed=given.seed))


if __name__ == "__main__":
    main()
