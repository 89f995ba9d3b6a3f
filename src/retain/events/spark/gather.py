"""All rows brought together by customer: where the customers are parted, and what is sent there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import ceil
from typing import TYPE_CHECKING

from retain.config import Config, CustomersTable, SubscriptionsTable, Table
from retain.events import sql
from retain.events.spark import rows as spark_rows
from retain.events.spark.chunks import PACKS, packed
from retain.events.spark.reader import Read
from retain.events.spark.rows import StoredTable
from retain.events.spark.tables import mapped, read_columns
from retain.events.table_names import table_names

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_A_PART = 1_000_000
"""Rows of a partition, about; one customer's rows are never parted."""

FEWEST_ROWS = 20_000
"""Rows below which it does not pay to give another core a partition."""

MOST_PARTS = 20_000


def gathered(config: Config, read: Read, *, cores: int) -> DataFrame:
    """The usable rows of all tables (`rows.COLUMNS`) in packed chunks of whole customers (`PACKS`).

    The partitions, and the customers in each, are in the order of the customers' ids.
    """
    bounds = cut(_sampled(read), parts=parts_for(sum(t.used for t in read.summary.tables), cores=cores))
    schema = spark_rows.schema(config)
    frames = []
    for stored in read.stored:
        opened, table = read.opened[stored.name], _table(config, stored.name)
        query = _query(stored, table, config, opened.task.columns, bounds)
        frames.append(opened.ask(query, schema, only=read_columns(table, list(opened.task.columns))))
    rows = reduce(lambda one, other: one.unionByName(other), frames)
    together = rows.repartitionById(len(bounds) + 1, "part")
    return mapped(together.sortWithinPartitions("customer", "time", "tab"), packed, PACKS)


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
    stored: StoredTable, table: Table, config: Config, types: Mapping[str, str], bounds: Sequence[str]
) -> str:
    if isinstance(table, CustomersTable):
        column = table.columns.customer
        return spark_rows.customer_rows(stored, sql.customer(column, types[column]), config, bounds=bounds)
    if isinstance(table, SubscriptionsTable):
        return spark_rows.contract_rows(stored, config, bounds=bounds)
    return spark_rows.event_rows(stored.name, table, config, tab=stored.tab, bounds=bounds)


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
