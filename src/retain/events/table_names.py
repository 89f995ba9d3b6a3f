"""The short names that the tables of a config have in SQL, and what is mapped in them."""

from __future__ import annotations

from retain.config import ActivityTable, Config, OrdersTable
from retain.events import contract_sql


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
