"""What an engine gives: the tables of a business, read and checked, on one machine or on many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import pandas as pd

from retain.config import Churn, Config
from retain.events.history import History
from retain.events.tables import Summary
from retain.progress import Progress

T = TypeVar("T")


class Events(Protocol):
    """The tables of a business; a context manager that frees what it holds."""

    @property
    def config(self) -> Config:
        """What the tables were read by."""

    @property
    def summary(self) -> Summary:
        """Rows, extent and rejects of each table."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of activity, in alphabetical order."""

    @property
    def valued_kinds(self) -> frozenset[str]:
        """Those of them with known values."""

    @property
    def roles(self) -> Mapping[str, frozenset[str]]:
        """What the config maps of each table."""

    def __enter__(self) -> Self:
        """The same."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free what is held."""

    def close(self) -> None:
        """Free what is held."""

    def each(
        self,
        work: Callable[[History], Iterable[T]],
        *,
        cutoffs: Sequence[int] | None = None,
        ids: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[T]:
        """What `work` makes of each chunk of customers, in the order of their ids.

        work: may be sent to other machines, so a function of a module or a value that can be pickled.
        cutoffs: leave out customers who cannot be eligible at any of them (None: everyone). ids: the only
        customers whom `work` looks at; an engine may leave out the others, and saves what they would take.
        """

    def under(self, churn: Churn) -> Self:
        """The same tables where churn means something else."""

    def count_customers(self, cutoffs: Sequence[int]) -> int:
        """How many customers may be eligible at one of the cutoffs."""

    def facts(self, ids: Sequence[str]) -> pd.DataFrame:
        """Owner, opt-out and `show` columns of these customers, indexed by customer id."""

    def top_users(self, ids: Sequence[str], *, window: int) -> list[str | None]:
        """Who of each customer's people was the most active in the `window` days before the as-of."""

    def timeline(self, ids: Sequence[str], *, most: int) -> pd.DataFrame:
        """The newest `most` things of each of these customers, newest first (`timeline.COLUMNS`)."""

    def rows_by_day(self) -> pd.DataFrame:
        """table, day and rows: the usable rows of each business day before the as-of (`tallies.COLUMNS`)."""

    def labels(self, *, since: date) -> pd.DataFrame:
        """table, label (a category or a kind), oldest (a time), and rows: how many from `since` on."""

    def attribute_values(self) -> dict[str, list[tuple[str, int]]]:
        """The values of each customer attribute with how many customers have them, most frequent first."""

    def contract_attribute_values(self) -> dict[str, list[tuple[str, int]] | None]:
        """The values of each contract attribute likewise; None for one that is a number."""

    def running_contracts(self) -> tuple[pd.DataFrame, float | None]:
        """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""


def open_events(
    config: Config,
    *,
    as_of: date | None = None,
    now: datetime | None = None,
    rejects: Path | None = None,
    duplicates: bool = False,
    progress: Progress | None = None,
    staging: Path | None = None,
) -> Events:
    """Read and check the tables of `config` as they stand before `as_of`, by its engine.

    as_of: by default the day after the newest row of the table that defines churn. now: the moment
    of the run (the clock's by default); rows more than a day later are unusable. rejects: a folder
    for the unusable rows. duplicates: count exact duplicates among the orders. staging: a folder in which
    copies of tables from databases stay for the next reading.

    Raises ConfigError for sources and columns that are not there, DataError where too much of a table
    cannot be used, Unavailable where a database stays away.
    """
    opener: Callable[..., Events]
    if config.engine == "spark":  # neither engine is loaded where the other is at work
        from retain.events.spark import open_events as opener
    else:
        from retain.events.duckdb.engine import open_events as opener
    return opener(
        config,
        as_of=as_of,
        now=now,
        rejects=rejects,
        duplicates=duplicates,
        progress=progress,
        staging=staging,
    )
