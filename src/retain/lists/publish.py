"""Publishing a list whole or not at all: a version folder, then the swap of a symbolic link.

    lists/.versions/<run_id>/    written as .versions/.<run_id>.partial, made durable, renamed
    lists/<as_of>                link to .versions/<run_id>, swapped by one rename
    lists/latest                 link to the newest <as_of>

A run killed at any moment leaves the earlier list as it was; what it left behind begins with a dot in
.versions and is removed by the next.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from retain.digests import of_file
from retain.errors import Locked, Unavailable, UsageError
from retain.lists.published import MANIFEST, Published, already_published, dated, links, standing

Writer = Callable[[Path], None]
VERSIONS = ".versions"
LATEST = "latest"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE)


def publish(
    folder: Path,
    files: Mapping[str, Writer],
    *,
    as_of: date,
    run_id: str,
    manifest: Mapping[str, Any],
    force: bool = False,
    step: Callable[[str], None] = lambda stage: None,
    together: Callable[[Callable[[], None]], None] = lambda link: link(),
) -> Published:
    """Publish `files` (relative name -> what writes it) under `folder`/<as_of>.

    `manifest` must hold `fingerprint`: the list that has the same one already stands, unless `force`.
    The files' SHA-256 and sizes are added to it. `step` is told of each stage as it is over. `together` is
    given what makes the list the one of its day, to call it where it writes down the list elsewhere: where it
    raises, the day keeps the list that it had.
    Raises UsageError, Unavailable or Locked with nothing changed.
    """
    with _explained(folder), _locked(folder):
        _clear_leftovers(folder)
        _require_links(folder, as_of)
        made_from = manifest["fingerprint"]
        there = None if force else already_published(folder, as_of=as_of, fingerprint=made_from)
        if there is None:
            _require_unused(folder, run_id)
            _write_version(folder, files, run_id=run_id, manifest={**manifest, "run_id": run_id}, step=step)
            _link_together(folder, as_of, run_id=run_id, together=together)
            step("linked")
        _point_latest(folder)
        step("latest")
    return there or standing(folder, as_of, already=False)


def replace(folder: Path, files: Mapping[str, Writer], *, as_of: date, manifest: Mapping[str, Any]) -> None:
    """Put another version of the list of `as_of` in its place, of the same run; raises as `publish`.

    The former version stays until `remove_superseded`.
    """
    with _explained(folder), _locked(folder):
        _clear_leftovers(folder)
        version = _next_version(folder, manifest["run_id"])
        _require_unused(folder, version)
        _write_version(folder, files, run_id=version, manifest=manifest, step=lambda stage: None)
        _link_version(folder, as_of, run_id=version)


def remove_superseded(folder: Path) -> None:
    """Remove the versions that no date leads to, where anything was ever published."""
    if not folder.is_dir():
        return
    with _explained(folder), _locked(folder):
        _clear_leftovers(folder)
        kept = {path.resolve() for path in links(folder)}
        for version in (folder / VERSIONS).iterdir():
            if version.is_dir() and version.resolve() not in kept:
                shutil.rmtree(version)


def _next_version(folder: Path, run_id: str) -> str:
    """A name for one more version of a run's list."""
    return f"{run_id}.{sum(1 for _ in (folder / VERSIONS).glob(f'{run_id}*'))}"


def _write_version(
    folder: Path,
    files: Mapping[str, Writer],
    *,
    run_id: str,
    manifest: Mapping[str, Any],
    step: Callable[[str], None],
) -> None:
    """A complete folder .versions/<run_id>, or none."""
    partial = folder / VERSIONS / f".{run_id}.partial"
    target = folder / VERSIONS / run_id
    try:
        partial.mkdir()
        step("started")
        written = {name: _write(partial / name, write, name=name, step=step) for name, write in files.items()}
        (partial / MANIFEST).write_text(_readable({**manifest, "files": written}), encoding="utf-8")
        _make_durable(partial)
        step(f"wrote {MANIFEST}")
        partial.rename(target)
    except BaseException:  # an interrupt, too, must not leave half a version behind
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync(target.parent)
    step("renamed")


