"""Forgetting people on request: `retain forget`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from retain.config import Config, redact
from retain.config.addresses import SPARK, kind_of
from retain.errors import UsageError
from retain.lists import erasure, personal, score_folder
from retain.lists.publish import Writer
from retain.reports import excel, list_page
from retain.reports.listing import from_manifest
from retain.steps.check import drop_report
from retain.steps.past import remembered
from retain.steps.run import Run, cache_of


@dataclass(frozen=True)
class ForgetResult:
    """The receipt: whom, when, and how many rows were erased. lists: by the list's day; history: by table.

    strangers: those of them that retain kept nothing of. scores: rows of `publish.scores`; None where that is
    no folder of this machine.
    """

    customers: tuple[str, ...]
    lists: Mapping[str, int]
    history: Mapping[str, int]
    strangers: tuple[str, ...] = ()
    scores: int | None = None
    at: str = ""
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "customers": list(self.customers),
            "erased_at": self.at,
            "lists": dict(self.lists),
            "history": dict(self.history),
            "scores": self.scores,
            "nothing_kept_of": list(self.strangers),
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """As sentences."""
        rows = sum(self.lists.values()) + sum(self.history.values()) + (self.scores or 0)
        lines = [f"{rows:,} rows of {_people(self.customers)} erased at {self.at}"]
        lines += [f"  list of {day}: {count:,}" for day, count in self.lists.items()]
        lines += [f"  history, {table}: {count:,}" for table, count in self.history.items() if count]
        if self.scores:
            lines.append(f"  published scores: {self.scores:,}")
        if self.strangers:
            lines.append(f"nothing was kept of {', '.join(self.strangers)}")
        return [*lines, *self.notes]


def forget(run: Run, customers: Sequence[str]) -> ForgetResult:
    """Erase customers from the lists, the history and the feedback that retain keeps.

    Raises UsageError where none is named.
    """
    ids = tuple(dict.fromkeys(one.strip() for one in customers if one.strip()))
    if not ids:
        raise UsageError("Name the customers to forget: retain forget 12345 67890")
    kept = remembered(run)
    with run.step("Erasing"):
        known = personal.known(kept, ids)
        whom = erasure.Forgotten(frozenset(ids), _columns(run.config))
        erased = erasure.erase(run.config.output / "lists", whom, rendered=_pages)
        rows = personal.forget(kept, ids)
        scored = _erase_scores(run.config, whom.ids)
        report = drop_report(run.config.output)
        cached = cache_of(run.config).drop()
    strangers = tuple(one for one in ids if one not in known | erased.ids | (scored.ids if scored else set()))
    notes = (*_notes(erased.lists, report=report, cached=cached), *_unreached(run.config))
    return ForgetResult(
        ids,
        erased.lists,
        rows,
        strangers=strangers,
        scores=scored.rows if scored else None,
        at=f"{run.now:%Y-%m-%dT%H:%M:%SZ}",
        notes=notes,
    )


def _columns(config: Config) -> frozenset[str]:
    """What a customer's id is called: in our files, and in the sources' own rejected rows."""
    tables = (
        config.tables.orders,
        *config.tables.activity,
        config.tables.subscriptions,
        config.tables.customers,
    )
    return frozenset({"customer_id", *(table.columns.customer for table in tables if table is not None)})


def _pages(
    listed: pd.DataFrame, lengths: pd.DataFrame | None, manifest: Mapping[str, Any]
) -> Mapping[str, Writer]:
    shown = from_manifest(listed, manifest, what_if=lengths)
    return {"at_risk.html": list_page.file(shown), "at_risk.xlsx": excel.workbook(shown)}


def _erase_scores(config: Config, ids: frozenset[str]) -> score_folder.Erased | None:
    """Take them out of `publish.scores`; None where that is no folder of this machine."""
    place = config.publish.scores
    if place is None or kind_of(place) != "file":
        return None
    return score_folder.erase(Path(place), ids)


def _unreached(config: Config) -> Iterator[str]:
    place = config.publish.scores
    if place is not None and kind_of(place) != "file":
        where = f"DELETE FROM {place.removeprefix(SPARK)} WHERE customer_id IN (…)"
        table = f"{where} (a table of plain files knows no DELETE: write it anew without them)"
        told = table if kind_of(place) == "spark" else "its rows with these customer_id"
        yield (
            f"the scores published to {redact(place, config)} were NOT erased, as they cannot be replaced "
            f"there in one step from here; erase them there: {told}"
        )


def _notes(lists: Mapping[str, int], *, report: bool, cached: int) -> Iterator[str]:
    if report:
        yield "check.html and check.json, which show rows of tables, were removed: run `retain check` again"
    if cached:
        yield f"the cache, which holds rows of everybody, was emptied ({cached:,} files)"
    if lists:
        yield "the pages and workbooks of these lists were made anew, without anybody's timeline"
    yield "the tables themselves and copies made elsewhere are as they were: erase there too"


def _people(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{len(ids):,} customers"
