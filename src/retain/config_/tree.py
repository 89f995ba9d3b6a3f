"""The typed tree behind configs/*.yaml: every key, its default and what it may be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from retain.configfile import Document, dotted, hide

POSTGRES = ("postgresql://", "postgres://")
_MEMORY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?)B?|B)?\s*", re.IGNORECASE)


def expected(what: str, choices: tuple[str, ...] = ()) -> PydanticCustomError:
    """The error `expected <what>, got <the value>`; the value is added, or hidden, by configproblems."""
    return PydanticCustomError("expected", "{what}", {"what": what, "choices": choices})


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise expected("a number")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        names = tuple(sorted(available_timezones()))
        raise expected("a timezone such as Europe/London or UTC", names) from None
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"\w[\w.-]*", value):
        raise expected("a name of letters, digits, '-', '_' and '.' (it names files and models)")
    return value


def _bytes(value: object) -> object:
    """`4GB` (10^9), `4GiB` (2^30) or a number, as bytes."""
    match = _MEMORY.fullmatch(str(value)) if isinstance(value, str | int) else None
    if isinstance(value, bool) or not match:
        raise expected("an amount of memory such as 4GB, 1.5GB or 500MB")
    number, unit, binary = match.groups()
    base = 1024 if binary else 1000
    size = int(float(number) * base ** ("KMGT".index(unit.upper()) + 1)) if unit else int(float(number))
    if size < 1:
        raise expected("more memory than nothing, such as 4GB")
    return size


def _size(value: object) -> object:
    if value == "auto" or (isinstance(value, int | str) and str(value).isdecimal() and int(value) > 0):
        return value if value == "auto" else int(str(value))
    raise expected("auto, or how many customers to list", ("auto",))


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, BeforeValidator(_no_truth)]
Count = Annotated[int, BeforeValidator(_no_truth), Field(ge=0)]
Positive = Annotated[int, BeforeValidator(_no_truth), Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Money = Annotated[Number, Field(ge=0)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Name = Annotated[str, AfterValidator(_name)]


class Section(BaseModel):
    """A part of the tree. Its repr hides secrets; equality is of the keys alone."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )
    _secrets: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        known = {given.alias or name for name, given in cls.model_fields.items()}
        return {key: value for key, value in values.items() if value is not None or key not in known}

    def model_post_init(self, context: Any, /) -> None:
        """Remember what must not be shown."""
        if isinstance(context, Document):
            self._secrets = context.secrets

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, _shown(value, self._secrets)


def _shown(value: object, secrets: tuple[str, ...]) -> object:
    if isinstance(value, tuple):
        return tuple(_shown(item, secrets) for item in value)
    return hide(str(value), secrets) if isinstance(value, str | Path) else value


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
    """Which column of the contracts plays which role."""

    customer: Text
    start: Text
    end: Text | None = None
    amount: Text | None = None
    reason: Text | None = None
    trial: Text | None = None
    known_at: Text | None = None


class CustomersColumns(Section):
    """Which column of the customers plays which role."""

    customer: Text
    since: Text | None = None
    owner: Text | None = None
    opted_out: Text | None = None


