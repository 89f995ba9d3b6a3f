"""Erasing people from published lists: some of them on request, all of them once a list is old.

A list is never edited: a new version without them takes its place, as whole as any, and the former one
is removed.
"""

from __future__ import annotations

import shutil
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from retain.lists import publish, published
from retain.lists.publish import Writer

Rendered = Callable[[pd.DataFrame, pd.DataFrame | None, Mapping[str, Any]], Mapping[str, Writer]]
"""The page and the workbook of a list, its lengths and its manifest, by file name."""

LIST = "at_risk.parquet"
LENGTHS = "what_if.parquet"
PAGES = ("at_risk.html", "at_risk.xlsx")


@dataclass(frozen=True)
class Forgotten:
    """Whom to forget. columns: what the customer is called in the files, the sources' own names too."""

    ids: frozenset[str]
    columns: frozenset[str] = frozenset({"customer_id"})

    def known_in(self, names: Iterable[str]) -> list[str]:
        """The columns of a file that may name them."""
        return [name for name in names if name in self.columns]


@dataclass(frozen=True)
class Erased:
    """What went. lists: rows, by the list's day. ids: those of the customers whom any list named."""

    lists: Mapping[str, int]
    ids: frozenset[str]


def erase(folder: Path, whom: Forgotten, *, rendered: Rendered) -> Erased:
    """Take customers out of every list.

    rendered: makes the page and the workbook anew from what is left. Versions that no date leads to are
    removed whole, also those that an erasure that was killed left. Raises as `publish`.
    """
    found: dict[str, int] = {}
    ids: set[str] = set()
    for day, version in published.dated(folder).items():
        parts, files = _without(version, whom)
        removed = sum(part.rows for part in parts)
        if removed:
            manifest = published.manifest(version)
            files |= _pages(version, whom, manifest, rendered)
            publish.replace(folder, files, as_of=day, manifest=manifest)
            found[day.isoformat()] = removed
            ids.update(*(part.ids for part in parts))
    publish.remove_superseded(folder)
    return Erased(found, frozenset(ids))


def expire(folder: Path, *, before: date) -> tuple[date, ...]:
    """Take all people out of the lists of earlier days; their manifests stay. The days of the lists.

    Such a list may be published again: it no longer counts as made from its inputs.
    """
    expired = []
    for day, version in published.dated(folder).items():
        manifest = published.manifest(version)
        if day < before and manifest["files"]:
            kept = {key: value for key, value in manifest.items() if key != "fingerprint"}
            publish.replace(folder, {}, as_of=day, manifest={**kept, "expired": True})
            expired.append(day)
    if expired:
        publish.remove_superseded(folder)
    return tuple(expired)


@dataclass(frozen=True)
class _Part:
    """A table without them: how many rows went, whose, and what writes the rest."""

    rows: int
    ids: frozenset[str]
    write: Writer


def _without(version: Path, whom: Forgotten) -> tuple[list[_Part], dict[str, Writer]]:
    """The version's tables without them, and what writes every file but the pages again."""
    parts: list[_Part] = []
    files: dict[str, Writer] = {}
    for name in published.manifest(version)["files"]:
        path = version / name
        if name.endswith((".parquet", ".csv")):
            parts.append(_parquet(path, whom) if name.endswith(".parquet") else _csv(path, whom))
            files[name] = parts[-1].write
        elif name not in PAGES:
            files[name] = _copied(path)
    return parts, files


def _parquet(path: Path, whom: Forgotten) -> _Part:
    table = pq.read_table(path)
    wanted = pa.array(sorted(whom.ids), pa.string())
    theirs = pa.array(np.zeros(table.num_rows, dtype=bool))
    ids: set[str] = set()
    for name in whom.known_in(table.column_names):
        written = pc.cast(table[name], pa.string()).combine_chunks()
        named = pc.is_in(written, value_set=wanted)
        ids.update(written.filter(named).to_pylist())
        theirs = pc.or_(theirs, named)
    kept = table.filter(pc.invert(theirs))

    def write(target: Path) -> None:
        pq.write_table(kept, target, compression="zstd")

    return _Part(table.num_rows - kept.num_rows, frozenset(ids), write)


def _csv(path: Path, whom: Forgotten) -> _Part:
    with path.open("rb") as file:
        encoding = "utf-8-sig" if file.read(len(BOM_UTF8)) == BOM_UTF8 else "utf-8"
    frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding=encoding)
    spelt = {f"'{one}": one for one in whom.ids} | {one: one for one in whom.ids}  # `'`: a formula's guard
    named = frame[whom.known_in(frame.columns)]
    theirs = named.isin(list(spelt)).any(axis=1)
    ids = {spelt[one] for one in named[theirs].to_numpy().ravel() if one in spelt}
    kept = frame[~theirs]

    def write(target: Path) -> None:
        kept.to_csv(target, index=False, lineterminator="\r\n", encoding=encoding)

    return _Part(int(theirs.sum()), frozenset(ids), write)


def _copied(path: Path) -> Writer:
    def write(target: Path) -> None:
        shutil.copyfile(path, target)

    return write


def _pages(
    version: Path, whom: Forgotten, manifest: Mapping[str, Any], rendered: Rendered
) -> Mapping[str, Writer]:
    if not (version / LIST).exists():
        return {}
    listed = pd.read_parquet(version / LIST)
    lengths = pd.read_parquet(version / LENGTHS) if (version / LENGTHS).exists() else None
    made = rendered(listed[~listed["customer_id"].isin(whom.ids)], lengths, manifest)
    return {name: write for name, write in made.items() if (version / name).exists()}
