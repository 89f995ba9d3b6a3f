"""The gates of a list: what is checked before it is published, and who let it pass all the same."""

from __future__ import annotations

import getpass
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from retain.errors import Refused, RetainError
from retain.events.engine import Events
from retain.events.table_names import counted_names, table_names
from retain.events.tables import Summary
from retain.learning.matrix import MatrixSpec
from retain.lists import findings, history, published
from retain.lists.findings import Finding
from retain.steps.moved import moved_attributes, moved_scores
from retain.steps.past import remembered
from retain.steps.reading import churn_definition
from retain.steps.run import Run
from retain.tracking import Loaded
from retain.watch.drift import Population

ROWS = "rows.parquet"
"""In a list's folder: the rows of each table and day that it was made from."""

ADVICE = "To publish all the same, say why: --accept REASON."

NEWEST_DAYS = 28
"""The rows among which unseen categories are counted."""


@dataclass(frozen=True)
class Last:
    """A list published before, to compare with; rows is None where it kept none."""

    as_of: date
    manifest: Mapping[str, Any] = field(repr=False)
    rows: pd.DataFrame | None = field(repr=False)

    @classmethod
    def of(cls, folder: Path) -> Last:
        """The list in a folder."""
        manifest, kept = published.manifest(folder), folder / ROWS
        rows = pq.read_table(kept).to_pandas(date_as_object=False) if kept.exists() else None
        return cls(date.fromisoformat(manifest["as_of"]), manifest, rows)


@dataclass(frozen=True)
class Verdict:
    """What the checks found so far, and why it is to be published all the same, where somebody says so."""

    accept: str | None = None
    found: tuple[Finding, ...] = ()

    def after(self, found: Iterator[Finding]) -> Verdict:
        """With what one more check found. Raises Refused, with a sentence a line, where it refuses."""
        new = tuple(found)
        refusals = [one.sentence for one in new if one.refuses]
        if refusals and self.accept is None:
            sentences = ";\n".join(refusals)
            raise Refused(f"Nothing was published: {sentences}.\n{ADVICE}")
        return replace(self, found=(*self.found, *new))

    @property
    def refusals(self) -> list[str]:
        """What would have refused the list."""
        return [one.sentence for one in self.found if one.refuses]

    @property
    def accepted(self) -> str:
        """Who let it pass and why, as a sentence for the history."""
        return f"{'; '.join(self.refusals)}. Accepted by {who()}: {self.accept}. The list was published."

    @property
    def notes(self) -> list[str]:
        """What is told with the list."""
        accepted = [f"published all the same ({self.accept}): {said}" for said in self.refusals]
        return [*accepted, *(one.sentence for one in self.found if not one.refuses)]

    def to_json(self) -> dict[str, Any]:
        """For the manifest; `accepted` is null where nobody had to say anything."""
        findings = [one.to_json() for one in self.found]
        told: dict[str, Any] = {"findings": findings, "notes": self.notes, "accepted": None}
        if self.accept is not None:
            told["accepted"] = {"by": who(), "reason": self.accept, "refusals": self.refusals}
        return told


def readable(run: Run, accept: str | None) -> Run:
    """The run that reads the tables: with a reason given, however much of them is unusable."""
    if accept is None:
        return run
    gates = run.config.gates.model_copy(update={"max_missing": 1.0})
    return replace(run, config=run.config.model_copy(update={"gates": gates}))


def staleness(run: Run, events: Events, rows: pd.DataFrame) -> Iterator[Finding]:
    """Feeds that have stopped: judged before anything else. Contracts may well start and end seldom."""
    counted = [] if run.config.churn.when == "ended" else counted_names(run.config)
    most = run.config.gates.max_age_days
    return findings.stale(rows, counted=counted, as_of=events.summary.as_of, most=most)


def data(run: Run, events: Events, rows: pd.DataFrame, *, champion: Loaded) -> Iterator[Finding]:
    """The tables against what they held at the newest list, and the champion against the tables."""
    gates, summary = run.config.gates, events.summary
    for table in summary.tables:
        readable_rows = table.rows - table.anonymous
        share = table.unusable / readable_rows if readable_rows else 0.0
        yield from findings.missing(table.name, share, most=gates.max_missing)
    newest = published.newest(run.config.output / "lists")
    if newest is not None:
        yield from _against(Last.of(newest), run, summary, rows)
    yield from _model(run, events, champion)


def scores(run: Run, champion: Loaded, as_of: date, *, population: Population | None) -> Iterator[Finding]:
    """The customers and their probabilities against the last list, else against what training promised.

    population: nothing is said where the champion is of a version that kept nothing to compare with.
    """
    if population is None:
        return
    folder = published.newest(run.config.output / "lists", until=as_of)
    last = None if folder is None else Last.of(folder)
    gates = run.config.gates
    if last is not None and last.manifest["churn"] == churn_definition(run):
        counted = int(last.manifest["counts"]["eligible"])
        yield from findings.changed_customers(
            population.customers, counted, since=last.as_of, as_of=as_of, most=gates.max_customer_change
        )
    yield from moved_attributes(champion, population, most=gates.max_unseen)
    manifest = None if last is None else last.manifest
    yield from moved_scores(champion, population, as_of=as_of, last=manifest, most=gates.max_drift)


@contextmanager
def keeping_refusals(run: Run, as_of: date | None) -> Iterator[None]:
    """Let the history remember where the block is refused; once for each run."""
    try:
        yield
    except Refused as refusal:
        remember(run, as_of, " ".join(str(refusal).removesuffix(ADVICE).split()))
        raise


def remember(run: Run, as_of: date | None, why: str) -> None:
    """Keep a refusal in the history; where that cannot be, the refusal itself is what matters."""
    try:
        history.record_refusal(remembered(run), history.Refusal(run.id, run.now, why, as_of))
    except RetainError as error:
        logging.getLogger(__name__).warning("the refusal could not be kept in the history: %s", error)


def who() -> str:
    """The user and machine that a run is of."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _against(last: Last, run: Run, summary: Summary, rows: pd.DataFrame) -> Iterator[Finding]:
    gates = run.config.gates
    inputs = last.manifest["inputs"]
    before = {name: int(one["rows"]) for name, one in inputs.items() if "rows" in one}
    now = {table.name: table.rows for table in summary.tables}
    yield from findings.fewer_rows(now, before, since=last.as_of, most=gates.max_row_drop)
    if last.rows is not None:
        yield from findings.changed_history(
            rows,
            last.rows,
            until=min(last.as_of, summary.as_of),
            most=gates.max_history_change,
            most_lost=gates.max_row_drop,
        )


def _model(run: Run, events: Events, champion: Loaded) -> Iterator[Finding]:
    """Whether the champion knows what the tables hold, is young enough, and was made by these definitions."""
    gates, as_of = run.config.gates, events.summary.as_of
    if champion.metadata.get("digest") != run.definitions.digest:
        yield findings.other_definitions(champion.version, refuses=gates.same_definitions)
    if "data_end" not in champion.metadata:  # trained by a version that did not keep it
        return
    trained_until = date.fromisoformat(champion.metadata["data_end"])
    yield from findings.old_model(champion.version, trained_until, as_of=as_of, most=gates.max_model_age_days)
    kinds = MatrixSpec.from_json(champion.spec).layout.kinds
    activity = {name: kinds for name in table_names(run.config) if name != "orders"}
    newest = events.labels(since=as_of - timedelta(days=NEWEST_DAYS))
    yield from findings.unseen_labels(
        newest, known=activity, trained_until=trained_until, most=gates.max_unseen
    )
