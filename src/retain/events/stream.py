"""The SQL that makes one stream of rows of the clean tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import partial

from retain.config import ActivityTable, Config, OrdersTable
from retain.events import contract_sql, user_sql
from retain.events.contracts import FOREVER
from retain.events.rows import UNKNOWN
from retain.events.table_names import roles, table_names
from retain.events.tables import ACTIVITY, ORDERS

Lines = Callable[..., str]
"""The rows of a table with some columns and joins, as SQL."""


def event_rows(config: Config, *, as_of: date, whole: Collection[str] = ()) -> str:
    """All usable rows before the as-of, in no order: key, time, tab, label, number and what is optional.

    whole: the tables of which no row is unusable or of nobody; nothing is asked of each row there.
    """
    return _events(config, partial(_lines_of, as_of=as_of, who="retain_key(retain_id)"), "key", whole=whole)


def events_of_few(config: Config, *, as_of: date) -> str:
    """The same of the customers in `retain_wanted`, with the column customer (an id) in place of key."""
    few = "few_{name}('retain_wanted')"
    return _events(config, partial(_lines_of, as_of=as_of, of=few), "customer", whole=())


def _events(config: Config, lines_of: Callable[..., Lines], who: str, *, whole: Collection[str]) -> str:
    optional = _optional_columns(config)
    branches = [
        _rows(table, lines_of(name, whole=name in whole)) for name, (_, table) in table_names(config).items()
    ]
    if config.tables.subscriptions is not None:
        branches.append(contract_sql.stream_rows(config.tables.subscriptions, keyed=who == "key"))
    columns = [f"customer AS {who}", "time", "tab", "label", f"coalesce(number, {UNKNOWN}) AS number"]
    columns += [_visibility(column) for column in optional]
    return f"SELECT {', '.join(columns)} FROM ({' UNION ALL BY NAME '.join(branches)})"


def order_rows(config: Config, *, as_of: date) -> str:
    """Customer, time and number of the orders and returns before the as-of, without their categories."""
    table = config.tables.orders
    if table is None:
        raise ValueError("there is no table of orders")
    plain = table.columns.model_copy(update={"category": None})
    lines = _lines_of("orders", as_of=as_of)
    return _orders(table.model_copy(update={"columns": plain}), lines)


def activity_rows(config: Config, *, as_of: date) -> str:
    """Customer, time and kind of all activity before the as-of."""
    return " UNION ALL BY NAME ".join(
        _lines_of(name, as_of=as_of)(["retain_label AS kind", *_moments(table)])
        for name, (_, table) in table_names(config).items()
        if isinstance(table, ActivityTable)
    )


def _optional_columns(config: Config) -> list[str]:
    mapped = roles(config)
    orders = mapped.get("orders", frozenset())
    optional = [role for role in ("recorded", "cancelled") if any(role in given for given in mapped.values())]
    if {"order", "category"} <= orders:
        optional.append("labels")
    if "user" in mapped.get("activity", frozenset()):
        optional.append("actor")
    return optional


def _visibility(column: str) -> str:
    """The first cutoff after the time of recording; the last one before or at the cancellation."""
    if column == "recorded":
        return "coalesce(recorded::DATE - DATE '1970-01-01' + 1, 0)::INTEGER AS known"
    if column == "cancelled":
        return f"coalesce(cancelled::DATE - DATE '1970-01-01', {FOREVER})::INTEGER AS gone"
    return f"coalesce(actor, {user_sql.NOBODY}) AS actor" if column == "actor" else column


def _lines_of(
    name: str, *, as_of: date, whole: bool = False, who: str = "retain_id", of: str = "{name}"
) -> Lines:
    """who: what stands for the customer. of: the relation that the rows come from."""
    # What is usable costs as much to ask as a fifth of all that is done with the row.
    usable = "" if whole else "retain_reason IS NULL AND retain_customer IS NOT NULL AND "

    def lines(columns: Sequence[str], joins: str = "") -> str:
        return f"""SELECT {who} AS customer, retain_time AS time, {", ".join(columns)}
            FROM {of.format(name=name)} {joins}
            WHERE {usable}retain_time < DATE '{as_of}'"""

    return lines


def _moments(table: OrdersTable | ActivityTable) -> list[str]:
    mapped = [role for role in ("recorded", "cancelled") if getattr(table.columns, role, None)]
    return [f"retain_{role} AS {role}" for role in mapped]


def _rows(table: OrdersTable | ActivityTable, lines: Lines) -> str:
    return _orders(table, lines) if isinstance(table, OrdersTable) else _activity(table, lines)


def _activity(table: ActivityTable, lines: Lines) -> str:
    columns = [f"{ACTIVITY}::UTINYINT AS tab", "kind_codes.code AS label", "retain_number AS number"]
    if table.columns.user is not None:
        columns.append(user_sql.actor())
    joins = "JOIN kind_codes ON kind_codes.label = retain_label"
    return lines([*columns, *_moments(table)], joins)


def _orders(table: OrdersTable, lines: Lines) -> str:
    columns = [f"{ORDERS}::UTINYINT AS tab", "retain_number AS number", *_moments(table)]
    joins = ""
    if table.columns.category is not None:
        columns.append("coalesce(category_codes.code, -1) AS label")
        joins = "LEFT JOIN category_codes ON category_codes.label = retain_label"
    else:
        columns.append("-1::INTEGER AS label")
    if table.columns.order is None:
        return lines(columns, joins)
    return _folded(lines([*columns, "retain_order_id AS order_id"], joins), table)


def _folded(lines: str, table: OrdersTable) -> str:
    """Lines as one order per customer, order and business day; a line without an order is one itself.

    An order whose lines take each other back exactly is none. It is known when its last line is, and
    cancelled when all its lines are.
    """
    columns = {
        "customer": "customer",
        "time": "min(time)",
        "tab": f"{ORDERS}::UTINYINT",
        "label": "-1::INTEGER",
    }
    clamped = "least(greatest(sum(number), -9e18::HUGEINT), 9e18::HUGEINT)::BIGINT"
    columns["number"] = f"CASE WHEN count(number) > 0 THEN {clamped} END"  # greatest() skips nulls
    if table.columns.recorded is not None:
        columns["recorded"] = "max(recorded)"
    if table.columns.cancelled is not None:
        columns["cancelled"] = "CASE WHEN count(cancelled) = count(*) THEN max(cancelled) END"
    if table.columns.category is not None:
        sold = "label >= 0 AND coalesce(number, 0) >= 0"
        columns["labels"] = f"coalesce(list(DISTINCT label ORDER BY label) FILTER ({sold}), [])"
    folded = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    alone = "CASE WHEN order_id IS NULL THEN uuid() END"
    return f"""SELECT {folded} FROM ({lines}) GROUP BY customer, time::DATE, order_id, {alone}
        HAVING NOT coalesce(sum(number) = 0 AND min(number) < 0, false)"""
