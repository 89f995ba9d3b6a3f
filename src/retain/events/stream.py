"""The SQL that turns clean tables into one stream sorted by customer and time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from retain.config import ActivityTable, Churn, Config, CustomersTable, OrdersTable
from retain.events import contract_sql, sql, user_sql
from retain.events.days import to_date
from retain.events.rows import UNKNOWN
from retain.events.tables import ACTIVITY, ORDERS, UNREADABLE_LINE

CUSTOMERS = "SELECT customer FROM customer_codes ORDER BY code"
DUPLICATES = """SELECT sum(n - 1)::BIGINT FROM (
    SELECT count(*) AS n FROM raw_orders AS retain_row GROUP BY hash(retain_row) HAVING n > 1)"""
_FOREVER = "2147483647"


def table_names(config: Config) -> dict[str, tuple[str, OrdersTable | ActivityTable]]:
    """The tables of events: their short name, path in the config, and table."""
    named: dict[str, tuple[str, OrdersTable | ActivityTable]] = {}
    if config.tables.orders is not None:
        named["orders"] = ("tables.orders", config.tables.orders)
    several = len(config.tables.activity) > 1
    for index, table in enumerate(config.tables.activity):
        named[f"activity_{index}" if several else "activity"] = (f"tables.activity[{index}]", table)
    return named


def names_of(config: Config, table: str) -> list[str]:
    """The short names of a table: activity has one for each of its sources."""
    if table == contract_sql.NAME:
        return [table] if config.tables.subscriptions is not None else []
    wants_orders = table == "orders"
    return [name for name in table_names(config) if (name == "orders") == wants_orders]


def counted_names(config: Config) -> list[str]:
    """The short names of the tables whose rows make a customer of somebody."""
    ended = config.churn.when == "ended"
    return names_of(config, contract_sql.NAME if ended else config.churn.counted_table)


def defining_names(config: Config) -> list[str]:
    """The short names of the tables that say who churned."""
    return names_of(config, config.churn.defining_table)


def roles(config: Config) -> dict[str, frozenset[str]]:
    """What is mapped in orders, in the subscriptions, and in at least one source of activity."""
    mapped: dict[str, frozenset[str]] = {}
    contracts = config.tables.subscriptions
    if contracts is not None:
        mapped[contract_sql.NAME] = frozenset(
            role for role, column in contracts.columns if column is not None
        )
    for name, (_, table) in table_names(config).items():
        table_name = "orders" if name == "orders" else "activity"
        given = {role for role, column in table.columns if column is not None}
        mapped[table_name] = mapped.get(table_name, frozenset()) | given
    return mapped


def clean_view(name: str, clean: dict[str, str], reason: str) -> str:
    """`<name>`: the source's columns, the clean ones, and `retain_reason`."""
    inner = ", ".join(f"{expression} AS retain_{column}" for column, expression in clean.items())
    return (
        f"CREATE TEMP VIEW {name} AS SELECT *, {reason} AS retain_reason "
        f"FROM (SELECT *, {inner} FROM raw_{name})"
    )


def seen_table(name: str) -> str:
    """`seen_<name>`: rows and extent of each customer; the one pass that checks a table."""
    return f"""CREATE TEMP TABLE seen_{name} AS
        SELECT {sql.known_id("id")} AS customer, rows, used, oldest, newest FROM (
            SELECT id, count(*) AS rows, count(usable) AS used, min(usable) AS oldest, max(usable) AS newest
            FROM (SELECT retain_id AS id, CASE WHEN retain_reason IS NULL THEN retain_time END AS usable
                  FROM {name})
            GROUP BY id)"""


def counts(name: str) -> str:
    """Rows, used rows, anonymous rows, oldest and newest used time."""
    known = "FILTER (customer IS NOT NULL)"
    return f"""SELECT sum(rows), sum(used) {known}, sum(rows) FILTER (customer IS NULL),
               min(oldest) {known}, max(newest) {known} FROM seen_{name}"""


def rows_seen(name: str) -> str:
    """How many rows there are."""
    return f"SELECT coalesce(sum(rows), 0)::BIGINT FROM seen_{name}"


def rejected_counts(name: str) -> str:
    """Rows of each reason."""
    return f"""SELECT retain_reason, count(*) FROM {name}
        WHERE retain_reason IS NOT NULL AND retain_customer IS NOT NULL GROUP BY ALL ORDER BY ALL"""


UNCLOSED = """SELECT parse_filename(file_path), line
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
    WHERE error_type = 'UNQUOTED VALUE' AND length(csv_line) >= 10000 ORDER BY ALL LIMIT 1"""