class Table(Section):
    """Where a table is read from. Sources are absolute paths or globs, or one postgresql:// address."""

    source: Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]
    table: Text | None = None
    query: Text | None = None
    timezone: Timezone | None = None
    where: Text | None = None

    @field_validator("source")
    @classmethod
    def _absolute(cls, sources: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        folder = info.context.path.parent if isinstance(info.context, Document) else Path()
        return tuple(_absolute_source(source, folder=folder) for source in sources)

    @model_validator(mode="after")
    def _postgres_names_its_rows(self) -> Table:
        named = (self.table is not None) + (self.query is not None)
        if self.postgres and (named != 1 or len(self.source) > 1):
            raise ValueError("a postgresql:// source stands alone and needs one of `table:` and `query:`")
        if named and not self.postgres:
            raise ValueError("`table:` and `query:` are for a postgresql:// source; this one is a file")
        return self

    @property
    def postgres(self) -> bool:
        """Whether the table is read from PostgreSQL."""
        return any(source.startswith(POSTGRES) for source in self.source)


def _absolute_source(source: str, *, folder: Path) -> str:
    if source.startswith(POSTGRES):
        return source
    if "://" in source:
        raise expected("a file, a glob, a list of these, or postgresql://…")
    return os.path.normpath(os.path.join(os.path.abspath(folder), os.path.expanduser(source)))


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
            raise ValueError("give `kind:` (one kind for all rows) or `columns.kind:` (a column), not both")
        return self


class SubscriptionsTable(Table):
    """Contracts; `end` is empty while live."""

    columns: SubscriptionsColumns


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
            raise ValueError("give at least one of `orders:`, `activity:` and `subscriptions:`")
        return self

    def each(self) -> Iterator[tuple[str, Table]]:
        """The tables there are, each with its path (`tables.activity[0]`)."""
        single = (("orders", self.orders), ("subscriptions", self.subscriptions), ("customers", self.customers))
        for name, table in single:
            if table is not None:
                yield f"tables.{name}", table
        for index, activity in enumerate(self.activity):
            yield dotted(("tables", "activity", index)), activity


class Churn(Section):
    """What counts as losing a customer. Days throughout."""

    when: Literal["inactive", "ended", "event"] = "inactive"
    table: Literal["orders", "activity"] | None = None
    horizon: Positive
    active_within: Positive = Field(default_factory=lambda known: 2 * known["horizon"])
    grace: Count = 30
    kinds: tuple[Text, ...] = ()
    reasons: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _event_has_kinds(self) -> Churn:
        if self.when == "event" and not self.kinds:
            raise ValueError("`when: event` needs `kinds:`, the kinds of activity that mean churn")
        return self

    @property
    def counted_table(self) -> Literal["orders", "activity"]:
        """The table whose rows keep a customer active."""
        return self.table or "orders"


class Training(Section):
    """How many snapshots (`cutoffs`), how far apart (`every`, days), and how much search."""

    cutoffs: Positive = 12
    every: Positive = 30
    trials: Count = 30
    seed: Count = 7
    retrain_every: Positive = 28


class Value(Section):
    """What a customer is worth: revenue over `horizon` days times `margin`."""

    horizon: Positive = 365
    margin: Share = 1.0
    currency: Text | None = None


class Campaign(Section):
    """What contacting a customer costs, and how often it works."""

    name: Name = "default"
    accept: Share = 0.3
    incentive: Money = 10.0
    contact: Money = 1.0


class Bands(Section):
    """Probabilities from which a risk is called high and medium."""

    high: Share = 0.5
    medium: Share = 0.25

    @model_validator(mode="after")
    def _in_order(self) -> Bands:
        if self.high <= self.medium:
            raise ValueError("`high` must be more than `medium`")
        return self


class Listing(Section):
    """The list: how long, in what order, whom to spare."""

    size: Annotated[int | Literal["auto"], BeforeValidator(_size)] = "auto"
    capacity: Positive = 500
    order_by: Literal["expected_saving", "value_at_risk", "churn_probability"] = "expected_saving"
    holdout: Share = 0.1
    cooldown: Count = 30
    bands: Bands = Bands()
    actions: Text = "configs/actions.yaml"


class Gates(Section):
    """What stops a run from being published or a model from being promoted."""

    min_customers: Count = 500
    min_churners: Count = 100
    max_missing: Share = 0.2
    max_age_days: Count = 8
    max_row_drop: Share = 0.2
    max_customer_change: Money = 0.3
    max_drift: Money = 0.25
    must_beat_baseline: bool = True


class Publish(Section):
    """Where else the list goes."""

    postgres: Text | None = None
    schema_: Text | None = Field(default=None, alias="schema")


class Mlflow(Section):
    """Where runs and models are kept."""

    tracking_uri: Text | None = None


def _absolute_folder(value: Path) -> Path:
    return Path(os.path.abspath(value))


class ConfigKeys(Section):
    """The top of the tree; `config.Config` adds what a program asks of it."""

    name: Name
    timezone: Timezone = "UTC"
    output: Annotated[Path, AfterValidator(_absolute_folder)] = Field(
        default_factory=lambda known: Path("output", known["name"])
    )
    engine: Literal["duckdb", "spark"] = "duckdb"
    memory: Annotated[int, BeforeValidator(_bytes)] = 4_000_000_000
    tables: Tables
    churn: Churn
    training: Training = Training()
    model: Text = "gbm"
    features: tuple[Text, ...] | None = None
    value: Value = Value()
    campaign: Campaign = Campaign()
    listing: Listing = Field(default=Listing(), alias="list")
    notify: tuple[Text, ...] = ()
    gates: Gates = Gates()
    publish: Publish = Publish()
    mlflow: Mlflow = Mlflow()

    @model_validator(mode="before")
    @classmethod
    def _resolve_counted_table(cls, values: object) -> object:
        """Write the default of `churn.table` into it: orders where there are orders."""
        if not isinstance(values, dict):
            return values
        churn, tables = values.get("churn"), values.get("tables")
        if not isinstance(churn, dict) or not isinstance(tables, dict) or churn.get("table") is not None:
            return values
        counted = "orders" if tables.get("orders") is not None or not tables.get("activity") else "activity"
        return {**values, "churn": {**churn, "table": counted}}
