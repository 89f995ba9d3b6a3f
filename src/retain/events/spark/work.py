"""What is asked of each chunk of customers in a task, and how the answers of all chunks become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from retain.config import Config
from retain.events import contract_sql, customer_sql
from retain.events.duckdb.engine import Events
from retain.events.history import History
from retain.events.spark.chunks import Chunk
from retain.events.timeline import COLUMNS

NO_TIMELINE = pd.DataFrame(columns=list(COLUMNS))


@dataclass(frozen=True)
class Histories:
    """Work on the histories of the customers, of those who can be eligible at a cutoff."""

    work: Callable[[History], Iterable[Any]]
    cutoffs: tuple[int, ...] | None

    def __call__(self, chunk: Chunk) -> Iterator[Any]:
        for history in chunk.events.stream(cutoffs=self.cutoffs):
            yield from self.work(replace(history, opening=history.opening and chunk.opening))


@dataclass(frozen=True)
class Counted:
    """How many customers may be eligible."""

    cutoffs: tuple[int, ...]

    def __call__(self, chunk: Chunk) -> Iterator[int]:
        yield chunk.events.count_customers(self.cutoffs)


@dataclass(frozen=True)
class Facts:
    """What the list shows of the customers."""

    def __call__(self, chunk: Chunk) -> Iterator[pd.DataFrame]:
        yield chunk.events.facts(_customers(chunk.events))


@dataclass(frozen=True)
class TopUsers:
    """Who was the most active of each customer's people."""

    window: int

    def __call__(self, chunk: Chunk) -> Iterator[list[tuple[str, str | None]]]:
        ids = _customers(chunk.events)
        yield list(zip(ids, chunk.events.top_users(ids, window=self.window), strict=True))


@dataclass(frozen=True)
class Timeline:
    """The newest things of each customer."""

    most: int

    def __call__(self, chunk: Chunk) -> Iterator[pd.DataFrame]:
        yield chunk.events.timeline(_customers(chunk.events), most=self.most)


@dataclass(frozen=True)
class AttributeValues:
    """How many customers have each value."""

    def __call__(self, chunk: Chunk) -> Iterator[dict[str, list[tuple[str, int]]]]:
        yield chunk.events.attribute_values()


@dataclass(frozen=True)
class ContractValues:
    """How many contracts have each value, whether it is a number or not."""

    def __call__(self, chunk: Chunk) -> Iterator[dict[str, list[tuple[str, int]]]]:
        table = chunk.events.config.tables.subscriptions
        names = table.attributes if table else ()
        yield {name: chunk.events.query(contract_sql.attribute_values(name)) for name in names}


@dataclass(frozen=True)
class RunningContracts:
    """The contracts that run, and the days that ended trials took."""

    def __call__(self, chunk: Chunk) -> Iterator[tuple[pd.DataFrame, list[int]]]:
        running, _ = chunk.events.running_contracts()
        yield running, [days for (days,) in chunk.events.query(contract_sql.ENDED_TRIALS)]


def _customers(events: Events) -> list[str]:
    return [one for (one,) in events.query("SELECT DISTINCT customer FROM retain_rows ORDER BY customer")]


def no_facts(config: Config, index: pd.Index[str]) -> pd.DataFrame:
    """Facts of customers of whom nothing is told."""
    table = config.tables.customers
    return pd.DataFrame(
        index=index, columns=list(customer_sql.fact_columns(table)) if table else [], dtype=object
    )


def added_values(
    parts: Iterable[Mapping[str, Sequence[tuple[str, int]]]], *, names: Iterable[str]
) -> dict[str, list[tuple[str, int]]]:
    """Counts of values added up, most frequent first."""
    total: dict[str, Counter[str]] = {name: Counter() for name in names}
    for part in parts:
        for name, values in part.items():
            total[name].update(dict(values))
    return {name: sorted(found.items(), key=lambda one: (-one[1], one[0])) for name, found in total.items()}


def without_numbers(
    counts: Mapping[str, list[tuple[str, int]]], types: Mapping[str, str]
) -> dict[str, list[tuple[str, int]] | None]:
    """The same with None for an attribute that is a number, which the values alone tell."""
    with duckdb.connect() as connection:
        return {
            name: None if _numeric(connection, name, types[name], [one for one, _ in values]) else values
            for name, values in counts.items()
        }


def _numeric(connection: duckdb.DuckDBPyConnection, name: str, kind: str, values: Sequence[str]) -> bool:
    given = pa.table({"value": pa.array(values, pa.string())})
    connection.register("retain_values", given)
    column = f"value::{kind} AS {contract_sql.attribute(name)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE contract_terms AS SELECT {column} FROM retain_values")
    connection.unregister("retain_values")
    return bool(connection.execute(contract_sql.numeric(name)).fetchall()[0][0])


def added_labels(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The labels of all parts of the tables, as `tallies.labels` orders them."""
    if not parts:
        return pd.DataFrame(columns=["table", "label", "oldest", "rows"])
    grouped = pd.concat(parts).groupby(["table", "label"], as_index=False)
    found: pd.DataFrame = grouped.agg(oldest=("oldest", "min"), rows=("rows", "sum"))
    return found.sort_values(["table", "label"], ignore_index=True)
