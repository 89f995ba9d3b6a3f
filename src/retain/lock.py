"""One run at a time: the lock of a business, `output/<name>/.lock`.

The operating system holds the lock (flock) for as long as the process lives, so that a killed run never
leaves one behind. Who holds it is written into the file, for the one who finds it taken. Where the file
system cannot lock, what the file says decides: a holder on this machine whose process is gone, or whose
process number meanwhile belongs to another, is dead; one on another machine is after a day.

Commands that take a moment are waited for. A job that found one in its way and gave up would not run again
for a week, as schedulers take exit code 4 for a run that does the same work (docs/deploy).
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from retain.errors import Locked, Unavailable, UsageError

_log = logging.getLogger(__name__)

FILE = ".lock"
LONGEST = timedelta(days=1)
"""How long a run on another machine is believed to live where the file system cannot tell."""

BRIEF = frozenset({"feedback", "forget", "rollback"})
"""Commands that are soon done."""

PATIENCE = 60.0
"""Seconds for which one of those is waited for."""

UNSIGNED = 1.0
"""Seconds for which a holder is waited for who has not said who it is, or is just done."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. born: what tells a process from a later one of the same number; empty if unknown."""

    pid: int
    host: str
    start: str
    command: str
    run_id: str
    born: str = ""

    @classmethod
    def this_process(cls, command: str, run_id: str) -> Holder:
        """The one that takes it now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(os.getpid(), socket.gethostname(), now, command, run_id, _born(os.getpid()))

    def __str__(self) -> str:
        process = f"process {self.pid} on {self.host}, since {self.start}, run {self.run_id}"
        return f"`retain {self.command}` ({process})"

    @property
    def alive(self) -> bool:
        """Whether it may still be running."""
        if self.host != socket.gethostname():
            return datetime.now(UTC) - datetime.fromisoformat(self.start) < LONGEST
        return _born(self.pid) == self.born if self.born else _exists(self.pid)


@contextmanager
def held(folder: Path, *, command: str, run_id: str) -> Iterator[None]:
    """Hold the lock of a business's output folder for the length of the block.

    Raises Locked, naming the holder, while another run has it (one of a `BRIEF` command is waited for first);
    UsageError where the folder cannot be written, Unavailable where its disk is full.
    """
    descriptor = _opened(folder)
    try:
        _take_patiently(descriptor, folder / FILE)
        _sign(descriptor, folder, Holder.this_process(command, run_id))
        try:
            yield
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def holder(folder: Path) -> Holder | None:
    """Who the file says holds it; None where nobody does, or it cannot be told."""
    try:
        return Holder(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        where, reason = error.filename or folder, error.strerror or str(error)
        raise UsageError(
            f"{where}: {reason}. `output` in the config must name a folder that can be written."
        ) from error


def _take_patiently(descriptor: int, path: Path) -> None:
    begun, told = time.monotonic(), False
    while True:
        try:
            return _take(descriptor, path)
        except Locked:
            there = holder(path.parent)
            if time.monotonic() - begun > _patience(there):
                raise
        if there is not None and not told:
            _log.warning("waiting for %s, which is soon done", there)
            told = True
        time.sleep(0.1)


def _patience(there: Holder | None) -> float:
    """Seconds after which waiting for the holder is given up."""
    if there is None:
        return UNSIGNED
    return PATIENCE if there.command in BRIEF else 0.0


def _take(descriptor: int, path: Path) -> None:
    """Lock the file or raise Locked; a holder who died makes way."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Locked(_taken(holder(path.parent), path)) from error
    except OSError:  # a file system that cannot lock
        there = holder(path.parent)
        if there is not None and there.alive:
            raise Locked(f"{_taken(there, path)} If that run is dead, remove the file.") from None


def _taken(there: Holder | None, path: Path) -> str:
    return f"{there or 'Another run'} holds {path}; wait until it is done and run again."


def _sign(descriptor: int, folder: Path, holder: Holder) -> None:
    try:
        _write(descriptor, json.dumps(asdict(holder)))
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}. Nothing was done.") from error


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _born(pid: int) -> str:
    """When the process began, in the system's ticks since it started; empty where it cannot be told."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except OSError:
        return ""
    return after_name.split()[19]
