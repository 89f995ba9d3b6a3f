"""What DuckDB hands over of the customers: their rows, brought together, their attributes and contracts."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from retain.config import Churn, CustomersTable, SubscriptionsTable
from retain.events import contract_sql, customer_sql
from retain.events.buckets import OPTIONAL, Buckets
from retain.events.contracts import Terms
from retain.events.duckdb.connection import plainly
from retain.events.duckdb.counting import whole
from retain.events.history import CUSTOMER_ROWS
from retain.events.numbering import NOBODY, Numbering
from retain.events.people import Coded
from retain.events.scratch import writing_to

BATCH_ROWS = 500_000


def brought_together(
    connection: duckdb.DuckDBPyConnection, query: str, coded: Coded, *, folder: Path, chunk_rows: int
) -> Buckets:
    """The rows that `query` (see `stream.event_rows`) gives of these customers, in a file in `folder`.

    Raises ConfigError where that has no room for them.
    """
    reader = connection.sql(query).to_arrow_reader(BATCH_ROWS)
    optional = [name for name in OPTIONAL if name in reader.schema.names]
    sizes = coded.rows + CUSTOMER_ROWS  # room that is not used takes none in the file
    with writing_to(folder):
        buckets = Buckets(folder, sizes, bucket_rows=chunk_rows, optional=optional)
    with ExitStack() as unfinished:
        unfinished.enter_context(buckets)
        _lay(reader, buckets, Numbering.of(coded.keys), folder=folder)
        unfinished.pop_all()
    return buckets


def _lay(reader: pa.RecordBatchReader, buckets: Buckets, numbering: Numbering, *, folder: Path) -> None:
    names = reader.schema.names
    columns_of = [name for name in ("tab", "label", "number", *OPTIONAL) if name in names]
    for batch in reader:
        code = numbering.find(batch["key"].to_numpy())
        if (code == NOBODY).any():
            batch, code = batch.filter(pa.array(code != NOBODY)), code[code != NOBODY]
        columns = {name: batch[name].to_numpy() for name in columns_of}
        columns |= {"code": code, "time": batch["time"].to_numpy().view(np.int64)}
        with writing_to(folder):
            buckets.add(columns, batch["labels"] if "labels" in names else None)


def attributes_of(connection: duckdb.DuckDBPyConnection, table: CustomersTable) -> dict[str, pa.Array]:
    """The values of each attribute of the customers in `customer_codes`, in their order."""
    values = connection.sql(customer_sql.attributes(table)).to_arrow_table()
    return {name: whole(values[name]) for name in table.attributes}


def terms_of(connection: duckdb.DuckDBPyConnection, table: SubscriptionsTable, churn: Churn) -> Terms:
    """What the contracts say, in the order of their places."""
    found = connection.sql(contract_sql.terms(table.attributes)).to_arrow_table()
    numbers = {
        name: found[name].to_numpy().astype(np.int64)
        for name in ("until", "settled", "price_until", "seats", "term")
    }
    return Terms(
        **numbers,
        trial=found["trial"].to_numpy().astype(bool),
        ended_for=whole(found["ended_for"]),
        attributes={name: whole(found[contract_sql.kept_under(name)]) for name in table.attributes},
        grace=churn.grace,
    )


def attribute_values(
    connection: duckdb.DuckDBPyConnection, table: CustomersTable
) -> dict[str, list[tuple[str, int]]]:
    """The values of each customer attribute with how many customers have them, most frequent first."""
    with plainly():
        return {
            name: connection.execute(customer_sql.attribute_values(name)).fetchall()
            for name in table.attributes
        }


def contract_attribute_values(
    connection: duckdb.DuckDBPyConnection, table: SubscriptionsTable
) -> dict[str, list[tuple[str, int]] | None]:
    """The values of each contract attribute likewise; None for one that is a number."""
    with plainly():
        return {
            name: None
            if connection.execute(contract_sql.numeric(name)).fetchall()[0][0]
            else connection.execute(contract_sql.attribute_values(name)).fetchall()
            for name in table.attributes
        }


def running_contracts(
    connection: duckdb.DuckDBPyConnection, table: SubscriptionsTable, *, as_of: date
) -> tuple[pd.DataFrame, float | None]:
    """One row a contract that runs at the as-of, and how long trials take (None: nobody knows)."""
    with plainly():
        found: pd.DataFrame = connection.sql(contract_sql.running(table, as_of=as_of)).df()
        usual = connection.execute(contract_sql.TRIAL_DAYS).fetchall()[0][0]
    dates = dict.fromkeys(("started", "ends_on", "known_on", "price_until"), "datetime64[s]")
    return found.astype(dates), None if usual is None else float(usual)
