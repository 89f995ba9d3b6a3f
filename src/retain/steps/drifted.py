"""The customers of the newest list against those that its model learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from retain.errors import RetainError
from retain.steps.run import Run
from retain.tracking import CHAMPION, list_versions, load
from retain.watch.drift import Drift, Reference, compare
from retain.watch.past import PastList


@dataclass(frozen=True)
class Drifted:
    """learnt_until: the newest cutoff that the last training saw, whether or not it was promoted.

    current: whether the champion made the newest list. why: the reason where nothing could be compared.
    """

    drift: Drift | None = None
    learnt_until: date | None = None
    current: bool = False
    why: str | None = None


def drifted(run: Run, newest: PastList | None) -> Drifted:
    """How far the newest list's customers moved; a reason where that cannot be told."""
    try:
        versions = list_versions(run.config)
        serving = next((one for one in versions if CHAMPION in one.aliases), None)
        if serving is None:
            return Drifted(why="No model serves yet, so there is no training to compare with.")
        known = Drifted(learnt_until=_day(versions[0].tags.get("cutoff")))
        if newest is None:
            return replace(known, why="Nothing was published yet, so nobody can be compared.")
        version = newest.manifest["model"]["version"]
        reference = load(run.config, str(version)).metadata.get("reference")
    except RetainError as error:
        return Drifted(why=f"Drift is not known: {error}")
    if reference is None or newest.population is None:
        why = f"Drift is not known: version {version} was trained, or the list made, by an older retain."
        return replace(known, why=why)
    drift = compare(Reference.from_json(reference), newest.population)
    return replace(known, drift=drift, current=int(version) == serving.number)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
