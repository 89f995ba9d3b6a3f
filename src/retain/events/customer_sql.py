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
        FROM raw_customers WHERE {customer} IS NOT NULL GROUP BY 1"""


def key_macro(salt: int) -> str:
    """`retain_key(id)`: a number for an id, cheaper to look up; another one for each salt."""
    salted = f"id || '{salt}'" if salt else "id"
    return f"CREATE OR REPLACE TEMP MACRO retain_key(id) AS hash({salted})"


def customer_codes(config: Config, *, cutoffs: Sequence[int] | None) -> str:
    """`customer_codes`: a number for each customer, in the order of their ids, and their key.

    With cutoffs, only those who can be eligible at one of them. shared: whether somebody else, coded or
    not, has the same key.
    """
    everyone = [*table_names(config), *names_of(config, contract_sql.NAME)]
    seen = " UNION ALL ".join(
        f"SELECT customer, {_wanted(config, name, cutoffs)} AS wanted FROM seen_{name}" for name in everyone
    )
    return f"""CREATE OR REPLACE TEMP TABLE customer_codes AS
        SELECT *, (row_number() OVER (ORDER BY customer) - 1)::INTEGER AS code FROM (
            SELECT retain_key(customer) AS key, min(customer) AS customer,
                   min(customer) <> max(customer) AS shared
            FROM ({seen}) WHERE customer IS NOT NULL GROUP BY key HAVING bool_or(wanted))"""


SHARED_KEYS = "SELECT coalesce(bool_or(shared), false) FROM customer_codes"
"""Whether two customers have the same key."""


def _wanted(config: Config, name: str, cutoffs: Sequence[int] | None) -> str:
    if cutoffs is None:
        return "used > 0"
    return f"used > 0 AND {_within(config.churn, cutoffs)}" if name in counted_names(config) else "false"


def _within(churn: Churn, cutoffs: Sequence[int]) -> str:
    """Who may be eligible at one of the cutoffs, as far as the extent of their rows tells."""
    before = f"oldest < DATE '{to_date(max(cutoffs))}'"
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
    chosen = "".join(
        f", customers.{sql.name(c)} AS {sql.name(as_)}" for as_, c in fact_columns(table).items()
    )
    return f"""SELECT retain_wanted.customer AS retain_customer{chosen} FROM retain_wanted
        JOIN customers ON customers.retain_customer = retain_wanted.customer"""


def fact_columns(table: CustomersTable) -> dict[str, str]:
    """The source's columns that are facts of a customer, by what they are called there."""
    roles = {"owner": table.columns.owner, "opted_out": table.columns.opted_out}
    return {column: column for column in table.show} | {role: c for role, c in roles.items() if c}
