"""The tables a config names: where each is read from, and which column plays which role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from retain.config.addresses import JDBC, POSTGRES, SPARK, absolute, kinds_of
from retain.config.document import Document, dotted
from retain.config.spark import Settings
from retain.config.values import Section, Text, Timezone, clash, expected, listed


def postgres_address(value: str) -> str:
    """The address of a PostgreSQL database."""
    if not value.startswith(POSTGRES):
        raise expected("an address like postgresql://user:${PGPASSWORD}@host/database")
    return value


def schema_of(value: str) -> str:
    """A name that PostgreSQL takes for a schema as it is."""
    if len(value.encode()) > 63 or "%" in value or "\0" in value or value.startswith("pg_"):
        raise expected("the name of a schema: at most 63 bytes, no %, and not beginning with pg_")
    return value


class OrdersColumns(Section):
    """Which column of the orders plays which role."""

    customer: Text
    time: Text
    amount: Text | None = None
    order: Text | None = None
    category: Text | None = None
    cancelled: Text | None = None
    recorded: Text | None = None


class ActivityColumns(Section):
    """Which column of an activity source plays which role."""

    customer: Text
    time: Text
    kind: Text | None = None
    value: Text | None = None
    user: Text | None = None
    recorded: Text | None = None


class SubscriptionsColumns(Section):
    """Which column of the contracts plays which role.

    amount: a month. known_at: when the end was recorded; recorded: when the contract was. seats: users it
    is for. term: days until it renews, or monthly, quarterly, yearly. price_until: when an introductory price
    ends.
    """

    customer: Text
    start: Text
    end: Text | None = None
    amount: Text | None = None
    reason: Text | None = None
    trial: Text | None = None
    known_at: Text | None = None
    recorded: Text | None = None
    seats: Text | None = None
    term: Text | None = None
    price_until: Text | None = None


class CustomersColumns(Section):
    """Which column of the customers plays which role."""

    customer: Text
    since: Text | None = None
    owner: Text | None = None
    opted_out: Text | None = None


class Table(Section):
    """Where a table is read from: absolute paths or globs, or an address, which stands alone.

    table, query: of a database (postgresql://, jdbc:), or of Spark's catalogs (spark://). options: what
    Spark's reader is told besides, with `engine: spark`.
    """

    source: Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
    table: Text | None = None
    query: Text | None = None
    options: Settings = Field(default_factory=dict)
    timezone: Timezone | None = None
    where: Text | None = None

    @field_validator("source")
    @classmethod
    def _absolute(cls, sources: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        folder = info.context.path.parent if isinstance(info.context, Document) else Path()
        return tuple(absolute(source, folder=folder) for source in sources)

    @model_validator(mode="after")
    def _says_which_rows(self) -> Table:
        named = (self.table is not None) + (self.query is not None)
        for name, there in (("postgresql://", self.postgres), (JDBC, self.jdbc)):
            if there and (named != 1 or len(self.source) > 1):
                raise clash("table", f"a {name} source stands alone and needs one of `table:` and `query:`")
        if self.spark and (named + (self.source[0] != SPARK) != 1 or len(self.source) > 1):
            raise clash("table", f"write {SPARK}catalog.schema.table, or {SPARK} with `table:` or `query:`")
        if named and not (self.postgres or self.jdbc or self.spark):
            key = "table" if self.table else "query"
            raise clash(key, "only for a postgresql:// source, jdbc: or spark://; this one is a file")
        return self

    @property
    def postgres(self) -> bool:
        """Whether the table is read from PostgreSQL by retain itself."""
        return "postgresql" in kinds_of(self.source)

    @property
    def jdbc(self) -> bool:
        """Whether Spark reads the table from a database."""
        return "jdbc" in kinds_of(self.source)

    @property
    def spark(self) -> bool:
        """Whether the table, or what a query says, is in Spark's catalogs."""
        return "spark" in kinds_of(self.source)

    @property
    def catalog_table(self) -> str | None:
        """The table's name in Spark's catalogs; None where a query says the rows, or nothing there does."""
        return (self.source[0].removeprefix(SPARK) or self.table) if self.spark else None


class OrdersTable(Table):
    """What customers paid for; rows may be order lines."""

    columns: OrdersColumns


class ActivityTable(Table):
    """Engagement. `kind` is the kind of every row; `columns.kind` the column that says it."""

    columns: ActivityColumns
    kind: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> ActivityTable:
        if self.kind is not None and self.columns.kind is not None:
            raise clash("kind", "give this (one kind for all rows) or `columns.kind` (a column), not both")
        return self


class SubscriptionsTable(Table):
    """Contracts; `end` is empty while live. `attributes` hold for a whole contract, such as its plan."""

    columns: SubscriptionsColumns
    attributes: tuple[Text, ...] = ()


class CustomersTable(Table):
    """One row a customer: `attributes` feed the model, `show` is for the person who calls."""

    columns: CustomersColumns
    attributes: tuple[Text, ...] = ()
    show: tuple[Text, ...] = ()


class Tables(Section):
    """The tables of the business."""

    orders: OrdersTable | None = None
    activity: tuple[ActivityTable, ...] = ()
    subscriptions: SubscriptionsTable | None = None
    customers: CustomersTable | None = None

    @model_validator(mode="after")
    def _some_events(self) -> Tables:
        if self.orders is None and not self.activity and self.subscriptions is None:
            raise ValueError("give at least one of `orders`, `activity` and `subscriptions`")
        return self

    def each(self) -> Iterator[tuple[str, Table]]:
        """Give the tables there are, each with its path (`tables.activity[0]`)."""
        for name in ("orders", "subscriptions", "customers"):
            if getattr(self, name) is not None:
                yield f"tables.{name}", getattr(self, name)
        for index, activity in enumerate(self.activity):
            yield dotted(("tables", "activity", index)), activity
