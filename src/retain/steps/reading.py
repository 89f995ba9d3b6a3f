"""Opening the tables of a run, and the cutoffs they allow."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

from retain.errors import UsageError
from retain.events.days import to_day
from retain.events.duckdb import engine
from retain.events.engine import Events, open_events
from retain.events.tables import Summary
from retain.learning.cutoffs import Cutoffs, training_cutoffs
from retain.learning.matrix import MatrixSpec, column_names
from retain.learning.sampling import Sample, rows_within, sample_of
from retain.learning.spend_horizon import SpendHorizon, spend_horizon
from retain.steps.definition import defined
from retain.steps.one_reading import OneReading
from retain.steps.run import Run


def read(
    run: Run, *, as_of: date | None, rejects: Path | None = None, duplicates: bool = False
) -> AbstractContextManager[Events]:
    """The tables as they stand before `as_of`; a run that keeps them open does not read them again."""
    if run.tables is None or run.config.engine != "duckdb":
        return open_events(
            run.config,
            as_of=as_of,
            now=run.now,
            rejects=rejects,
            duplicates=duplicates,
            progress=run.progress,
            staging=run.staging,
        )
    lent = _lent(run, run.tables, as_of)
    if rejects is not None and run.tables.rejects.is_dir():
        shutil.copytree(run.tables.rejects, rejects)
    return lent


def read_here(run: Run, *, as_of: date | None, command: str) -> AbstractContextManager[engine.Events]:
    """The tables on this one machine, for what is asked of them in SQL.

    Raises UsageError where another engine holds them.
    """
    if run.config.engine != "duckdb":
        raise UsageError(
            f"{command} reads the tables on one machine: give it a config with engine: duckdb and, where one "
            "machine cannot hold them all, with a sample of the customers"
        )
    return _opened(run, as_of) if run.tables is None else _lent(run, run.tables, as_of)


def _lent(run: Run, tables: OneReading, as_of: date | None) -> AbstractContextManager[engine.Events]:
    """With all that any step asks of a reading."""

    def opened(rejects: Path) -> engine.Events:
        return _opened(run, as_of, rejects=rejects, duplicates=True)

    return tables.lent(run.config, as_of, opened=opened)


def _opened(run: Run, as_of: date | None, **options: Any) -> engine.Events:
    return engine.open_events(
        run.config, as_of=as_of, now=run.now, progress=run.progress, staging=run.staging, **options
    )


def cutoffs(run: Run, summary: Summary) -> Cutoffs:
    """The training cutoffs that the history allows."""
    return training_cutoffs(run.config.training, run.config.churn, start=summary.start, end=summary.end)


def training_sample(run: Run, events: Events, found: Sequence[date], *, tests: int = 1) -> Sample:
    """Whom training learns from (`training.max_rows`, `training.share`); everybody at the newest `tests`."""
    days, training = sorted(map(to_day, found)), run.config.training
    customers = events.count_customers(days)
    return sample_of(customers, days, most_rows=most_rows(run, events), share=training.share, tests=tests)


def most_rows(run: Run, events: Events) -> int:
    """How many rows training may learn from: `training.max_rows`, or fewer where `memory` holds no more."""
    columns = len(column_names(events, run.features))
    return min(run.config.training.max_rows, rows_within(run.config.memory, columns=columns))


def spend_days(run: Run, summary: Summary, found: Cutoffs) -> SpendHorizon:
    """The days of spending that can be learnt at these cutoffs."""
    return spend_horizon(
        found.all, asked=run.config.value.horizon, churn_horizon=run.config.churn.horizon, end=summary.end
    )


def churn_definition(run: Run) -> str:
    """What churn means for this business, as a sentence."""
    return defined(run.config.churn)


def missing_inputs(spec: MatrixSpec, run: Run, events: Events) -> list[str]:
    """What the columns of a model are made of that the config no longer names, as places in it."""
    customers = run.config.tables.customers
    attributes = customers.attributes if customers else ()
    lacking = [
        f"tables.{table}.columns.{role}"
        for table, roles in spec.layout.roles.items()
        for role in sorted(roles - events.roles.get(table, frozenset()) - _IN_NO_COLUMN)
    ]
    return lacking + [
        f"tables.customers.attributes: {name}" for name in spec.attributes if name not in attributes
    ]


_IN_NO_COLUMN = {"recorded", "cancelled", "known_at"}
