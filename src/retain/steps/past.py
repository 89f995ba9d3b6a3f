"""Where a run finds what earlier ones did: the history's file, or the database that took it over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from retain.lists import history
from retain.lists.history_store import Place
from retain.steps.earlier import Earlier
from retain.steps.run import Run


def remembered(run: Run) -> Place:
    """The place of the history; a file that there is already is copied into a database of nothing, once."""
    place, file = history.place_of(run.config), history.path_in(run.config.output)
    if history.to_adopt(place, file):
        with run.step(f"Copying {file} to {place}, where the history is kept from now on"):
            history.adopt(place, file)
    return place


def earlier_lists(run: Run, kept: Place, *, as_of: date) -> Earlier:
    """The lists before a day: those in the output folder; where there are none, the database's last."""
    found = Earlier.of(run.config.output / "lists", as_of=as_of)
    if found.manifests:
        return found
    published = history.published_before(kept, as_of)
    return found if published is None else replace(found, listed=published[0], scores=published[1])
