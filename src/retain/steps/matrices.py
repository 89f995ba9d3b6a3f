"""The feature matrix of a cutoff and the training rows, in memory or streamed to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from retain.errors import DataError, UsageError
from retain.events.engine import Events
from retain.learning.cutoffs import Cutoffs
from retain.learning.dataset import WEIGHT, Dataset, added
from retain.learning.matrix import fit_spec
from retain.learning.sampling import Sample
from retain.learning.snapshots import build, snapshots
from retain.steps.definition import left_out_notes
from retain.steps.reading import cutoffs, read, spend_days, training_sample
from retain.steps.results import FeaturesResult
from retain.steps.run import Run
from retain.steps.training_rows import rows_at_hand


def features(run: Run, *, as_of: date | None) -> FeaturesResult:
    """The features of every eligible customer as of a day."""
    with read(run, as_of=as_of) as events:
        day = events.summary.as_of
        rows = build(
            events, run.features, fit_spec(events), cutoffs=[day], labelled=False, progress=run.progress
        )
    frame = rows.frame().drop(columns="cutoff")
    return FeaturesResult(day, len(rows), tuple(rows.X.columns), frame=frame)


def write_features(run: Run, path: Path, *, as_of: date | None) -> FeaturesResult:
    """The same, streamed to a .parquet or .csv file."""
    _require_format(path)
    with read(run, as_of=as_of) as events:
        day = events.summary.as_of
        parts = snapshots(
            events, run.features, fit_spec(events), cutoffs=[day], labelled=False, progress=run.progress
        )
        count, columns = _write(path, (part.frame().drop(columns="cutoff") for part in parts))
    if not count:
        raise DataError(f"no customer is eligible as of {day}; {path} was not written")
    return FeaturesResult(day, count, columns[1:], path=path)


def write_dataset(run: Run, path: Path, *, as_of: date | None) -> FeaturesResult:
    """Exactly the rows that training uses: customer_id, cutoff, churned, and the features."""
    _require_format(path)
    with read(run, as_of=as_of) as events:
        found = cutoffs(run, events.summary)
        sample = training_sample(run, events, found.all)
        parts = _training_parts(run, events, found, sample=sample)
        left_out: list[Mapping[str, int]] = []
        count, columns = _write(path, _frames(parts, left_out))
        if not count:
            raise DataError(
                f"no customer is eligible at any of {len(found.all)} cutoffs; {path} was not written"
            )
        out = added(left_out)
        notes = (*found.notes, *left_out_notes(out), *sample.note(run.config.training.max_rows))
        made = tuple(name for name in columns[3:] if name != WEIGHT)
        return FeaturesResult(events.summary.as_of, count, made, notes, path=path, left_out=out)


def _training_parts(run: Run, events: Events, found: Cutoffs, *, sample: Sample) -> Iterator[Dataset]:
    """The rows at the cutoffs: those that a training left in the cache, or built and not kept in memory."""
    spend_horizon = spend_days(run, events.summary, found).days
    there = rows_at_hand(run, events, found.all, spend_horizon=spend_horizon, sample=sample)
    if there is not None:
        return iter([there])
    return snapshots(
        events,
        run.features,
        fit_spec(events),
        cutoffs=found.all,
        labelled=True,
        sample=sample,
        progress=run.progress,
    )


def _frames(parts: Iterator[Dataset], left_out: list[Mapping[str, int]]) -> Iterator[object]:
    """The parts that have rows, as frames; who was left out of each goes into the list."""
    for part in parts:
        left_out.append(part.left_out)
        if len(part):
            yield part.frame()


def _require_format(path: Path) -> None:
    if path.suffix not in (".parquet", ".csv"):
        raise UsageError(f"--out {path}: the name must end in .parquet or .csv")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {path.absolute().parent}")
    if path.is_dir():
        raise UsageError(f"--out {path}: {path.name} is a folder")


def _write(path: Path, frames: Iterator[object]) -> tuple[int, tuple[str, ...]]:
    """Write the frames one after another, to a hidden file that takes its name when all are written."""
    count, names = 0, ()
    writer: pq.ParquetWriter | pacsv.CSVWriter | None = None
    with _whole(path) as unfinished:
        try:
            for frame in frames:
                table = _table(frame)
                if writer is None:
                    kind = pq.ParquetWriter if path.suffix == ".parquet" else pacsv.CSVWriter
                    writer, names = kind(str(unfinished), table.schema), tuple(table.column_names)
                writer.write_table(table)
                count += len(table)
        finally:
            if writer is not None:
                writer.close()
    return count, names


def _table(frame: object) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        pa.field("customer_id", pa.string())
        if field.name == "customer_id"
        else pa.field("cutoff", pa.date32())
        if field.name == "cutoff"
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A hidden file beside `path` that replaces it when the block ends well, and is removed if not."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        if unfinished.exists():
            unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"--out {path} cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
