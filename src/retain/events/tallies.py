"""How many rows the tables hold, day by day and label by label: what two readings are compared by."""

from __future__ import annotations

from datetime import date

from retain.config import Config
from retain.events import contract_sql
from retain.events.table_names import names_of, table_names

COLUMNS = {"table": "str", "day": "datetime64[s]", "rows": "int64"}


def rows_by_day(config: Config, *, as_of: date) -> str:
    """table, day and rows: the usable rows of each business day before the as-of.

    A contract is there on the day of its start and again on the day when its end was known.
    """
    tables = [*table_names(config), *names_of(config, contract_sql.NAME)]
    parts = [
        f"SELECT '{name}' AS \"table\", retain_time::DATE AS day FROM {name} WHERE {_visible(as_of)}"
        for name in tables
    ]
    if contract_sql.NAME in tables:
        known = "coalesce(retain_known_at, retain_until)"
        parts.append(
            f"SELECT '{contract_sql.NAME}', {known}::DATE FROM {contract_sql.NAME} "
            f"WHERE retain_reason IS NULL AND {known} < DATE '{as_of}'"
        )
    every = " UNION ALL ".join(parts)
    return f'SELECT "table", day, count(*) AS rows FROM ({every}) GROUP BY ALL ORDER BY ALL'


def labels(config: Config, *, as_of: date, since: date) -> str:
    """table, label (a category or a kind), oldest (a time), and rows: how many there are from `since` on.

    Of orders and activity; there must be one of them.
    """
    parts = [labels_of(name, as_of=as_of, since=since) for name in table_names(config)]
    return f"{' UNION ALL '.join(parts)} ORDER BY ALL"


def labels_of(name: str, *, as_of: date, since: date) -> str:
    """The same of one table, in no order."""
    return (
        f"SELECT '{name}' AS \"table\", retain_label AS label, min(retain_time) AS oldest, "
        f"count(*) FILTER (retain_time >= DATE '{since}') AS rows FROM {name} "
        f"WHERE retain_label IS NOT NULL AND {_visible(as_of)} GROUP BY ALL"
    )


def _visible(as_of: date) -> str:
    return f"retain_reason IS NULL AND retain_time < DATE '{as_of}'"
