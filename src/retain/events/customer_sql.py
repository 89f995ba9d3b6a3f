"""The SQL that asks about customers: their codes, attributes and facts."""

from __future__ import annotations

from collections.abc import Mapping

from retain.config import CustomersTable
from retain.events import sql


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


def moments(name: str) -> str:
    """id, key and time of each row of a table; no time where the row cannot be used."""
    return f"""SELECT retain_id AS id, retain_key(retain_id) AS key,
        CASE WHEN retain_reason IS NULL THEN retain_time END AS time FROM {name}"""


KNOWN_IDS = f"SELECT id, number FROM retain_ids WHERE {sql.known_id('id')} IS NOT NULL ORDER BY id"
"""Of the ids in `retain_ids` those that are not blank, ascending."""


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
