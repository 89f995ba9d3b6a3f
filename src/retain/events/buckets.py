"""Rows brought together by customer: each bucket has some customers, and is sorted when it is taken out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.events.history import Run
from retain.events.rows import Integers

OPTIONAL = ("known", "gone", "actor")
"""Columns that rows may have besides."""

_TABS = 4  # tables that a row may be of
_MOST_BITS = 63

Columns = Mapping[str, NDArray[Any]]


class Buckets:
    """Rows in files without a name, those of a range of customers together; a context manager.

    rows: (customers,) how many each may have at most, by code. bucket_rows: where customers may have so many
    together, their bucket ends.
    """

    def __init__(
        self, folder: Path, rows: Integers, *, bucket_rows: int, optional: Sequence[str] = ()
    ) -> None:
        ends = np.concatenate([[0], np.cumsum(rows)])
        borders = np.searchsorted(ends, np.arange(bucket_rows, int(ends[-1]), bucket_rows))
        self.firsts: Integers = np.unique(np.concatenate([[0], borders, [len(rows)]]))
        few = len(self.firsts) <= 2**16  # such numbers NumPy sorts by counting them
        places = np.arange(len(self), dtype=np.uint16 if few else np.uint32)
        self._bucket = np.repeat(places, np.diff(self.firsts))
        kinds = {"time": "<i8", "number": "<i8", "code": "<i4", **dict.fromkeys(optional, "<i4")}
        row = np.dtype([*kinds.items(), ("what", "<i4")], align=True)
        self._plain = tuple(kinds)
        self._rows = _Shelves(folder, row, ends[self.firsts])
        self._labels = _Shelves(folder, np.dtype("<i4"), ends[self.firsts])
        self._sizes = _Shelves(folder, np.dtype("<i4"), ends[self.firsts])

    def __len__(self) -> int:
        return len(self.firsts) - 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for shelves in (self._rows, self._labels, self._sizes):
            shelves.close()

    def add(self, columns: Columns, labels: pa.ListArray | None = None) -> None:
        """Lay down rows in any order: code, time (microseconds), tab, label, number, and what is optional.

        labels: the categories of each row, where orders have several.
        """
        bucket = self._bucket.take(columns["code"])
        order = np.argsort(bucket, kind="stable")
        counts = np.bincount(bucket, minlength=len(self))
        rows = np.empty(len(order), self._rows.dtype)
        rows["what"] = (columns["label"].astype(np.int32) * _TABS + columns["tab"]).take(order)
        for name in self._plain:
            rows[name] = columns[name].take(order)
        self._rows.lay(rows, counts)
        if labels is not None:
            labels = labels.take(pa.array(order))
            sizes = np.diff(labels.offsets.to_numpy()).astype(np.int32)
            self._sizes.lay(sizes, counts)
            values = np.bincount(np.repeat(bucket.take(order), sizes), minlength=len(self))
            self._labels.lay(labels.flatten().to_numpy(zero_copy_only=False).astype(np.int32), values)

    def take(self, bucket: int) -> Run:
        """The rows of a bucket in the total order (code, time, tab, label, number, labels)."""
        first, last = self.firsts[bucket : bucket + 2].tolist()
        rows, labels = self._rows.take(bucket), self._listed(bucket)
        order = _total_order(rows, labels, first=first)
        what = rows["what"].take(order)
        columns = {name: rows[name].take(order) for name in self._plain}
        columns |= {"tab": what % _TABS, "label": what // _TABS}
        return Run(first, last, columns, None if labels is None else labels.take(pa.array(order)))

    def _listed(self, bucket: int) -> pa.ListArray | None:
        sizes = self._sizes.take(bucket)
        if not len(sizes):
            return None
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(self._labels.take(bucket)))


class _Shelves:
    """Values of one kind in a file, with room for those of each bucket. begins: (buckets + 1,) its place."""

    def __init__(self, folder: Path, dtype: np.dtype[Any], begins: Integers) -> None:
        self.dtype = dtype
        self._begins = begins
        self._filled = np.zeros(len(begins) - 1, np.int64)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the buckets)

    def lay(self, values: NDArray[Any], counts: Integers) -> None:
        """Put down values that are sorted by bucket; counts: (buckets,) how many each gets."""
        view, size = values.view(np.uint8).data, self.dtype.itemsize
        ends = np.cumsum(counts)
        for bucket in np.flatnonzero(counts).tolist():
            begin, end = int(ends[bucket] - counts[bucket]), int(ends[bucket])
            place = int(self._begins[bucket] + self._filled[bucket]) * size
            _write(self._file.fileno(), view[begin * size : end * size], place)
        self._filled += counts

    def take(self, bucket: int) -> NDArray[Any]:
        """The values of a bucket in the order in which they came."""
        size = self.dtype.itemsize
        count, place = int(self._filled[bucket]) * size, int(self._begins[bucket]) * size
        return np.frombuffer(_read(self._file.fileno(), count, place), self.dtype)

    def close(self) -> None:
        """Give the file up."""
        self._file.close()


def _write(descriptor: int, view: memoryview, place: int) -> None:
    while len(view):
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written


def _read(descriptor: int, count: int, place: int) -> bytes:
    """A system may hand out less at once than is asked for."""
    found = [os.pread(descriptor, count, place)]
    while found[-1] and (left := count - sum(map(len, found))):
        found.append(os.pread(descriptor, left, place + count - left))
    return found[0] if len(found) == 1 else b"".join(found)


def _total_order(rows: NDArray[Any], labels: pa.ListArray | None, *, first: int) -> NDArray[np.intp]:
    """Where the rows come from, in order."""
    if not len(rows):
        return np.empty(0, np.intp)
    code, time = rows["code"].astype(np.int64) - first, rows["time"] - rows["time"].min()
    bits = int(time.max()).bit_length()
    if bits + int(code.max()).bit_length() > _MOST_BITS:
        order = np.lexsort((time, code))
        same = (np.diff(code[order]) == 0) & (np.diff(time[order]) == 0)
    else:
        key = (code << bits) | time
        order = np.argsort(key)
        same = np.diff(key[order]) == 0
    if same.any():
        _settle(order, same, rows, labels)
    return order


def _settle(
    order: NDArray[np.intp], same: NDArray[np.bool_], rows: NDArray[Any], labels: pa.ListArray | None
) -> None:
    """Sort rows of one customer and time among themselves. same: (n - 1,) whether the next row is of them."""
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    chosen, group = order[tied], np.cumsum(~np.concatenate([[False], same]))[tied]
    what = rows["what"][chosen]
    keys = [rows["number"][chosen], what // _TABS, what % _TABS, group]
    if labels is not None:
        keys.insert(0, _ranks(labels.take(pa.array(chosen)).to_pylist()))
    order[tied] = chosen[np.lexsort(keys)]


def _ranks(lists: list[list[int]]) -> Integers:
    """The place of each list among them all."""
    rank = {one: place for place, one in enumerate(sorted(set(map(tuple, lists))))}
    return np.array([rank[tuple(one)] for one in lists], np.int64)
