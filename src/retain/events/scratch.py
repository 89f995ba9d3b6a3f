"""The folder that a reading spills to: of one process; where that was killed, a later one removes it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retain.errors import ConfigError

PREFIX = "retain-"
OWNER = ".owner"
"""Where in the folder it says on which machine its process is."""

_NAMESPACE = Path("/proc/self/ns/pid")
OLD = 3600.0
"""Seconds after which a folder is removed that tells of no process here.

Not at once: a process of another container, whose number means nothing here, may share the place.
"""


def scratch_folder(place: Path | None = None) -> Path:
    """A new folder for this process, by default among the system's temporary files.

    Those that killed processes left there are removed. Raises ConfigError where nothing can be written.
    """
    where = place or Path(tempfile.gettempdir())
    with writing_to(where):
        where.mkdir(parents=True, exist_ok=True)
        _sweep(where)
        made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=where))
        (made / OWNER).write_text(_here(), encoding="utf-8")
    return made


@contextmanager
def writing_to(where: Path) -> Iterator[None]:
    """Say in one sentence, as a ConfigError, that nothing, or no more, can be written there."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"spill: {where} cannot be written: {error.strerror or error}") from error


@contextmanager
def scratch_space(place: Path | None = None) -> Iterator[Path]:
    """A folder as `scratch_folder` makes it, for the length of the block."""
    folder = scratch_folder(place)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*-*"):
        if _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Whether it is ours and its process is gone: one of this machine at once, another after a while."""
    found = re.fullmatch(rf"{PREFIX}(\d+)-\w+", folder.name)
    try:
        there = folder.lstat()
    except OSError:  # it was removed meanwhile
        return False
    told = _owner(folder) == _here() or time.time() - there.st_mtime > OLD
    return bool(found and told and there.st_uid == os.geteuid() and not _lives(int(found[1])))


def _here() -> str:
    """Where a process number means what it says: the machine and, of containers, which one."""
    try:
        return f"{socket.gethostname()} {_NAMESPACE.readlink()}"
    except OSError:  # there are no containers here
        return socket.gethostname()


def _owner(folder: Path) -> str | None:
    try:
        return (folder / OWNER).read_text(encoding="utf-8")
    except OSError:
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
