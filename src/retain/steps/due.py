"""Whether a weekly run should train before it predicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from retain.steps.reading import churn_definition
from retain.steps.run import Run
from retain.tracking import DATA_END, Version, list_versions

WATCH = "watch.json"


def due(run: Run, as_of: date) -> str | None:
    """Why a training is due at a day, None where none is.

    The last attempt counts, promoted or not: one that was turned down is not tried again every week.
    """
    return because(
        list_versions(run.config),
        as_of=as_of,
        every=run.config.training.retrain_every,
        digest=run.definitions.digest,
        churn=churn_definition(run),
        watch=_asked_by_watch(run),
    )


def because(
    versions: Sequence[Version],
    *,
    as_of: date,
    every: int,
    digest: str,
    churn: str,
    watch: tuple[datetime, str] | None = None,
) -> str | None:
    """The first reason there is.

    versions: the newest first. every: days between trainings. digest: of the definitions as they are. churn:
    what it means, as a sentence. watch: when `watch` asked for a training, and why.
    """
    if not versions:
        return "no model was trained yet"
    last = versions[0]
    if last.tags.get("churn") != churn:
        return "what counts as churn has changed"
    if last.tags.get("digest") != digest:
        return "features/ or models/ have changed"
    if watch is not None and watch[0] > last.created:
        return f"watch asks for it: {watch[1]}"
    if DATA_END not in last.tags:
        return "it is not known up to which day the last training saw the data"
    age = (as_of - date.fromisoformat(last.tags[DATA_END])).days
    return f"the last training saw no row of the last {age} days" if age >= every else None


def _asked_by_watch(run: Run) -> tuple[datetime, str] | None:
    """What the last watch said, and when."""
    path = run.config.output / WATCH
    try:
        asked = json.loads(path.read_text(encoding="utf-8")).get("retrain_because")
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, AttributeError):
        return None
    return (moment, str(asked)) if asked else None
