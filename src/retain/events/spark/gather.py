"""All rows brought together by customer: where the customers are parted, and what is sent there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from math import ceil
from typing import TYPE_CHECKING, Any

from retain.config import Config, CustomersTable, SubscriptionsTable, Table
from retain.events import sql
from retain.events.spark import rows as spark_rows
from retain.events.spark.chunks import PACKS, packed
from retain.events.spark.following import Told, counter, shown
from retain.events.spark.reader import Read
from retain.events.spark.results import on_disk
from retain.events.spark.rows import StoredTable
from retain.events.spark.session import Session
from retain.events.spark.tables import mapped, read_columns
from retain.events.table_names import table_names
from retain.progress import Progress

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_A_PART = 1_000_000
"""Rows of a partition, about; one customer's rows are never parted."""

FEWEST_ROWS = 20_000
"""Rows below which it does not pay to give another core a partition."""

MOST_PARTS = 20_000


@dataclass(frozen=True, eq=False)
class Gathered:
    """The usable rows of all tables before the as-of in packed chunks of whole customers (`PACKS`).

    What is packed are `rows.COLUMNS`. The partitions, and the customers in each, are in the order of the
    customers' ids. finished: counts partitions; None where nothing does.
    """

    frame: DataFrame
    parts: int
    finished: Any
    progress: Progress

    @cached_property
    def rows(self) -> DataFrame:
        """The same, on the disks of the executors: brought together when they are first asked for."""
        step = self.progress.step("Bringing customers together", total=self.parts)
        with step as under_way, shown(self.finished, under_way, total=self.parts):
            self.frame.count()
        return self.frame


def gathered(config: Config, read: Read, *, session: Session, progress: Progress) -> Gathered:
    """Where the rows are brought together; nothing is, yet."""
    bounds = cut(_sampled(read), parts=parts_for(_rows(read), cores=session.cores))
    schema = spark_rows.schema(config)
    frames = []
    for stored in read.stored:
        opened, table = read.opened[stored.name], _table(config, stored.name)
        query = _query(stored, table, config, opened.task.columns, read.summary.as_of, bounds)
        frames.append(opened.ask(query, schema, only=read_columns(table, list(opened.task.columns))))
    rows = reduce(lambda one, other: one.unionByName(other), frames)
    parts, finished = len(bounds) + 1, counter(session.context)
    together = rows.repartitionById(parts, "part").sortWithinPartitions("customer", "time", "tab")
    frame = mapped(together, Told(packed, finished).batches, PACKS)
    return Gathered(frame.persist(on_disk()), parts, finished, progress)


def _rows(read: Read) -> int:
    """How many rows are brought together, about: a contract that has ended counts twice."""
    found = (checked.days(as_of=read.summary.as_of) for checked in read.checked.values())
    return sum(sum(days.values()) for days in found)


def parts_for(rows: int, *, cores: int) -> int:
    """How many partitions: enough to keep all cores at work, and none too large."""
    for_cores = min(2 * cores, ceil(rows / FEWEST_ROWS))
    return max(min(max(ceil(rows / ROWS_A_PART), for_cores), MOST_PARTS), 1)


def cut(sample: Mapping[str, int], *, parts: int) -> list[str]:
    """The customers with whom partitions begin, of about as many rows each. sample: some customers' rows.

    A customer with more rows than a partition should have has one alone.
    """
    total = sum(sample.values())
    share = max(ceil(total / parts), 1)
    named = sorted(sample)
    bounds, filled = list[str](), 0
    for customer in named:
        if filled and filled + sample[customer] > share:
            bounds.append(customer)
            filled = 0
        filled += sample[customer]
    return bounds


def stripped(config: Config, *, memory: int) -> Config:
    """The config without what is of no use in a task: where the rows are, addresses and secrets.

    memory: what the process of a task may take of the whole.
    """
    values = config.model_dump(mode="json", by_alias=True)
    kept = {name: value for name, value in values.items() if name not in _NOT_SENT}
    tables = kept["tables"]
    named = [tables[name] for name in ("orders", "subscriptions", "customers") if tables[name] is not None]
    for table in (*named, *tables["activity"]):
        table.update({"source": ["rows"], "table": None, "query": None, "options": {}, "where": None})
    return type(config).model_validate({**kept, "memory": memory})


_NOT_SENT = ("publish", "spill", "notify", "notify_owners", "mlflow", "spark")


def _query(
    stored: StoredTable,
    table: Table,
    config: Config,
    types: Mapping[str, str],
    as_of: date,
    bounds: Sequence[str],
) -> str:
    if isinstance(table, CustomersTable):
        column = table.columns.customer
        return spark_rows.customer_rows(stored, sql.customer(column, types[column]), config, bounds=bounds)
    if isinstance(table, SubscriptionsTable):
        return spark_rows.contract_rows(stored, config, as_of=as_of, bounds=bounds)
    return spark_rows.event_rows(stored, table, config, as_of=as_of, bounds=bounds)


def _table(config: Config, name: str) -> Table:
    if name in table_names(config):
        return table_names(config)[name][1]
    table: Table = getattr(config.tables, name)
    return table


def _sampled(read: Read) -> dict[str, int]:
    """About how many rows of all tables some customers have."""
    total: dict[str, int] = {}
    for checked in read.checked.values():
        for customer, rows in checked.sample().items():
            total[customer] = total.get(customer, 0) + rows
    return total
