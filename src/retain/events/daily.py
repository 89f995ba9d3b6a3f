"""The SQL of who did how much on which day: what the retention metrics are counted from."""

from __future__ import annotations

from datetime import date

from retain.config import Config
from retain.events import sql, stream
from retain.events.table_names import roles


def order_days(config: Config, *, until: date, as_of: date) -> str:
    """One row a customer's code and day before `until`: orders, their amounts, and what was sent back.

    Amounts are whole ten-thousandths. Orders as they stood at the as-of: recorded and not cancelled
    before it. As in `history.cancelled_outright`, an opposite amount of the same day takes an order
    back, and neither is counted.
    """
    kept, back = "greatest(sold - back, 0)", "greatest(back - sold, 0)"
    sizes = f"""SELECT code, time::DATE AS day, abs(number) AS size,
            count(*) FILTER (number >= 0) AS sold, count(*) FILTER (number < 0) AS back,
            count(*) FILTER (number IS NULL) AS unknown
        FROM ({_seen(stream.order_rows(config, as_of=until), config, table="orders", as_of=as_of)})
        JOIN customer_codes USING (customer) GROUP BY ALL"""
    return f"""SELECT code, day, sum({kept} + unknown)::INTEGER AS orders,
            coalesce(sum(size * {kept}), 0)::BIGINT AS amount,
            coalesce(sum(size * {back}), 0)::BIGINT AS returned
        FROM ({sizes}) GROUP BY code, day HAVING orders > 0 OR returned > 0"""


def activity_days(config: Config, *, until: date, as_of: date) -> str:
    """One row a customer's code and day with activity: as `order_days`, without amounts.

    Where churn is an event, activity of its kinds is none.
    """
    others = f"WHERE kind NOT IN ({_kinds(config)})" if config.churn.when == "event" else ""
    return f"""SELECT code, time::DATE AS day, count(*)::INTEGER AS orders, 0::BIGINT AS amount,
            0::BIGINT AS returned
        FROM ({_activity(config, until=until, as_of=as_of)}) JOIN customer_codes USING (customer) {others}
        GROUP BY ALL"""


def event_days(config: Config, *, until: date, as_of: date) -> str:
    """The days (code, day) on which a customer had an activity of the kinds that mean churn."""
    return f"""SELECT DISTINCT code, time::DATE AS day
        FROM ({_activity(config, until=until, as_of=as_of)}) JOIN customer_codes USING (customer)
        WHERE kind IN ({_kinds(config)})"""


def _activity(config: Config, *, until: date, as_of: date) -> str:
    return _seen(stream.activity_rows(config, as_of=until), config, table="activity", as_of=as_of)


def _kinds(config: Config) -> str:
    return ", ".join(sql.text(kind) for kind in config.churn.kinds)


def _seen(rows: str, config: Config, *, table: str, as_of: date) -> str:
    """The rows that were recorded and not cancelled before the as-of."""
    conditions = {
        "recorded": f"(recorded IS NULL OR recorded < DATE '{as_of}')",
        "cancelled": f"(cancelled IS NULL OR cancelled >= DATE '{as_of}')",
    }
    mapped = roles(config).get(table, frozenset())
    wanted = [condition for role, condition in conditions.items() if role in mapped]
    return f"SELECT * FROM ({rows}) WHERE {' AND '.join(wanted)}" if wanted else rows
