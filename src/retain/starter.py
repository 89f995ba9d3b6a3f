"""The definitions that ship with retain, copied out for editing."""

from __future__ import annotations

import shutil
from pathlib import Path

from retain.errors import UsageError
from retain.project import FOLDERS


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
