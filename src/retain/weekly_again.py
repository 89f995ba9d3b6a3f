"""A weekly run that has nothing left to do, known without reading a table or loading a model."""

from __future__ import annotations

import json
from datetime import date

from retain.events.days import business_time
from retain.lists import published
from retain.steps import standing
from retain.steps.results import PredictResult
from retain.steps.run import Run
from retain.weekly_results import WeeklyResult

FILE = "weekly.json"
"""In the output folder: the last run that came to its end."""


def nothing_left(run: Run, *, as_of: date | None) -> WeeklyResult | None:
    """What the run would end with where the list stands and its people were told; None where it may not.

    Notices that were not sent are tried again.
    """
    day = as_of or today(run)
    listed = standing.standing(run, as_of=day)
    if listed is None or not _told_of(run, listed) or (as_of is None and later_list(run, day) is not None):
        return None
    return WeeklyResult(
        as_of=day,
        listed=listed,
        trained=None,
        retrained_because=None,
        watched=None,
        warnings=_notices(run, listed),
    )


def today(run: Run) -> date:
    """The day that it is in the business's timezone."""
    return business_time(run.now, timezone=run.config.timezone).date()


def later_list(run: Run, day: date) -> str | None:
    """The day of the newest list, if it is later than this one."""
    newest = published.newest(run.config.output / "lists")
    return newest.name if newest is not None and newest.name > day.isoformat() else None


def last_list(run: Run) -> str | None:
    """The run whose list the last finished job told of."""
    try:
        found = json.loads((run.config.output / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(found.get("list")) if isinstance(found, dict) else None


def _told_of(run: Run, listed: PredictResult) -> bool:
    """Whether the last job ended with this list, which nobody had to accept against a check."""
    gates = listed.manifest.get("gates", {})
    return last_list(run) == listed.manifest["run_id"] and gates.get("accepted") is None


def _notices(run: Run, listed: PredictResult) -> tuple[str, ...]:
    """What is still to be sent is sent; a sentence for each that was not."""
    if not run.config.notify and not run.config.notify_owners:
        return ()
    from retain.steps.notice import tell  # pandas, which nobody else here needs

    warnings = listed.manifest.get("gates", {}).get("notes", [])
    return tell(run, listed=listed, refused=None, warnings=warnings)
