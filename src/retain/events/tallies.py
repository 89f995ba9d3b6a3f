"""How many rows the tables hold, day by day and label by label: what two readings are compared by."""

from __future__ import annotations

from datetime import date

import pandas as pd

from retain.events import contract_sql
from retain.events.duckdb import Events
from retain.events.table_names import names_of, table_names

COLUMNS = {"table": "str", "day": "datetime64[s]", "rows": "int64"}


def rows_by_day(events: Events) -> pd.DataFrame:
    """table, day and rows: the usable rows of each business day before the as-of.

    A contract is there on the day of its start and again on the day when its end was known.
    """
    parts = [
        f"SELECT '{name}' AS \"table\", retain_time::DATE AS day FROM {name} WHERE {_visible(events)}"
        for name in _tables(events)
    ]
    if contract_sql.NAME in _tables(events):
        known = "coalesce(retain_known_at, retain_until)"
        parts.append(
            f"SELECT '{contract_sql.NAME}', {known}::DATE FROM {contract_sql.NAME} "
            f"WHERE retain_reason IS NULL AND {known} < DATE '{events.summary.as_of}'"
        )
    every = " UNION ALL ".join(parts)
    query = f'SELECT "table", day, count(*) AS rows FROM ({every}) GROUP BY ALL ORDER BY ALL'
    return _frame(events, query).astype(COLUMNS)


def labels(events: Events, *, since: date) -> pd.DataFrame:
    """table, label (a category or a kind), oldest (a time), and rows: how many there are from `since` on."""
    parts = [
        f"SELECT '{name}' AS \"table\", retain_label AS label, min(retain_time) AS oldest, "
        f"count(*) FILTER (retain_time >= DATE '{since}') AS rows FROM {name} "
        f"WHERE retain_label IS NOT NULL AND {_visible(events)} GROUP BY ALL"
        for name in table_names(events.config)
    ]
    if not parts:
        return pd.DataFrame(columns=["table", "label", "oldest", "rows"])
    return _frame(events, f"{' UNION ALL '.join(parts)} ORDER BY ALL")


def _tables(events: Events) -> list[str]:
    return [*table_names(events.config), *names_of(events.config, contract_sql.NAME)]


def _visible(events: Events) -> str:
    return f"retain_reason IS NULL AND retain_time < DATE '{events.summary.as_of}'"


def _frame(events: Events, query: str) -> pd.DataFrame:
    frame: pd.DataFrame = events.connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
    return frame
