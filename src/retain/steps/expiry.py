"""What `retention_days` takes: people are erased from lists, history and published scores that are older."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from retain.config.addresses import kind_of
from retain.lists import erasure, personal, score_folder
from retain.steps.past import remembered
from retain.steps.run import Run


@dataclass(frozen=True)
class Expired:
    """What a run took. before: what is of an earlier day is too old.

    lists, scores: the days that lost their people in this run, of the lists and of a folder that
    `publish.scores` names. notes: what is older and still there, and how it is erased.
    """

    before: date
    lists: tuple[date, ...] = ()
    scores: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "before": str(self.before),
            "lists": [str(day) for day in self.lists],
            "scores": [str(day) for day in self.scores],
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """As sentences; none where nothing was too old."""
        told = ", ".join(self._told())
        return [*([f"retention_days: erased everybody from {told}"] if told else []), *self.notes]

    def _told(self) -> Iterator[str]:
        if self.lists:
            yield f"the {'list' if len(self.lists) == 1 else 'lists'} of {days_told(self.lists)}"
        if self.scores:
            yield f"the published scores of {days_told(self.scores)}"


def kept_from(run: Run) -> date | None:
    """The first day of which people are kept; None where they are kept for ever."""
    days = run.config.retention_days
    return None if days is None else run.now.date() - timedelta(days=days)


def expire(run: Run, *, unreached: Sequence[str] = ()) -> Expired | None:
    """Erase people from what is older than `retention_days`; None where the config has no such thing.

    unreached: what was found elsewhere that is older, as sentences. A folder of scores that cannot be changed
    is told of like those: the list is published by now.
    """
    before = kept_from(run)
    if before is None:
        return None
    lists = erasure.expire(run.config.output / "lists", before=before)
    personal.expire(remembered(run), before=before)
    try:
        scores = _expire_scores(run.config.publish.scores, before=before)
    except OSError as error:
        said = f"the scores of days before {before} were NOT all erased: {error.filename}: {error.strerror}"
        return Expired(before, lists, notes=(*unreached, said))
    return Expired(before, lists, scores, notes=tuple(unreached))


def days_told(days: Sequence[date]) -> str:
    """A day, or the first and last of several and how many they are."""
    return str(days[0]) if len(days) == 1 else f"{len(days)} days from {min(days)} to {max(days)}"


def _expire_scores(place: str | None, *, before: date) -> tuple[date, ...]:
    """Of a folder of this machine; what is elsewhere is looked at while Spark is there (`write_scores`)."""
    if place is None or kind_of(place) != "file":
        return ()
    return score_folder.expire(Path(place), before=before)
