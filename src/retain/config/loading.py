"""A config file to a `Config` and back; every mistake in it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from retain.config.addresses import kind_of
from retain.config.document import Document, Loc, Problem, hide, read_document, read_text
from retain.config.engines import unfit_for_engine
from retain.config.problems import problems_of, repaired
from retain.config.tables import Tables
from retain.config.tree import Config
from retain.errors import ConfigError

Inspect = Callable[[Tables], list[Problem]]
"""Looks into the tables for columns that are not there. What Spark reads is looked into when it is read."""

_ROUNDS = 8  # of repairing and looking again; each uncovers what the mistakes before it hid


def load(path: Path | str, *, inspect: Inspect | None = None) -> Config:
    """Read a config file.

    `inspect` is called even if other keys are wrong: tables then hold "?" where a source or a column is
    missing, and what it finds at such a place is dropped. Raises ConfigError with every mistake on a line
    of its own, `path: what is wrong`.
    """
    path = Path(path)
    return parse(read_text(path), path=path, inspect=inspect)


def parse(text: str, *, path: Path, inspect: Inspect | None = None) -> Config:
    """Read the config that `text` holds, as if it stood in the file `path`."""
    document = read_document(text, path=path)
    config, problems = _examined(document)
    if config is not None and inspect is not None and config.engine == "duckdb":
        found = inspect(config.tables)
        problems = [*problems, *(problem for problem in found if not _already_told(problem, problems))]
    if problems or config is None:
        raise ConfigError(_message(problems, document))
    return config


def _examined(document: Document) -> tuple[Config | None, list[Problem]]:
    """Build the config, with stand-ins for what is wrong, and all that is; None when too little is left."""
    problems, values = list(document.problems), document.values
    for _ in range(_ROUNDS):
        try:
            config = Config.model_validate(values, context=document)
        except ValidationError as error:
            found = problems_of(error, document, Config)
            problems += [problem for problem in found if not _already_told(problem, problems)]
            values = repaired(values, error, Config)
        else:
            found = [*_contradictions(config), *unfit_for_engine(config)]
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
    if churn.when == "event" and not tables.activity:
        return [Problem("churn.when", "'event' needs an activity table")]
    if churn.when != "ended" and not there[churn.counted_table]:
        return [Problem("churn.table", f"there is no {churn.counted_table} table under `tables:`")]
    if churn.when == "ended" and (tables.subscriptions is None or tables.subscriptions.columns.end is None):
        return [Problem("churn.when", "'ended' needs a subscriptions table with a column for `end`")]
    return []


def _message(problems: list[Problem], document: Document) -> str:
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    lines = [f"{count} in {document.path}:", *map(str, problems)]
    return hide("\n".join(lines), document.secrets)


def dump(config: Config) -> str:
    """Write the config as YAML such that `load` of it, under the same environment, is equal.

    A value from the environment is written as the `${VAR}` it came from.
    """
    tree = config.written(lambda value, loc: _as_written(config, value, loc))
    return yaml.safe_dump(tree, sort_keys=False, width=1000)  # ASCII: PyYAML loses U+0085 otherwise


def _as_written(config: Config, value: Any, loc: Loc) -> Any:
    document = config.document
    origin = document.origin(loc) if document else None
    if not origin or not document:
        return value.replace("$", "$$") if isinstance(value, str) else value
    if "source" not in loc or kind_of(str(value)) != "file":
        return origin.raw
    folder = str(document.path.parent.absolute()).replace("$", "$$")
    return origin.raw if _stands_alone(document, loc) else str(Path(folder, origin.raw))


def _stands_alone(document: Document, loc: Loc) -> bool:
    """Whether the source at `loc`, variables filled in, does not depend on the config's folder."""
    source: Any = document.values
    for part in loc:
        source = source if isinstance(source, str) else source[part]
    return source.startswith("~/") or Path(source).is_absolute()


def redact(text: str, config: Config | None = None) -> str:
    """Hide the passwords of URLs in the text, and any value that `config` took from the environment."""
    return hide(text, config.secrets if config else ())