def _write(path: Path, write: Writer, *, name: str, step: Callable[[str], None]) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path)
    path.chmod(0o640)
    step(f"wrote {name}")
    return {"sha256": of_file(path), "bytes": path.stat().st_size}


def _readable(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, sort_keys=True, indent=2, ensure_ascii=False, default=str) + "\n"


def _link(folder: Path, name: str, *, target: str) -> None:
    """Make `folder`/`name` a link to `target` (relative, so that the folder can be moved) in one rename."""
    temporary = folder / VERSIONS / f".{name}.link"
    temporary.symlink_to(target)
    temporary.replace(folder / name)
    _sync(folder)


def _link_version(folder: Path, as_of: date, *, run_id: str) -> None:
    """Make the version the list of its date; where that fails, nothing of it stays."""
    version = folder / VERSIONS / run_id
    try:
        _link(folder, as_of.isoformat(), target=f"{VERSIONS}/{run_id}")
    except OSError:
        if (folder / as_of.isoformat()).resolve() != version.resolve():
            shutil.rmtree(version, ignore_errors=True)
        raise


def _link_together(
    folder: Path, as_of: date, *, run_id: str, together: Callable[[Callable[[], None]], None]
) -> None:
    """Make the version the list of its date within `together`; where that raises, put the former one back."""
    link = folder / as_of.isoformat()
    former = link.readlink() if link.is_symlink() else None

    def swap() -> None:
        with _explained(folder):
            _link_version(folder, as_of, run_id=run_id)

    try:
        together(swap)
    except BaseException:  # whatever stopped the other write, the link must not stay ahead of it
        if former is not None:
            _link(folder, link.name, target=str(former))
        else:
            link.unlink(missing_ok=True)
        shutil.rmtree(folder / VERSIONS / run_id, ignore_errors=True)
        raise


def settle(folder: Path) -> None:
    """Have `latest` lead to the newest list: a run killed just after publishing may not have come to it."""
    if dated(folder):
        with _explained(folder), _locked(folder):
            _point_latest(folder)


def _point_latest(folder: Path) -> None:
    """`latest` leads to the newest date, also when an older one was published again."""
    latest = folder / LATEST
    newest = max(path.name for path in links(folder) if path.exists())
    if not latest.is_symlink() or str(latest.readlink()) != newest:
        _link(folder, LATEST, target=newest)


def _require_unused(folder: Path, run_id: str) -> None:
    """A version that no date leads to is what a run left that died before its link: it makes way."""
    version = folder / VERSIONS / run_id
    if any(path.resolve() == version.resolve() for path in links(folder)):
        raise UsageError(f"{version} is a published list: each run needs a run id of its own.")
    if version.exists():
        shutil.rmtree(version)


def _require_links(folder: Path, as_of: date) -> None:
    for path in (folder / as_of.isoformat(), folder / LATEST):
        if path.exists() and not path.is_symlink():
            raise UsageError(
                f"{path} is not a link that retain made; it stands where the published list goes. "
                "Move it away and run again."
            )


def _clear_leftovers(folder: Path) -> None:
    """Remove what dead runs left; the lock says that no other is alive."""
    for path in (folder / VERSIONS).glob(".*"):
        if path.is_symlink():
            path.unlink()
        elif path.name.endswith(".partial"):
            shutil.rmtree(path)


def _make_durable(partial: Path) -> None:
    for path in partial.rglob("*"):
        _sync(path)
    _sync(partial)


def _sync(path: Path) -> None:
    """Have a file or folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the version folder alone; the system lets go of it when the process dies."""
    (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / VERSIONS, os.O_RDONLY)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Locked(f"Another run is publishing to {folder}; wait until it is done.") from error
    except OSError:
        return  # some network file systems cannot lock a folder; the rename is atomic all the same


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn the system's errors into sentences."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        reason = error.strerror or str(error)
        said = f"The list was not published: {where}: {reason}. The earlier list stands as it was."
        if error.errno in _FULL:
            raise Unavailable(f"{said} Free some space on the disk and run again.") from error
        raise UsageError(f"{said} `output` in the config must name a folder that can be written.") from error
