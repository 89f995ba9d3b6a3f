"""The folder of what is kept: each file whole and sealed with its SHA-256, the least recently used go first.

    .cache/<name>.kept           the content, then the 32 bytes of its SHA-256
    .cache/.<name>.kept.<pid>    one that is being written

A file is written beside and renamed, so that a reader finds all of it or nothing. One whose seal is broken
is removed and made anew. Whatever the disk refuses is as if nothing had been kept: the cache is no reason to
stop.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

FOLDER = ".cache"
SUFFIX = ".kept"
SEAL = 32
ABANDONED = 3600.0
"""Seconds after which a file that was never finished is removed: whoever began it was killed."""

UNUSED = 30 * 86400.0
"""Seconds after which a file that nobody asked for is removed: it holds rows of people."""

_MARKS = {
    ".gitignore": "*\n",  # in whatever repository the output folder lies
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",  # for backups: https://bford.info/cachedir
}
_log = logging.getLogger(__name__)


class TooLarge(OSError):
    """One file alone would fill the cache."""


@dataclass(frozen=True)
class CacheFolder:
    """Files by name. size: bytes that all of them may take together; 0: nothing is kept or found."""

    path: Path
    size: int

    def get(self, name: str) -> memoryview | None:
        """The content, mapped into memory; None where there is none, or not as it was written."""
        if not self.size:
            return None
        file = self._file(name)
        try:
            content = _mapped(file)
            if content is None:
                _log.warning("%s was damaged, and is made anew", file)
                file.unlink(missing_ok=True)
                return None
            os.utime(file)  # it was used: others go first
        except OSError:
            return None
        return content

    def put(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Keep what `write` writes, in place of what had the name; then drop what is too much."""
        if not self.size:
            return
        file = self._file(name)
        unfinished = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            self._open()
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as stream:
                sealing = Sealing(stream, most=self.size)
                write(sealing)  # type: ignore[arg-type]  # as much of a stream as writers need
                sealing.seal()
            unfinished.replace(file)
            self._shrink()
        except OSError as error:
            _log.info("%s was not kept: %s", file.name, error)
        finally:
            with suppress(OSError):
                unfinished.unlink()

    def drop(self) -> int:
        """Remove everything; gives how many files there were."""
        files = [file for file in self._files() if not _is_unfinished(file)]
        for file in self._files():
            file.unlink(missing_ok=True)
        return len(files)

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{SUFFIX}"

    def _files(self) -> list[Path]:
        return [*self.path.glob(f"*{SUFFIX}"), *self.path.glob(f".*{SUFFIX}.*")]

    def _open(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in _MARKS.items():
            if not (self.path / name).exists():
                (self.path / name).write_text(text, encoding="utf-8")

    def _shrink(self) -> None:
        """Remove what was begun or used long ago, then the files that were used the longest ago."""
        there, now = [], time.time()
        for file in self._files():
            try:
                found = file.stat()
            except FileNotFoundError:  # another run removed it
                continue
            if now - found.st_mtime > (ABANDONED if _is_unfinished(file) else UNUSED):
                file.unlink(missing_ok=True)
            elif not _is_unfinished(file):
                there.append((found.st_mtime_ns, found.st_size, file))
        total = sum(size for _, size, _ in there)
        for _, size, file in sorted(there):
            if total <= self.size:
                return
            file.unlink(missing_ok=True)
            total -= size


class Sealing:
    """A stream that keeps the SHA-256 of what goes through. Raises TooLarge beyond `most` bytes."""

    def __init__(self, stream: BinaryIO, *, most: int) -> None:
        self.stream, self.most, self.written, self.digest = stream, most, SEAL, hashlib.sha256()
        self.closed = False  # PyArrow asks

    def write(self, data: bytes) -> int:
        """Write on."""
        view = memoryview(data)
        self.written += view.nbytes
        if self.written > self.most:
            raise TooLarge(f"it is larger than the cache may be ({self.most:,} bytes)")
        self.digest.update(view)
        return self.stream.write(view)

    def flush(self) -> None:
        """Nothing: the file is complete or not there."""

    def seal(self) -> None:
        """End the file with the digest."""
        self.stream.write(self.digest.digest())


def _mapped(file: Path) -> memoryview | None:
    """The content of a file that is as it was sealed, else None."""
    with file.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size < SEAL:
            return None
        whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    content, seal = whole[:-SEAL], whole[-SEAL:]
    return content if hashlib.sha256(content).digest() == seal else None


def _is_unfinished(file: Path) -> bool:
    return file.name.startswith(".")
