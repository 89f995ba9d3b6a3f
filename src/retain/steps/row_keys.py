"""What kept rows and columns depend on; wherever that cannot be told, nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from retain.cache.keys import key, made_by
from retain.config import Config
from retain.events.engine import Events
from retain.events.tables import Summary
from retain.learning.matrix import Columns, MatrixSpec
from retain.project import Definitions
from retain.steps.family_sources import family_sources

ATTRIBUTES = "(attributes)"
"""The family of the columns that no feature makes."""


@dataclass(frozen=True)
class RowKeys:
    """The names of the kept files.

    families: of each family its columns, and the file that has them; None where it cannot be told what they
    depend on.
    """

    rows: str
    families: Mapping[str, tuple[tuple[str, ...], str | None]]


def row_keys(
    events: Events,
    definitions: Definitions,
    spec: MatrixSpec,
    columns: Columns,
    *,
    cutoffs: Sequence[date],
    **asked: Any,
) -> RowKeys | None:
    """The names under which rows are kept; None where it cannot be told what they depend on."""
    read = _read(events.config, events.summary)
    if read is None:
        return None
    rows = key({**read, "cutoffs": sorted(map(str, cutoffs)), **asked})
    families: dict[str, tuple[tuple[str, ...], str | None]] = {}
    for family, names in _families(columns).items():
        sources = {} if family == ATTRIBUTES else family_sources(definitions.sources, f"features/{family}.py")
        made = key({"rows": rows, "spec": spec.to_json(), "columns": names, "sources": sources})
        families[family] = (names, None if sources is None else f"columns-{made}")
    return RowKeys(f"rows-{rows}", families)


def _read(config: Config, summary: Summary) -> dict[str, Any] | None:
    """The tables as they were read, and by what. Where a file has no digest, nothing can be said."""
    files = {name: [file.sha256 for file in found] for name, found in summary.files.items()}
    wanted = {table.name for table in summary.tables} | ({"customers"} if config.tables.customers else set())
    if not all(files.get(name) and all(files[name]) for name in wanted):
        return None
    return {
        "files": files,
        "tables": _without_places(config.tables.model_dump(mode="json")),
        "found": [table.to_json() | {"files": None, "duplicates": None} for table in summary.tables],
        "kinds": dict(summary.kinds),
        "days": [str(summary.as_of), str(summary.start), str(summary.end)],
        "engine": config.engine,
        "timezone": config.timezone,
        "churn": config.churn.model_dump(mode="json"),
        "by": made_by(),
    }


def _without_places(tables: Any) -> Any:
    """The tables without where they are, which may hold a password: the same rows elsewhere are the same."""
    if isinstance(tables, dict):
        return {name: _without_places(value) for name, value in tables.items() if name != "source"}
    return [_without_places(one) for one in tables] if isinstance(tables, list) else tables


def _families(columns: Columns) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for column, feature in columns:
        family = ATTRIBUTES if feature is None else feature.family
        found[family] = (*found.get(family, ()), column.name)
    return found
