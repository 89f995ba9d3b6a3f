"""The published lists of a folder: which there are, which is the newest, and whether one is undamaged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from retain.digests import of_file

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Published:
    """Where a list stands. `already`: an earlier run with the same inputs had published it."""

    path: Path
    version: Path
    run_id: str
    already: bool


def already_published(folder: Path, *, as_of: date, fingerprint: str) -> Published | None:
    """The list that stands for `as_of` if it was made from the same inputs and is undamaged, else None."""
    try:
        manifest = json.loads((folder / as_of.isoformat() / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if manifest.get("fingerprint") != fingerprint or not _intact(folder / as_of.isoformat(), manifest):
        return None
    return standing(folder, as_of, already=True)


def dated(folder: Path) -> dict[date, Path]:
    """The version that stands for each day that has a list, oldest first."""
    there = sorted(links(folder)) if folder.is_dir() else []
    return {date.fromisoformat(path.name): path.resolve() for path in there if path.exists()}


def newest(folder: Path, *, until: date = date.max) -> Path | None:
    """The list of the newest day that is not after `until`; None where there is none."""
    last = max((day for day in dated(folder) if day <= until), default=None)
    return folder / last.isoformat() if last else None


def newest_before(folder: Path, as_of: date) -> Path | None:
    """The list of the newest day before `as_of`, if there is one that still names people."""
    earlier = [day for day, version in dated(folder).items() if day < as_of and manifest(version)["files"]]
    return folder / earlier[-1].isoformat() if earlier else None


def manifest(version: Path) -> dict[str, Any]:
    """The manifest of a published list."""
    document: dict[str, Any] = json.loads((version / MANIFEST).read_text(encoding="utf-8"))
    return document


def standing(folder: Path, as_of: date, *, already: bool) -> Published:
    """The list that stands for a day."""
    version = (folder / as_of.isoformat()).resolve()
    return Published(folder / as_of.isoformat(), version, version.name.partition(".")[0], already)


def links(folder: Path) -> list[Path]:
    """The links of the dates that have a list."""
    named = (path for path in folder.iterdir() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", path.name))
    return [path for path in named if path.is_symlink()]


def _intact(version: Path, manifest: Mapping[str, Any]) -> bool:
    listed = manifest.get("files", {})
    try:
        return all(of_file(version / name) == one["sha256"] for name, one in listed.items())
    except OSError:
        return False
