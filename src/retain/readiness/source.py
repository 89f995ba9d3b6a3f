"""A table as it was read: its columns, what plays which role, and rows of it to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from retain.config import Config, Table
from retain.events import sources, sql
from retain.events.table_names import table_names

Query = Callable[[str], list[tuple[Any, ...]]]
"""Runs SQL over what was read: `raw_<name>` (the source's columns), `<name>` (and the clean ones)."""

EXAMPLE_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class Source:
    """One table. types: its own columns with their DuckDB types; those of a CSV are all text."""

    name: str
    table: Table
    types: Mapping[str, str]
    query: Query = field(repr=False)

    @property
    def raw(self) -> str:
        """The relation of the source's own columns."""
        return f"raw_{self.name}"

    @property
    def is_events(self) -> bool:
        """Whether it is a stream of events: orders or activity."""
        return self.name.startswith(("orders", "activity"))

    def roles(self) -> dict[str, str]:
        """What each mapped column is there for: `time`, `amount`, `attributes`, `show`."""
        found: dict[str, str] = {}
        for place, column in sources.mapped_columns(self.table):
            found.setdefault(column, place.removeprefix("columns.").partition("[")[0])
        return found

    def column(self, role: str) -> str | None:
        """The column that plays a role."""
        found: str | None = getattr(self.columns, role, None)
        return found

    @property
    def columns(self) -> Any:
        """The section `columns` of the config."""
        return getattr(self.table, "columns", None)

    def example(self, where: str, *, order: str = "", relation: str | None = None) -> dict[str, Any] | None:
        """The first row for which `where` (SQL) holds: the mapped columns, then others; None without one."""
        roles = self.roles()
        shown = [
            c for c in self.types if roles.get(c) != "show"
        ]  # names and mails are nobody's business here
        chosen = [*(c for c in roles if c in shown), *(c for c in shown if c not in roles)]
        chosen = chosen[:EXAMPLE_COLUMNS]
        ordered = f"ORDER BY {order}" if order else ""
        rows = self.query(
            f"SELECT {', '.join(map(sql.name, chosen))} FROM {relation or self.name} "
            f"WHERE {where} {ordered} LIMIT 1"
        )
        return dict(zip(chosen, rows[0], strict=True)) if rows else None


def read_sources(config: Config, query: Query) -> tuple[Source, ...]:
    """Every table of the config."""
    return tuple(
        Source(name, table, {row[0]: row[1] for row in query(f"DESCRIBE raw_{name}")}, query)
        for name, table in _named(config, query)
    )


def _named(config: Config, query: Query) -> Iterator[tuple[str, Table]]:
    for name, (_, table) in table_names(config).items():
        yield name, table
    if config.tables.subscriptions is not None:
        yield "subscriptions", config.tables.subscriptions
    if config.tables.customers is not None:
        yield "customers", config.tables.customers
