"""The rows that training and evaluation learn from; what is as it was the last time is not built again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa

from retain.events.engine import Events
from retain.learning.dataset import Dataset
from retain.learning.dataset_tables import assembled, columns_table, rows_table, same_rows
from retain.learning.feature import Feature
from retain.learning.matrix import Columns, MatrixSpec, fit_spec
from retain.learning.sampling import Sample
from retain.learning.snapshots import build
from retain.project import Definitions
from retain.steps.row_keys import ATTRIBUTES, RowKeys, row_keys
from retain.steps.run import Run


def training_rows(
    run: Run, events: Events, cutoffs: Sequence[date], *, spend_horizon: int, sample: Sample
) -> Dataset:
    """The labelled rows of a sample of the customers at the cutoffs, with the project's features."""
    return _of_the_project(run, events, cutoffs, spend_horizon=spend_horizon, sample=sample).rows()


def rows_at_hand(
    run: Run, events: Events, cutoffs: Sequence[date], *, spend_horizon: int, sample: Sample
) -> Dataset | None:
    """The rows of `training_rows` if all of them are in the cache: for who would rather stream them."""
    making = _of_the_project(run, events, cutoffs, spend_horizon=spend_horizon, sample=sample)
    kept = making.kept()
    return making.completed(kept) if kept is not None and not kept.missing else None


def kept_rows(
    run: Run,
    events: Events,
    definitions: Definitions,
    features: Sequence[Feature],
    spec: MatrixSpec,
    *,
    cutoffs: Sequence[date],
    **asked: Any,
) -> Dataset:
    """Labelled rows as `build` makes them, bit for bit: from the cache as far as they are kept there."""
    return _Making(run, events, definitions, features, spec, tuple(cutoffs), asked).rows()


@dataclass(frozen=True)
class _Kept:
    """What there is: the rows, and of the families those that were made by the same definitions."""

    keys: RowKeys
    rows: pa.Table
    parts: dict[str, pa.Table]

    @property
    def missing(self) -> list[str]:
        """The families whose columns are to be made."""
        return [family for family in self.keys.families if family not in self.parts]


@dataclass(frozen=True)
class _Making:
    """Makes the rows that are asked for, or takes them from the cache."""

    run: Run
    events: Events
    definitions: Definitions
    features: Sequence[Feature]
    spec: MatrixSpec
    cutoffs: tuple[date, ...]
    asked: dict[str, Any]

    @cached_property
    def columns(self) -> Columns:
        """What the rows are to have."""
        return self.spec.columns(self.features)

    @cached_property
    def keys(self) -> RowKeys | None:
        """Where they are kept; None where nothing is."""
        if not self.run.cache.size:
            return None
        return row_keys(
            self.events, self.definitions, self.spec, self.columns, cutoffs=self.cutoffs, **self.asked
        )

    def rows(self) -> Dataset:
        """All of them; what had to be built is kept."""
        kept = self.kept()
        completed = None if kept is None else self.completed(kept)
        return self._anew() if completed is None else completed

    def kept(self) -> _Kept | None:
        """What there is of them, where it is worth anything."""
        rows = None if self.keys is None else self._read(self.keys.rows)
        if rows is None or self.keys is None:
            return None
        found = {family: self._read(file) for family, (_, file) in self.keys.families.items() if file}
        parts = {family: part for family, part in found.items() if part is not None}
        return _Kept(self.keys, rows, parts) if parts else None

    def completed(self, kept: _Kept) -> Dataset | None:
        """The rows with what is missing built; None where what was built is not of the same rows."""
        missing = kept.missing
        told = f"Taking {len(kept.rows):,} rows from the cache"
        with self.run.step(told + (f", all but {', '.join(missing)}" if missing else "")):
            parts = dict(kept.parts)
        if missing:
            fresh = self._some(missing)
            if not same_rows(fresh, kept.rows):
                return None
            for family in missing:
                names, file = kept.keys.families[family]
                parts[family] = columns_table(fresh, names)
                self._keep(file, parts[family])
        churn = self.events.config.churn
        return assembled(kept.rows, parts.values(), columns=self.columns, spec=self.spec, churn=churn)

    def _anew(self) -> Dataset:
        dataset = self._built(self.features, self.spec)
        if self.keys is not None:
            self._keep(self.keys.rows, rows_table(dataset))
            for names, file in self.keys.families.values():
                self._keep(file, columns_table(dataset, names))
        return dataset

    def _some(self, families: Sequence[str]) -> Dataset:
        """The rows with the columns of some families alone."""
        bare = replace(self.spec, attributes={}, contract_attributes={})
        features = [feature for feature in self.features if feature.family in families]
        return self._built(features, self.spec if ATTRIBUTES in families else bare)

    def _built(self, features: Sequence[Feature], spec: MatrixSpec) -> Dataset:
        options = {**self.asked, "progress": self.run.progress}
        return build(self.events, features, spec, cutoffs=self.cutoffs, labelled=True, **options)

    def _read(self, name: str) -> pa.Table | None:
        content = self.run.cache.get(name)
        return None if content is None else pa.ipc.open_file(pa.py_buffer(content)).read_all()

    def _keep(self, name: str | None, table: pa.Table) -> None:
        if name is None:
            return

        def write(stream: Any) -> None:
            with pa.ipc.new_file(stream, table.schema) as writer:
                writer.write_table(table)

        self.run.cache.put(name, write)


def _of_the_project(run: Run, events: Events, cutoffs: Sequence[date], **asked: Any) -> _Making:
    return _Making(run, events, run.definitions, run.features, fit_spec(events), tuple(cutoffs), asked)
