"""Everybody's scores in a folder of Parquet, as Spark wrote it, and how somebody is taken out of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PARTITION = "as_of"
"""The column by whose values the folder is parted."""

OURS = ("customer_id", "model_version", "run_id")
"""Columns that our files have; others are left alone."""

_UNFINISHED = ".forgetting-"


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
    for left in folder.glob(f"{PARTITION}=*/{_UNFINISHED}*"):  # by a run that was killed
        left.unlink()
    for file in _files(folder):
        theirs = pq.ParquetFile(file).read(columns=["customer_id"])["customer_id"]
        to_go = pc.is_in(theirs, whom)
        gone = theirs.filter(to_go).to_pylist()
        if gone:
            _rewrite(file, pc.invert(to_go))
            rows, found = rows + len(gone), found | set(gone)
    return Erased(rows, frozenset(found))


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob(f"{PARTITION}=*/*.parquet")):
        if set(OURS) <= set(pq.read_schema(file).names):
            yield file


def _rewrite(file: Path, kept: pa.ChunkedArray) -> None:
    rows, new = pq.ParquetFile(file).read().filter(kept), file.with_name(f"{_UNFINISHED}{file.name}")
    pq.write_table(rows, new)
    shutil.copymode(file, new)
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)  # Hadoop's checksum: of the former file
    if len(rows):
        new.replace(file)
    else:
        file.unlink()
        new.unlink()