"""Where a quotation mark opens that hides so many lines that DuckDB does not keep them."""


def torn_table(name: str) -> str:
    """`torn_<name>`: the lines of a CSV that could not be read as rows."""
    return f"""CREATE TEMP TABLE torn_{name} AS
        SELECT unnest(string_split(rtrim(any_value(csv_line), chr(13) || chr(10)), chr(10))) AS csv_line
        FROM reject_errors GROUP BY scan_id, file_id, line"""


def write_rejects(name: str, file: Path, *, columns: Iterable[str], torn: bool) -> str:
    """Copy the unusable rows, with the source's own columns and `reject_reason`."""
    own = "".join(f"{sql.name(column)}, " for column in columns)
    rows = f"""SELECT {own} retain_reason AS reject_reason FROM {name}
        WHERE retain_reason IS NOT NULL AND retain_customer IS NOT NULL"""
    if torn:
        rows += f""" UNION ALL BY NAME SELECT csv_line, {sql.text(UNREADABLE_LINE)} AS reject_reason
            FROM torn_{name}"""
    return f"COPY ({rows}) TO {sql.text(str(file))} (FORMAT parquet)"


def labels(names: Sequence[str], *, as_of: date) -> str:
    """Each label of these tables before the as-of with its rows and known numbers, in alphabetical order."""
    every = " UNION ALL ".join(
        f"SELECT retain_label, retain_number FROM {name} WHERE retain_time < DATE '{as_of}'" for name in names
    )
    return f"""SELECT retain_label AS label, count(*) AS rows, count(retain_number) AS valued
        FROM ({every}) WHERE retain_label IS NOT NULL GROUP BY ALL ORDER BY label"""


def codes(table: str, names: Sequence[str], *, as_of: date) -> str:
    """`<table>`: a number for each label of these tables, in alphabetical order."""
    return f"""CREATE TEMP TABLE {table} AS
        SELECT *, (row_number() OVER (ORDER BY label) - 1)::INTEGER AS code
        FROM ({labels(names, as_of=as_of)})"""


def newest_until(names: Sequence[str], *, now: datetime) -> str:
    """The newest used time that is not later than now."""
    every = " UNION ALL ".join(
        f"""SELECT retain_time AS time FROM {name}
            WHERE retain_reason IS NULL AND retain_customer IS NOT NULL"""
        for name in names
    )
    return f"SELECT max(time) FROM ({every}) WHERE time <= TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}'"


def customers_view(table: CustomersTable, types: Mapping[str, str]) -> str:
    """`customers`: one row a customer; of several, the smallest value of each column."""
    columns = table.columns
    named = (*table.attributes, *table.show, columns.owner, columns.opted_out, columns.since)
    kept = {column for column in named if column is not None}
    chosen = "".join(f", min({sql.name(c)}::VARCHAR) AS {sql.name(c)}" for c in sorted(kept) if c)
    customer = sql.customer(columns.customer, types[columns.customer])
    return f"""CREATE TEMP VIEW customers AS
        SELECT {customer} AS retain_customer{chosen}
        FROM raw_customers GROUP BY 1"""


def customer_codes(config: Config, *, cutoffs: Sequence[int] | None) -> str:
    """`customer_codes`: a number for each customer, in the order of their ids.

    With cutoffs, only those who can be eligible at one of them.
    """
    everyone = [*table_names(config), *names_of(config, contract_sql.NAME)]
    names = everyone if cutoffs is None else counted_names(config)
    within = "" if cutoffs is None else _within(config.churn, cutoffs)
    usable = f"WHERE used > 0 AND customer IS NOT NULL{within}"
    seen = " UNION ".join(f"SELECT customer FROM seen_{name} {usable}" for name in names)
    return f"""CREATE OR REPLACE TEMP TABLE customer_codes AS
        SELECT customer, (row_number() OVER (ORDER BY customer) - 1)::INTEGER AS code FROM ({seen})"""


def _within(churn: Churn, cutoffs: Sequence[int]) -> str:
    """Who may be eligible at one of the cutoffs, as far as the extent of their rows tells."""
    before = f" AND oldest < DATE '{to_date(max(cutoffs))}'"
    if churn.when == "ended":
        return f"{before} AND until >= DATE '{to_date(min(cutoffs))}'"
    return f"{before} AND newest >= DATE '{to_date(min(cutoffs) - churn.active_within)}'"


