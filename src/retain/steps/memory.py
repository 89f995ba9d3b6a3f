"""Remembering published lists, also those that a killed run did not get to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from retain.lists import files, history, holdout, publish, published
from retain.lists.history import Past
from retain.lists.history_store import Place
from retain.steps.run import Run


def remember(
    run: Run,
    kept: Place,
    past: Past,
    manifest: Mapping[str, Any],
    listed: pd.DataFrame,
    *,
    scores: pd.DataFrame,
    published_at: datetime | None = None,
    then: Callable[[], None] | None = None,
) -> None:
    """Keep the list, the tiers, and who was assigned to which group; without a holdout nobody was.

    then: see `history.record`.
    """
    assigned = holdout.newly_assigned(
        listed, campaign=run.config.campaign.name, as_of=past.as_of, assignments=past.assignments
    )
    history.record(
        kept,
        history.Entry.of(manifest, published_at=published_at or run.now),
        listed=listed,
        assignments=assigned if run.config.listing.holdout else assigned.iloc[:0],
        tiers=scores[["customer_id", "tier"]] if "tier" in scores else None,
        scores=scores,
        then=then,
    )


def repair(run: Run, kept: Place, lists: Path) -> None:
    """Remember every published list that the history does not know; a run was killed in between."""
    publish.settle(lists)
    known = history.recorded_runs(kept)
    for folder in published.dated(lists).values():
        if folder.name in known:
            continue
        manifest = published.manifest(folder)
        if manifest["run_id"] in known:  # another version of it, from which somebody was erased
            continue
        if not (folder / "at_risk.parquet").exists():  # everybody was erased from it
            continue
        past = history.past(kept, as_of=date.fromisoformat(manifest["as_of"]))
        moment = datetime.fromtimestamp((folder / published.MANIFEST).stat().st_mtime, UTC)
        listed = files.read(folder / "at_risk.parquet")
        scores = pd.read_parquet(folder / "scores.parquet")
        remember(run, kept, past, manifest, listed, scores=scores, published_at=moment)
