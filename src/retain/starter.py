"""The definitions that ship with retain, copied out for editing; with a config for one's own files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retain.errors import UsageError
from retain.progress import Progress
from retain.project import FOLDERS
from retain.steps.propose import ProposeResult, propose


def copy_definitions(source: Path, target: Path) -> tuple[Path, ...]:
    """Copy the definition folders of the project at `source` into `target`; nothing there is overwritten."""
    copies = tuple(target / folder for folder in FOLDERS)
    taken = [copy for copy in copies if copy.exists()]
    if taken:
        raise UsageError(f"{taken[0]} exists already; nothing was copied. Name another folder.")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; `retain init` needs a folder.")
    for folder, copy in zip(FOLDERS, copies, strict=True):
        shutil.copytree(source / folder, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return copies


@dataclass(frozen=True)
class Started:
    """A project that was begun. folders: those copied. proposal: the config for the user's files."""

    directory: Path
    folders: tuple[Path, ...]
    proposal: ProposeResult | None = None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        proposed = {} if self.proposal is None else self.proposal.to_json()
        return {
            **proposed,
            "project": str(self.directory),
            "folders": [str(folder) for folder in self.folders],
        }

    def lines(self) -> list[str]:
        """As sentences."""
        copied = f"{self.directory} holds features/, models/ and configs/; edit them there."
        lines = [copied] if self.folders else []
        return lines if self.proposal is None else [*self.proposal.lines(), *lines]


def start(source: Path, places: Sequence[Path], files: Sequence[Path], *, progress: Progress) -> Started:
    """Begin a project with the definitions at `source`.

    places: the folder; where there are files, more of them may stand before it, and without a folder the
    project is begun here. A folder that is a project already keeps its definitions when a config is proposed.
    Raises UsageError where the folder is missing or holds some of it already.
    """
    if not files:
        if len(places) != 1:
            raise UsageError("Name one folder to make: retain init DIR")
        return Started(places[0], copy_definitions(source, places[0]))
    more = [place for place in places if place.is_file()]
    folders = [place for place in places if place not in more]
    if len(folders) > 1:
        raise UsageError(f"--from: {folders[0]} is no file, and only one folder can be made")
    directory = folders[0] if folders else Path()
    proposal = propose([*files, *more], directory, named=bool(folders), progress=progress)
    there = all((directory / folder).is_dir() for folder in FOLDERS)
    copies = () if there else copy_definitions(source, directory)
    proposal.write()
    return Started(directory, copies, proposal)
