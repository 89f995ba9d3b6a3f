"""The SQL that tells which of a customer's people some activity was of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from retain.config import ActivityTable

NOBODY = -1
_MOST = 2**31 - 1


def actor() -> str:
    """A number for the user, the same for the same one; compared only within a customer."""
    return (
        f"CASE WHEN retain_user IS NULL THEN {NOBODY} ELSE hash(retain_user) % {_MOST} END::INTEGER AS actor"
    )


def top_users(tables: Mapping[str, ActivityTable], *, as_of: date, window: int) -> str:
    """For the customers in `retain_wanted` the user of most of their activity; of several, the last seen."""
    known = " UNION ALL ".join(
        f"""SELECT retain_id AS customer, retain_user AS who, retain_time AS time
            FROM few_{name}('retain_wanted')
            WHERE retain_reason IS NULL AND retain_user IS NOT NULL AND retain_time < DATE '{as_of}'
            AND retain_time >= DATE '{as_of}' - {window}{_recorded(table, as_of)}"""
        for name, table in tables.items()
        if table.columns.user is not None
    )
    return f"""SELECT customer, who FROM ({known}) JOIN retain_wanted USING (customer)
        GROUP BY customer, who QUALIFY row_number() OVER
            (PARTITION BY customer ORDER BY count(*) DESC, max(time::DATE) DESC, who) = 1"""


def _recorded(table: ActivityTable, as_of: date) -> str:
    if table.columns.recorded is None:
        return ""
    return f" AND coalesce(retain_recorded < DATE '{as_of}', true)"
