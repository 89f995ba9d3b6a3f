"""The folder that a reading spills to: of one process; where that was killed, a later one removes it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "retain-"
OLD = 3600.0
"""Seconds after which a folder of a process that is gone is removed.

Not at once: a process of another container, whose number means nothing here, may share the place.
"""


def scratch_folder() -> Path:
    """A new folder for this process; those that killed ones left are removed."""
    _sweep(Path(tempfile.gettempdir()))
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


@contextmanager
def scratch_space() -> Iterator[Path]:
    """A folder as `scratch_folder` makes it, for the length of the block."""
    folder = scratch_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*-*"):
        if _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Whether it is ours and old, and its process is gone."""
    found = re.fullmatch(rf"{PREFIX}(\d+)-\w+", folder.name)
    try:
        there = folder.lstat()
    except OSError:  # it was removed meanwhile
        return False
    old = time.time() - there.st_mtime > OLD
    return bool(found and old and there.st_uid == os.geteuid() and not _lives(int(found[1])))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
