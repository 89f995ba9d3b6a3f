"""What `retain feedback` and `retain history` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from retain.lists.history_store import Store


@dataclass(frozen=True)
class FeedbackResult:
    """Contacts recorded from a file. untouched: lines of the template that nobody filled in."""

    path: Path | Store
    new: int
    changed: int
    unchanged: int
    customers: int
    untouched: int
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "path": str(self.path),
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "customers": self.customers,
            "untouched": self.untouched,
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """As sentences."""
        recorded = f"Contacts: {self.new:,} new, {self.changed:,} changed, {self.unchanged:,} already known"
        counted = f"{recorded}; customers: {self.customers:,}; lines not filled in: {self.untouched:,}"
        return [*self.notes, counted]


@dataclass(frozen=True)
class HistoryResult:
    """Past runs, newest first. runs: as_of, run_id, published_at (UTC; of a refusal its moment), model,
    model_version, label, eligible, listed, held_out, skipped; why, for a run that was refused.
    """

    path: Path | Store
    runs: pd.DataFrame = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """As a document; what is unknown is null."""
        rows = self.runs.astype(object).where(self.runs.notna(), None).to_dict("records")
        return {"path": str(self.path), "runs": [_run_document(row) for row in rows]}

    def lines(self) -> list[str]:
        """As sentences."""
        if self.runs.empty:
            return ["Nothing was published yet: run `retain predict`."]
        return [_run_line(run) for run in self.to_json()["runs"]]


def _run_document(row: Mapping[Any, Any]) -> dict[str, Any]:
    as_of, at = row["as_of"], row["published_at"]
    days = {"as_of": as_of and str(as_of.date()), "published_at": at.isoformat(timespec="seconds")}
    return {str(name): value for name, value in row.items()} | days


def _run_line(run: Mapping[str, Any]) -> str:
    if run["why"] is not None:
        return f"{run['as_of'] or '-':<10}  refused: {run['why']}"
    counts = ", ".join(
        f"{run[name]:,} {words}"
        for name, words in (
            ("listed", "listed"),
            ("eligible", "eligible"),
            ("held_out", "held out"),
            ("skipped", "left out"),
        )
        if run[name] is not None
    )
    return f"{run['as_of']}  version {run['model_version']} ({run['model']}, a {run['label']}): {counts}"
