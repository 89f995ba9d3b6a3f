"""The SQL that asks about customers: their codes, attributes and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retain.config import Churn, Config, CustomersTable
from retain.events import contract_sql, sql
from retain.events.days import to_date
from retain.events.table_names import counted_names, names_of, table_names

CUSTOMERS = "SELECT customer FROM customer_codes ORDER BY code"


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
