"""The tree behind configs/*.yaml: every key, its default and what it may be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from retain.config.cache import Cache, switched
from retain.config.document import HIDDEN, Document, Loc, hide, names_a_secret
from retain.config.publishing import Publish
from retain.config.spark import Spark
from retain.config.tables import Tables
from retain.config.values import (
    Count,
    Money,
    Name,
    Number,
    Positive,
    Section,
    Share,
    Text,
    Timezone,
    absolute_folder,
    bytes_of,
    clash,
    size_of,
)


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
            raise clash("kinds", "`when: event` needs the kinds of activity that mean churn")
        return self

    @property
    def counted_table(self) -> Literal["orders", "activity"]:
        """The table whose rows keep a customer active."""
        return self.table or "orders"

    @property
    def defining_table(self) -> Literal["orders", "activity", "subscriptions"]:
        """The table that says who churned."""
        if self.when == "ended":
            return "subscriptions"
        return "activity" if self.when == "event" else self.counted_table

    @property
    def told_of(self) -> Literal["orders", "activity", "subscriptions"]:
        """The table that speaks of a customer where no feature does."""
        return "subscriptions" if self.when == "ended" else self.counted_table

    @property
    def settled(self) -> int:
        """Days after a cutoff until who churned is known: a contract may yet be renewed within `grace`."""
        return self.horizon + (self.grace if self.when == "ended" else 0)


class Training(Section):
    """How many snapshots (`cutoffs`), how far apart (`every`, days), the most rows, how much search.

    share: of the customers who churn at none of them, those that are learnt from.
    """

    cutoffs: Positive = 12
    every: Positive = 30
    max_rows: Positive = 1_000_000
    share: Annotated[Number, Field(gt=0, le=1)] = 1.0
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
            raise clash("high", "must be more than `medium`")
        return self


class Listing(Section):
    """The list: how long, in what order, whom to spare."""

    size: Annotated[int | Literal["auto"], BeforeValidator(size_of)] = "auto"
    capacity: Positive = 500
    order_by: Literal["expected_saving", "value_at_risk", "churn_probability"] = "expected_saving"
    holdout: Share = 0.1
    cooldown: Count = 30
    bands: Bands = Bands()
    actions: Text = "configs/actions.yaml"
    bom: bool = False


class Gates(Section):
    """What stops a run from being published or a model from being promoted."""

    min_customers: Count = 500
    min_churners: Count = 100
    max_missing: Share = 0.2
    max_age_days: Count = 8
    max_row_drop: Share = 0.2
    max_history_change: Share = 0.002
    max_customer_change: Money = 0.3
    max_unseen: Share = 0.3
    max_drift: Money = 0.25
    max_model_age_days: Count = 365
    same_definitions: bool = False
    must_beat_baseline: bool = True


class Mlflow(Section):
    """Where runs and models are kept."""

    tracking_uri: Text | None = None


class Metrics(Section):
    """What retention is held against, and which definition holds where authors disagree.

    amount_months: months that a contract's amount pays for. involuntary: end reasons nobody chose.
    """

    target: Share = 0.9
    minimum: Share = 0.85
    win_backs: Literal["retained", "apart"] = "retained"
    repeat: Literal["period", "lifetime"] = "period"
    revenue: Literal["gross", "net"] = "gross"
    quick_ratio: Literal["plain", "reactivation"] = "plain"
    trials: bool = False
    amount_months: Positive = 1
    involuntary: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Metrics:
        if self.minimum > self.target:
            raise clash("minimum", "must not be more than `target`")
        return self


class Config(Section):
    """The configuration of one business. Its repr is `public()`: no secret is in it."""

    _document: Document | None = PrivateAttr(default=None)

    name: Name
    timezone: Timezone = "UTC"
    output: Annotated[Path, AfterValidator(absolute_folder)] = Field(
        default_factory=lambda known: Path("output", known["name"])
    )
    engine: Literal["duckdb", "spark"] = "duckdb"
    memory: Annotated[int, BeforeValidator(bytes_of)] = 4_000_000_000
    spill: Annotated[Path, AfterValidator(absolute_folder)] | None = None
    spark: Spark = Spark()
    tables: Tables
    churn: Churn
    training: Training = Training()
    model: Text = "gbm"
    features: tuple[Text, ...] | None = None
    value: Value = Value()
    campaign: Campaign = Campaign()
    listing: Listing = Field(default=Listing(), alias="list")
    notify: tuple[Text, ...] = ()
    notify_owners: dict[Text, Text] = Field(default_factory=dict)
    notify_details: bool = False
    retention_days: Positive | None = None
    gates: Gates = Gates()
    publish: Publish = Publish()
    metrics: Metrics = Metrics()
    mlflow: Mlflow = Mlflow()
    cache: Annotated[Cache, BeforeValidator(switched)] = Cache()

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

    def model_post_init(self, context: Any, /) -> None:
        """Remember the file, and which values came from the environment."""
        super().model_post_init(context)
        if isinstance(context, Document):
            self._document = context

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield from self.public().items()

    @property
    def document(self) -> Document | None:
        """What the file said, where there was one."""
        return self._document

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return self._secrets

    @property
    def path(self) -> Path:
        """The file this was read from."""
        return self._document.path if self._document else Path("config.yaml")

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs: the key, else MLFLOW_TRACKING_URI, else mlflow.db where one stands."""
        return self.mlflow.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"

    def public(self) -> dict[str, Any]:
        """Give the whole tree as JSON, with secrets and all that came from the environment as '***'."""
        shown: dict[str, Any] = self.written(self._public_text)
        return shown

    def _public_text(self, value: Any, loc: Loc) -> Any:
        origin = self._document.origin(loc) if self._document else None
        if origin:
            value = origin.shown
        if "options" in loc and names_a_secret(loc[-1]):
            return HIDDEN
        if loc[0] in ("notify", "notify_owners"):  # its addresses are tokens
            return f"{str(value).partition('://')[0]}://{HIDDEN}"
        return hide(value, self._secrets) if isinstance(value, str) else value

    def written(self, change: Callable[[Any, Loc], Any]) -> Any:
        """Every key that is set, as JSON, each value changed by `change(value, its place)`."""
        return _mapped(self.model_dump(mode="json", by_alias=True, exclude_none=True), (), change)


def _mapped(value: Any, loc: Loc, change: Callable[[Any, Loc], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, (*loc, key), change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, (*loc, at), change) for at, item in enumerate(value)]
    return change(value, loc)
