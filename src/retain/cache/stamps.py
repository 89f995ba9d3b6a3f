"""Whether a file is still the one that was read, told without reading it again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retain.digests import of_file

SETTLED = 3.0
"""Seconds without a change after which the times of a file tell every later change.

File systems keep times of up to two seconds' precision: of a younger file the content is compared, too.
"""


@dataclass(frozen=True)
class Stamp:
    """What tells a file from its later versions; `changed` cannot be set back as the time of writing can.

    sha256: of a file that was too young for its times to be trusted.
    """

    bytes: int
    written: int
    changed: int
    inode: int
    sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return asdict(self)


Stamps = Mapping[str, Stamp | None]
"""By path; None for a file that is not there, which is to stay so."""


def stamped(paths: Iterable[Path | str], *, now: float | None = None) -> Stamps:
    """The stamps of the files, to be taken before they are read."""
    moment = time.time() if now is None else now
    return {str(path): _stamp(Path(path), now=moment) for path in paths}


def unchanged(stamps: Stamps) -> bool:
    """Whether each file is as it was stamped."""
    return all(_same(Path(path), stamp) for path, stamp in stamps.items())


def to_json(stamps: Stamps) -> dict[str, Any]:
    """The stamps as a document."""
    return {path: None if stamp is None else stamp.to_json() for path, stamp in stamps.items()}


def from_json(document: Mapping[str, Any]) -> Stamps:
    """The stamps that `to_json` wrote."""
    return {path: None if stamp is None else Stamp(**stamp) for path, stamp in document.items()}


def _stamp(path: Path, *, now: float) -> Stamp | None:
    found = _status(path)
    if found is None:
        return None
    young = now - max(found.st_mtime, found.st_ctime) < SETTLED
    return Stamp(
        found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, _sha256(path) if young else None
    )


def _same(path: Path, stamp: Stamp | None) -> bool:
    found = _status(path)
    if found is None or stamp is None:
        return found is None and stamp is None
    times = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    if times != (stamp.bytes, stamp.written, stamp.changed, stamp.inode):
        return False
    return stamp.sha256 is None or _sha256(path) == stamp.sha256


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _sha256(path: Path) -> str:
    try:
        return of_file(path)
    except OSError:  # gone meanwhile: it will not be the same
        return ""
