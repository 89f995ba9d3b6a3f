"""How many rows the tables hold, day by day and label by label: what two readings are compared by."""

from __future__ import annotations

from datetime import date

import pandas as pd

from retain.events import contract_sql
from retain.events.duckdb import Events
from retain.events.stream import table_names

COLUMNS = {"table": "str", "day": "datetime64[s]", "rows": "int64"}


def rows_by_day(events: Events) -> pd.DataFrame:
    """table, day and rows: the usable rows of each business day before the as-of.

    A contract counts on the day it starts and on the day its end is recorded.
    """
    parts = [
        f"SELECT '{name}' AS \"table\", retain_time::DATE AS day, count(*) AS rows FROM {name} "
        f"WHERE {_visible(events)} GROUP BY ALL"
        for name in table_names(events.config)
    ]
    if events.config.tables.subscriptions is not None:
        parts.append(contract_sql.happenings(as_of=events.summary.as_of))
    return _frame(events, f"{' UNION ALL '.join(parts)} ORDER BY ALL").astype(COLUMNS)


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


def _visible(events: Events) -> str:
    return f"retain_reason IS NULL AND retain_time < DATE '{events.summary.as_of}'"


def _frame(events: Events, query: str) -> pd.DataFrame:
    frame: pd.DataFrame = events.connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
    return frame
