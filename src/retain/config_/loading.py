"""The configuration of one business: a frozen typed tree, read from configs/<name>.yaml."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import PrivateAttr, ValidationError

from retain.configfile import HIDDEN, Document, Loc, Problem, hide, read_document, read_text
from retain.configproblems import problems_of, repaired
from retain.configtree import (
    POSTGRES,
    ActivityColumns,
    ActivityTable,
    Bands,
    Campaign,
    Churn,
    ConfigKeys,
    CustomersColumns,
    CustomersTable,
    Gates,
    Listing,
    Mlflow,
    OrdersColumns,
    OrdersTable,
    Publish,
    SubscriptionsColumns,
    SubscriptionsTable,
    Table,
    Tables,
    Training,
    Value,
)
from retain.errors import ConfigError

__all__ = [
    "ActivityColumns",
    "ActivityTable",
    "Bands",
    "Campaign",
    "Churn",
    "Config",
    "CustomersColumns",
    "CustomersTable",
    "Gates",
    "Inspect",
    "Listing",
    "Mlflow",
    "OrdersColumns",
    "OrdersTable",
    "Problem",
    "Publish",
    "SubscriptionsColumns",
    "SubscriptionsTable",
    "Table",
    "Tables",
    "Training",
    "Value",
    "dump",
    "load",
    "parse",
    "redact",
    "refuse_unbuilt",
]

Inspect = Callable[[Tables], list[Problem]]
"""Looks into the tables themselves, for columns that are not there."""

_ROUNDS = 8  # of repairing and looking again; each uncovers what the mistakes before it hid


class Config(ConfigKeys):
    """The configuration of one business. Its repr is `public()`: no secret is in it."""

    _document: Document | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        """Remember the file, and which values came from the environment."""
        super().model_post_init(context)
        if isinstance(context, Document):
            self._document = context

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield from self.public().items()

    @property
    def path(self) -> Path:
        """The file this was read from."""
        return self._document.path if self._document else Path("config.yaml")

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs: the key, else MLFLOW_TRACKING_URI, else mlflow.db where one stands."""
        return self.mlflow.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"

    def public(self) -> dict[str, Any]:
        """The whole tree as JSON, secrets and all that came from the environment as '***'."""
        shown: dict[str, Any] = self._mapped(self._public_text)
        return shown

    def _public_text(self, value: Any, loc: Loc) -> Any:
        origin = self._document.origin(loc) if self._document else None
        if origin:
            value = origin.shown
        if loc[0] == "notify":  # its addresses are tokens
            return f"{str(value).partition('://')[0]}://{HIDDEN}"
        return hide(value, self._secrets) if isinstance(value, str) else value

    def _mapped(self, change: Callable[[Any, Loc], Any]) -> Any:
        return _mapped(self.model_dump(mode="json", by_alias=True, exclude_none=True), (), change)


def _mapped(value: Any, loc: Loc, change: Callable[[Any, Loc], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, (*loc, key), change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, (*loc, at), change) for at, item in enumerate(value)]
    return change(value, loc)


def load(path: Path | str, *, inspect: Inspect | None = None) -> Config:
    """Read a config file.

    `inspect` is called with the tables that could be read, even if other keys are wrong, and with none
    of them when there are none. Raises ConfigError with every mistake on a line of its own, `path: what
    is wrong`.
    """
    path = Path(path)
    return parse(read_text(path), path=path, inspect=inspect)


def parse(text: str, *, path: Path, inspect: Inspect | None = None) -> Config:
    """The config that `text` holds, as if it stood in the file `path`."""
    document = read_document(text, path=path)
    config, problems = _examined(document)
    if config is not None and inspect is not None:
        found = _inspected(config.tables, problems, inspect)
        problems = [*problems, *(problem for problem in found if not _already_told(problem, problems))]
    if problems or config is None:
        raise ConfigError(_message(problems, document))
    return config


def _examined(document: Document) -> tuple[Config | None, list[Problem]]:
    """The config, with stand-ins for what is wrong, and all that is; None when too little is left."""
    problems, values = list(document.problems), document.values
    for _ in range(_ROUNDS):
        try:
            config = Config.model_validate(values, context=document)
        except ValidationError as error:
            found = [problem for _, problem in problems_of(error, document, Config)]
            problems += [problem for problem in found if not _already_told(problem, problems)]
            values = repaired(values, error, Config)
        else:
            found = _contradictions(config)
            return config, problems + [problem for problem in found if not _already_told(problem, problems)]
    return None, problems


