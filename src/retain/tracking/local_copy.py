"""The champion's own copy beside the lists, for the Monday on which the MLflow server stays away.

output/<name>/.champion/<version>-<digest>/    the model's files
output/<name>/.champion/champion.json          which one, its tags, and the digest of its files
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".champion"
FILE = "champion.json"


@dataclass(frozen=True)
class Copy:
    """What is kept of a version besides its files. digest: SHA-256 of the files' names and contents."""

    name: str
    version: int
    run_id: str
    tags: Mapping[str, str]
    digest: str


def keep(output: Path, model: Path, *, name: str, version: int, run_id: str, tags: Mapping[str, str]) -> None:
    """Keep a copy of the model's folder, in place of the one before; nothing changes where it is the same.

    A copy that cannot be written is no reason to stop: OSError is left to the caller.
    """
    kept = Copy(name, version, run_id, dict(tags), _digest(model))
    folder = output / FOLDER
    if _read(folder) == kept and _digest(_files(folder, kept)) == kept.digest:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    partial = folder / f".partial.{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(model, partial)
    target = _files(folder, kept)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    _write(folder, kept)
    for other in folder.iterdir():
        if other.is_dir() and other != target:
            shutil.rmtree(other)


def kept_copy(output: Path, *, name: str) -> tuple[Copy, Path] | None:
    """The copy and its files; None where there is none, or where its files are not those that were kept."""
    folder = output / FOLDER
    found = _read(folder)
    if found is None or found.name != name:
        return None
    files = _files(folder, found)
    return (found, files) if files.is_dir() and _digest(files) == found.digest else None


def _files(folder: Path, kept: Copy) -> Path:
    return folder / f"{kept.version}-{kept.digest[:12]}"


def _read(folder: Path) -> Copy | None:
    try:
        return Copy(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(folder: Path, kept: Copy) -> None:
    partial = folder / f".{FILE}.{os.getpid()}"
    partial.write_text(json.dumps(asdict(kept), indent=2) + "\n", encoding="utf-8")
    partial.chmod(0o640)
    partial.replace(folder / FILE)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
