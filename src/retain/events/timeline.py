"""What happened to a few customers before the as-of, the newest first: for people to read."""

from __future__ import annotations

from datetime import date

from retain.config import Config
from retain.events import stream
from retain.events.days import to_day
from retain.events.rows import TEN_THOUSANDTHS, UNKNOWN
from retain.events.table_names import roles
from retain.events.tables import ACTIVITY, ORDERS, SUBSCRIPTIONS

ORDER, RETURN, CONTRACT = "order", "return", "contract"
COLUMNS = ("customer_id", "day", "kind", "times", "amount", "all")


def newest(config: Config, *, as_of: date, most: int, with_kinds: bool) -> str:
    """The newest `most` things of each customer in `retain_wanted`, newest first (columns `COLUMNS`).

    One row a customer, day and kind: `order`, `return` (a negative amount), `contract` (its start) or a kind
    of activity. times: how often it happened that day. amount: of activity the mean value, else the day's sum
    of money; null where unknown. all: how many such rows the customer has, shown or not. Nothing at or after
    the as-of is seen, nor what was recorded later or cancelled before.
    """
    rows = stream.events_of_few(config, as_of=as_of)
    amount = f"CASE WHEN number <> {UNKNOWN} THEN number / {TEN_THOUSANDTHS}::DOUBLE END"
    kinds = "LEFT JOIN kind_codes ON kind_codes.code = seen.label" if with_kinds else ""
    activity = f"WHEN tab = {ACTIVITY} THEN kind_codes.label" if with_kinds else ""
    return f"""
        SELECT customer AS customer_id, day, kind, times, amount, rows AS "all" FROM (
            SELECT *, count(*) OVER (PARTITION BY customer) AS rows FROM (
                SELECT customer, time::DATE AS day, kind, count(*) AS times,
                       CASE WHEN tab = {ACTIVITY} THEN avg(amount) ELSE sum(amount) END AS amount
                FROM (
                    SELECT seen.*, {amount} AS amount,
                           CASE WHEN tab = {ORDERS} AND number < 0 AND number <> {UNKNOWN} THEN '{RETURN}'
                                WHEN tab = {ORDERS} THEN '{ORDER}'
                                WHEN tab = {SUBSCRIPTIONS} THEN '{CONTRACT}' {activity} END AS kind
                    FROM ({rows}) AS seen {kinds}
                    WHERE {_visible(config, as_of)})
                WHERE kind IS NOT NULL GROUP BY customer, day, tab, kind))
        QUALIFY row_number() OVER (PARTITION BY customer ORDER BY day DESC, kind) <= {most}
        ORDER BY customer, day DESC, kind"""


def _visible(config: Config, as_of: date) -> str:
    """As the features see it: recorded before the as-of, not cancelled before it."""
    day = to_day(as_of)
    mapped = frozenset[str]().union(*roles(config).values())
    limits = {"recorded": f"known <= {day}", "cancelled": f"gone >= {day}"}
    known = [limit for role, limit in limits.items() if role in mapped]
    return " AND ".join([f"time < DATE '{as_of}'", *known])