def _already_told(problem: Problem, told: list[Problem]) -> bool:
    """Whether a mistake at the same place, around it or within it is known: one may be due to the other."""
    return any(_within(problem.path, other.path) or _within(other.path, problem.path) for other in told)


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _contradictions(config: Config) -> list[Problem]:
    """Keys that are right by themselves but not together."""
    churn, tables = config.churn, config.tables
    there = {"orders": tables.orders is not None, "activity": bool(tables.activity)}
    if churn.when == "inactive" and not any(there.values()):
        return [Problem("churn.when", "'inactive' needs an orders or an activity table; there is neither")]
    if churn.when == "inactive" and not there[churn.counted_table]:
        return [Problem("churn.table", f"there is no {churn.counted_table} table under `tables:`")]
    if churn.when == "event" and not tables.activity:
        return [Problem("churn.when", "'event' needs an activity table")]
    if churn.when == "ended" and (tables.subscriptions is None or tables.subscriptions.columns.end is None):
        return [Problem("churn.when", "'ended' needs a subscriptions table with a column for `end`")]
    return []


def _inspected(tables: Tables, problems: list[Problem], inspect: Inspect) -> list[Problem]:
    """What `inspect` finds in the tables whose sources are known."""
    told = {problem.path for problem in problems}
    known = [path for path, _ in tables.each() if not told & {path, "tables", f"{path}.source"}]
    lost = {path: None for path, _ in tables.each() if path not in known}
    if not known:
        return []
    if not lost:
        return inspect(tables)
    single = {name: None for name in ("orders", "subscriptions", "customers") if f"tables.{name}" in lost}
    return inspect(tables.model_copy(update=single))


def _message(problems: list[Problem], document: Document) -> str:
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    lines = [f"{count} in {document.path}:", *map(str, problems)]
    return hide("\n".join(lines), document.secrets)


def dump(config: Config) -> str:
    """The config as YAML such that `load` of it, under the same environment, is equal.

    A value from the environment is written as the `${VAR}` it came from.
    """
    tree = config._mapped(lambda value, loc: _as_written(config, value, loc))
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


def _as_written(config: Config, value: Any, loc: Loc) -> Any:
    document = config._document
    origin = document.origin(loc) if document else None
    if not origin or not document:
        return value.replace("$", "$$") if isinstance(value, str) else value
    if "source" in loc and not str(value).startswith(POSTGRES) and _given_text(document, loc) != value:
        folder = os.path.abspath(document.path.parent)
        return os.path.join(folder.replace("$", "$$"), origin.raw)
    return origin.raw


def _given_text(document: Document, loc: Loc) -> Any:
    value: Any = document.values
    for part in loc:
        value = value if isinstance(value, str) else value[part]
    return value


def redact(text: str, config: Config | None = None) -> str:
    """The text without the passwords of URLs, nor any value that `config` took from the environment."""
    return hide(text, config._secrets if config else ())


def refuse_unbuilt(config: Config) -> None:
    """Raise ConfigError for what the config asks for and this version of retain cannot do."""
    asked = [Problem(path, f"not built yet ({now})") for path, refused, now in _unbuilt(config) if refused]
    if asked:
        raise ConfigError("\n".join([f"{config.path} asks for more than this version can do:", *map(str, asked)]))


def _unbuilt(config: Config) -> Iterator[tuple[str, bool, str]]:
    """Each thing of a later version: its path, whether it is asked for, and what there is now."""
    wanted, default = config.listing, Listing()
    yield "engine", config.engine != "duckdb", "duckdb is"
    yield "churn.when", config.churn.when != "inactive", "inactive is"
    for path, table in config.tables.each():
        yield f"{path}.source", table.postgres, "Parquet and CSV files are"
    yield "list.order_by", wanted.order_by == "value_at_risk", "churn_probability is"
    yield "list.holdout", wanted.holdout not in (0, default.holdout), "nobody is held out for now"
    yield "list.cooldown", wanted.cooldown not in (0, default.cooldown), "nobody is spared for now"
    yield "list.actions", wanted.actions != default.actions, "the list has no actions for now"
    yield "publish", config.publish != Publish(), "the list is published as files"
    yield "notify", bool(config.notify), "nobody is notified for now"


def as_json(config: Config) -> str:
    """`public()` as one line of JSON."""
    return json.dumps(config.public())
