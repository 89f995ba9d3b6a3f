"""A list that stands, known to be what predicting would make without reading a table or loading a model.

After `retain predict` a note is kept of all that the list depends on: the stamps of the files, the config,
the definitions, the champion, the lists and the history as they were. While all of it is the same, predicting
again would find the same list standing. Wherever that cannot be told from the note, tables are read as ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from retain.cache.keys import key, made_by
from retain.cache.stamps import Stamps, from_json, stamped, to_json, unchanged
from retain.config import Config
from retain.config.rulebook import ACTIONS_FILE, SEGMENTS_FILE
from retain.errors import ConfigError
from retain.events.days import business_time
from retain.events.sources import find_files
from retain.events.tables import FUTURE_TIME
from retain.lists import history_file, published
from retain.steps.results import PredictResult
from retain.steps.rule_places import folders, own_playbook
from retain.steps.run import Run
from retain.tracking.pointer import CHAMPION, Pointer, pointed_to

MEANS = frozenset({"cache", "memory", "spill"})
"""Keys of the config that say how a list is made, not which."""

ELSEWHERE = MEANS | {"mlflow", "notify", "notify_owners", "output", "publish"}
"""Keys of the config that no list depends on, or that are looked after by themselves."""


@dataclass(frozen=True)
class Before:
    """What a list is about to be made from, marked before any of it is read. files: by table."""

    as_of: date | None
    asked: str
    files: Mapping[str, list[str]]
    stamps: Stamps


def mark(run: Run, *, as_of: date | None) -> Before | None:
    """Mark what a list of a day will be made from; None where that cannot be told without reading it."""
    files = _files(run.config) if run.cache.size and _local(run.config) else None
    if files is None:
        return None
    tables = [Path(file) for found in files.values() for file in found]
    return Before(as_of, _asked(run), files, stamped([*tables, *_rules(run)]))


def keep(run: Run, before: Before, result: PredictResult) -> None:
    """Note what the list that now stands was made from, if it can be known again."""
    manifest, lists = result.manifest, run.config.output / "lists"
    history = stamped(history_file.files_in(run.config.output))
    champion = _champion(run.config)
    if champion is None or not _made_by(manifest, champion):
        return
    if not _whatever_the_time(run, manifest, as_of=before.as_of) or not _remembers(run, manifest):
        return
    note = {
        "asked": before.asked,
        "files": dict(before.files),
        "stamps": to_json({**before.stamps, **history}),
        "champion": [champion.version, champion.run_id],
        "lists": _links(lists),
        "as_of": manifest["as_of"],
        "fingerprint": manifest["fingerprint"],
    }
    run.cache.put(_name(run.config, before.as_of), lambda stream: stream.write(json.dumps(note).encode()))


def standing(run: Run, *, as_of: date | None) -> PredictResult | None:
    """The list of a day if nothing that it was made from has changed since; None where that is not known."""
    content = run.cache.get(_name(run.config, as_of))
    if content is None or not _local(run.config):
        return None
    note, lists = json.loads(bytes(content)), run.config.output / "lists"
    champion = _champion(run.config)
    same = (
        note["asked"] == _asked(run)
        and champion is not None
        and note["champion"] == [champion.version, champion.run_id]
        and note["lists"] == _links(lists)
        and note["files"] == _files(run.config)
        and unchanged(from_json(note["stamps"]))
    )
    if not same:
        return None
    day = date.fromisoformat(note["as_of"])
    there = published.already_published(lists, as_of=day, fingerprint=note["fingerprint"])
    return None if there is None else PredictResult(there.path, published.manifest(there.path), already=True)


def _name(config: Config, as_of: date | None) -> str:
    return f"list-{key({'name': config.name, 'output': str(config.output), 'as_of': str(as_of)})}"


def _local(config: Config) -> bool:
    """Whether everything is in files of this machine; of a server only the server can tell."""
    tables = [table for _, table in config.tables.each()]
    return (
        config.engine == "duckdb" and config.publish.postgres is None and not any(t.postgres for t in tables)
    )


def _asked(run: Run) -> str:
    """What the list depends on besides files: the config, where it stands, the definitions, retain."""
    config = run.config
    deciding = {
        name: value
        for name, value in config.model_dump(mode="json").items()
        if name not in ELSEWHERE | {"tables"}
    }
    shown = {name: value for name, value in config.public().items() if name not in MEANS}
    tables = {path: table.model_dump(mode="json") for path, table in config.tables.each()}
    return key(
        {
            "config": [str(config.path.absolute()), deciding, shown, tables],
            "store": config.tracking_uri,
            "project": [str(run.folder.path), run.definitions.digest],
            "by": made_by(),
        }
    )


def _files(config: Config) -> dict[str, list[str]] | None:
    try:
        return {path: list(find_files(table, path=path)) for path, table in config.tables.each()}
    except ConfigError:
        return None


def _rules(run: Run) -> list[Path]:
    """Where segments and actions may be, those places too where they are not."""
    shared = [folder / name for folder in folders(run) for name in (SEGMENTS_FILE, ACTIONS_FILE)]
    return [*shared, *own_playbook(run)]


def _champion(config: Config) -> Pointer | None:
    return pointed_to(config.tracking_uri, name=config.name, alias=CHAMPION)


def _made_by(manifest: Mapping[str, Any], champion: Pointer) -> bool:
    model = manifest["model"]
    return (model["version"], model["run_id"]) == (champion.version, champion.run_id)


def _links(lists: Path) -> dict[str, str]:
    """Which version stands for which day, and which day is the latest."""
    latest = lists / "latest"
    there = [*published.links(lists), *([latest] if latest.is_symlink() else [])] if lists.is_dir() else []
    return {link.name: str(link.readlink()) for link in there}


def _whatever_the_time(run: Run, manifest: Mapping[str, Any], *, as_of: date | None) -> bool:
    """Whether the tables will read the same later: no row of theirs lies in the future of this run.

    Contracts begin and end in the future; the default as-of may then change by the hour.
    """
    now = business_time(run.now, timezone=run.config.timezone)
    tables = [one for one in manifest["inputs"].values() if "rejected" in one]
    if as_of is None and run.config.tables.subscriptions is not None:
        return False
    newest = [datetime.fromisoformat(one["newest"]) for one in tables if one["newest"]]
    return all(moment <= now for moment in newest) and not any(
        FUTURE_TIME in one["rejected"] for one in tables
    )


def _remembers(run: Run, manifest: Mapping[str, Any]) -> bool:
    """Whether the history, of which the stamps were just taken, is still the one the list was made from."""
    from retain.lists import history

    place = history.place_of(run.config)
    return history.past(place, as_of=date.fromisoformat(manifest["as_of"])).digest == manifest.get("past")