def attributes(table: CustomersTable) -> str:
    """The attributes of the coded customers, in their order."""
    chosen = ", ".join(f"customers.{sql.name(column)}" for column in table.attributes)
    return f"""SELECT {chosen} FROM customer_codes
        LEFT JOIN customers ON retain_customer = customer_codes.customer ORDER BY customer_codes.code"""


def attribute_values(name: str) -> str:
    """The values of an attribute with their customers."""
    column = sql.name(name)
    return f"""SELECT {column}, count(*) AS n FROM customers WHERE {column} IS NOT NULL
        GROUP BY ALL ORDER BY n DESC, {column}"""


def facts(table: CustomersTable) -> str:
    """Owner, opt-out and shown columns of the customers in `retain_wanted`."""
    columns = table.columns
    roles = {"owner": columns.owner, "opted_out": columns.opted_out}
    named = {column: column for column in table.show} | {role: c for role, c in roles.items() if c}
    chosen = "".join(f", customers.{sql.name(c)} AS {sql.name(as_)}" for as_, c in named.items())
    return f"""SELECT retain_wanted.customer AS retain_customer{chosen} FROM retain_wanted
        JOIN customers ON customers.retain_customer = retain_wanted.customer"""


def sorted_events(config: Config, *, as_of: date, whole: Collection[str] = (), of_few: bool = False) -> str:
    """All usable rows before the as-of, in the total order (code, time, tab, label, number).

    whole: the tables of which no customer's row is unusable; nothing is asked of each row there. of_few:
    few customers are coded, so that their rows are picked before anything is done with them.
    """
    optional = _optional_columns(config)
    branches = [
        _orders(table, _lines_of(name, as_of=as_of, whole=name in whole, of_few=of_few))
        if isinstance(table, OrdersTable)
        else _activity(table, _lines_of(name, as_of=as_of, whole=name in whole, of_few=of_few))
        for name, (_, table) in table_names(config).items()
    ]
    if config.tables.subscriptions is not None:
        branches.append(contract_sql.stream_rows(config.tables.subscriptions))
    columns = ["code", "time", "tab", "label", f"coalesce(number, {UNKNOWN}) AS number"]
    columns += [_visibility(column) for column in optional]
    # Nothing is computed behind the sort: DuckDB takes as long for a division there as for the sorting.
    # One join for all tables: what each join holds in memory is lost to the sort.
    return f"""SELECT * FROM (
            SELECT {", ".join(columns)} FROM ({" UNION ALL BY NAME ".join(branches)})
            JOIN customer_codes USING (customer))
        ORDER BY code, time, tab, label, number{", labels" if "labels" in optional else ""}"""


def order_rows(config: Config, *, as_of: date) -> str:
    """Customer, time and number of the orders and returns before the as-of, without their categories."""
    table = config.tables.orders
    if table is None:
        raise ValueError("there is no table of orders")
    plain = table.columns.model_copy(update={"category": None})
    lines = _lines_of("orders", as_of=as_of, whole=False, of_few=False)
    return _orders(table.model_copy(update={"columns": plain}), lines)


def activity_rows(config: Config, *, as_of: date) -> str:
    """Customer, time and kind of all activity before the as-of."""
    return " UNION ALL BY NAME ".join(
        _lines_of(name, as_of=as_of, whole=False, of_few=False)(["retain_label AS kind", *_moments(table)])
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
        return f"coalesce(cancelled::DATE - DATE '1970-01-01', {_FOREVER})::INTEGER AS gone"
    return f"coalesce(actor, {user_sql.NOBODY}) AS actor" if column == "actor" else column


Lines = Callable[..., str]
"""The rows of a table with some columns and joins, as SQL."""


def _lines_of(name: str, *, as_of: date, whole: bool, of_few: bool) -> Lines:
    usable = "" if whole else "retain_reason IS NULL AND "  # costs as much as a fifth of the sorting
    # A limit keeps DuckDB from asking everyone's rows for their time before it picks those of the few.
    few = f"(FROM {name} WHERE retain_id IN ({CUSTOMERS}) LIMIT {_FOREVER})"

    def lines(columns: Sequence[str], joins: str = "") -> str:
        return f"""SELECT retain_id AS customer, retain_time AS time, {", ".join(columns)}
            FROM {few if of_few else name} {joins}
            WHERE {usable}retain_time < DATE '{as_of}'"""

    return lines


def _moments(table: OrdersTable | ActivityTable) -> list[str]:
    mapped = [role for role in ("recorded", "cancelled") if getattr(table.columns, role, None)]
    return [f"retain_{role} AS {role}" for role in mapped]


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
