"""Everybody's scores in a folder of Parquet, as Spark wrote it, and how people are taken out of it."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PARTITION = "as_of"
"""The column by whose values the folder is parted."""

OURS = ("customer_id", "model_version", "run_id")
"""Columns that our files have; others are left alone."""

ABANDONED = timedelta(days=1)
"""Spark's own working folder (`.spark-staging-…`) that nothing touched for so long is a killed job's."""

_UNFINISHED = ".forgetting-"
_EXPIRING = ".expiring-"
"""Files and folders that begin with a dot are read by neither Spark nor Arrow."""


@dataclass(frozen=True)
class Erased:
    """What went: rows, and of whom."""

    rows: int
    ids: frozenset[str]


def erase(folder: Path, ids: frozenset[str]) -> Erased:
    """Take the rows of customers out of every day of a folder that we wrote; 0 rows where there is none.

    A file is replaced by one without them in one step: who reads meanwhile sees the former or the new one.
    """
    whom, rows, found = pa.array(sorted(ids), pa.string()), 0, set[str]()
    _clear_leftovers(folder)
    for partition in sorted(folder.glob(f"{PARTITION}=*")):
        for file in _ours(partition):
            theirs = pq.ParquetFile(file).read(columns=["customer_id"])["customer_id"]
            to_go = pc.is_in(theirs, whom)
            gone = theirs.filter(to_go).to_pylist()
            if gone:
                _rewrite(file, pc.invert(to_go))
                rows, found = rows + len(gone), found | set(gone)
    return Erased(rows, frozenset(found))


def expire(folder: Path, *, before: date) -> tuple[date, ...]:
    """Remove what we wrote for earlier days, whole days at a time; the days that went.

    A day of ours alone is renamed out of sight in one step and then removed; where a run is killed in
    between, the next one removes the rest. Raises OSError where the folder cannot be changed: some days may
    be gone.
    """
    _clear_leftovers(folder)
    gone = []
    for partition in sorted(folder.glob(f"{PARTITION}=*")):
        day = _day_of(partition)
        if day is not None and day < before and (files := _ours(partition)):
            _remove(partition, files)
            gone.append(day)
    return tuple(gone)


def _day_of(partition: Path) -> date | None:
    """None for Spark's partition of what has no day, and other people's folders."""
    try:
        return date.fromisoformat(partition.name.partition("=")[2])
    except ValueError:
        return None


def _ours(partition: Path) -> list[Path]:
    return [file for file in sorted(partition.glob("*.parquet")) if _is_ours(file)]


def _is_ours(file: Path) -> bool:
    try:
        return set(OURS) <= set(pq.read_schema(file).names)
    except pa.ArrowInvalid:  # no Parquet, whatever it is called
        return False


def _remove(partition: Path, files: list[Path]) -> None:
    """Remove the whole partition; only our files where it holds others."""
    seen = {path for path in partition.iterdir() if not path.name.startswith((".", "_"))}
    if seen == set(files):
        hidden = partition.with_name(f"{_EXPIRING}{partition.name}")
        partition.rename(hidden)
        shutil.rmtree(hidden)
        return
    for file in files:
        _checksum(file).unlink(missing_ok=True)
        file.unlink()


def _clear_leftovers(folder: Path) -> None:
    """Remove what killed runs left, by which rows would stay where nobody looks for them."""
    for unfinished in folder.glob(f"{PARTITION}=*/{_UNFINISHED}*"):
        unfinished.unlink()
    for expiring in folder.glob(f"{_EXPIRING}*"):
        shutil.rmtree(expiring)
    for staging in folder.glob(".spark-staging-*"):
        with suppress(FileNotFoundError):  # it is being worked in, then
            if time.time() - _touched(staging) > ABANDONED.total_seconds():
                shutil.rmtree(staging)


def _touched(folder: Path) -> float:
    """When anything in it was last changed, in seconds since 1970."""
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))


def _rewrite(file: Path, kept: pa.ChunkedArray) -> None:
    rows, new = pq.ParquetFile(file).read().filter(kept), file.with_name(f"{_UNFINISHED}{file.name}")
    pq.write_table(rows, new)
    shutil.copymode(file, new)
    _checksum(file).unlink(missing_ok=True)
    if len(rows):
        new.replace(file)
    else:
        file.unlink()
        new.unlink()


def _checksum(file: Path) -> Path:
    """Where Hadoop keeps one: of the file as it was first written."""
    return file.with_name(f".{file.name}.crc")
