"""Watching: past lists against what became of their customers, and today's against the training's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from retain.errors import UsageError
from retain.events.engine import Events
from retain.learning.cutoffs import complete
from retain.lists import history
from retain.lists.holdout import CONTACT
from retain.reports.watch_page import page
from retain.steps.drifted import Drifted, drifted
from retain.steps.past import remembered
from retain.steps.reading import churn_definition, read
from retain.steps.run import Run
from retain.steps.watch_results import Bands, Waiting, WatchResult
from retain.steps.writing import write
from retain.watch.became import became
from retain.watch.effect import assigned, effect, stacked
from retain.watch.outcomes import Outcome, judged, matched
from retain.watch.past import PastList, past_lists
from retain.watch.verdict import verdict

PAGE, DOCUMENT = "watch.html", "watch.json"
DAYS = "datetime64[us]"
TOLD = "Contacted: whom the feedback says, in the list's horizon or the 180 days before it."
PLANNED = (
    "Contacted: no feedback was recorded, so whoever was on a list to be contacted counts, in the list's "
    "horizon or the 180 days before it."
)
NEWEST = 26
"""Lists that are judged: those of half a year of weeks."""


def watch(run: Run, *, as_of: date | None) -> WatchResult:
    """Judge the past lists as of a day; leaves watch.json and watch.html.

    Raises UsageError where they cannot be written, and what reading the tables raises.
    """
    with read(run, as_of=as_of) as events:
        seen = _look(run, events)
    result = _result(run, seen, drifted(run, seen.lists[-1] if seen.lists else None))
    _write(result)
    return result


@dataclass(frozen=True)
class _Judged:
    """A list's outcome, and its customers who were drawn into a group on it."""

    outcome: Outcome
    units: pd.DataFrame


@dataclass(frozen=True)
class _Seen:
    """What was found as of a day. end: the day after the newest row. told: whether there is any feedback.

    broken: a sentence for each list that cannot be read or judged.
    """

    day: date
    end: date
    lists: tuple[PastList, ...]
    judged: tuple[_Judged, ...]
    broken: tuple[str, ...]
    told: bool

    @property
    def waiting(self) -> list[PastList]:
        """The lists whose horizon is not over."""
        return [one for one in self.lists if not _over(one, end=self.end)]


def _look(run: Run, events: Events) -> _Seen:
    day, end = events.summary.as_of, events.summary.end
    found = past_lists(run.config.output / "lists", until=day)
    over = [one for one in found.lists if _over(one, end=end) and not one.expired][-NEWEST:]
    past = history.past(remembered(run), as_of=day)
    told = len(past.contacts) > 0
    if not told:
        past = replace(past, contacts=_planned(found.lists))
    judged, broken = _judgements(run, events, over, past=past)
    return _Seen(day, end, found.lists, judged, (*found.broken, *broken), told)


def _result(run: Run, seen: _Seen, found: Drifted) -> WatchResult:
    outcomes = tuple(one.outcome for one in seen.judged)
    measured = effect(stacked([one.units for one in seen.judged]), feedback=seen.told)
    decided = verdict(
        outcomes,
        found.drift,
        measured,
        learnt_until=found.learnt_until,
        newest_complete=seen.end - timedelta(days=run.config.churn.settled),
        current=found.current,
        max_drift=run.config.gates.max_drift,
    )
    return WatchResult(
        name=run.config.name,
        as_of=seen.day,
        churn=churn_definition(run),
        outcomes=outcomes,
        waiting=tuple(_waiting(one) for one in seen.waiting),
        bands=tuple(_bands(one) for one in seen.lists[-NEWEST:]),
        effect=measured,
        drift=found.drift,
        alerts=(*seen.broken, *decided.alerts),
        retrain_because=decided.retrain_because,
        notes=_notes(run, seen.lists, found),
        contacted_means=TOLD if seen.told else PLANNED,
        currency=run.config.value.currency,
        page=run.config.output / PAGE,
        path=run.config.output / DOCUMENT,
    )


def _planned(lists: Sequence[PastList]) -> pd.DataFrame:
    """Contacts as if all to be contacted had been, on the day of the list: customer_id, contacted_at."""
    parts = [_to_contact(one) for one in lists if not one.expired]
    empty = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "contacted_at": pd.Series(dtype=DAYS)})
    return pd.concat([part for part in parts if part is not None] or [empty], ignore_index=True)


def _to_contact(one: PastList) -> pd.DataFrame | None:
    try:
        listed = one.listed()
    except (OSError, ValueError):  # told where the list is judged
        return None
    chosen = listed.loc[(listed["group"] == CONTACT).to_numpy(bool), ["customer_id"]]
    return chosen.assign(contacted_at=pd.Series(pd.Timestamp(one.as_of), index=chosen.index, dtype=DAYS))


def _over(one: PastList, *, end: date) -> bool:
    return complete(one.as_of, horizon=one.churn.settled, end=end)


def _judgements(
    run: Run, events: Events, over: Sequence[PastList], *, past: history.Past
) -> tuple[tuple[_Judged, ...], list[str]]:
    """Every list that can be judged, by its own meaning of churn; the events are read once for each."""
    done: dict[date, _Judged] = {}
    broken: list[str] = []
    for churn in dict.fromkeys(one.churn for one in over):
        alike = [one for one in over if one.churn == churn]
        labels = became(events, churn, [one.as_of for one in alike], progress=run.progress)
        with run.step("Judging past lists", total=len(alike)) as step:
            for one in alike:
                try:
                    done[one.as_of] = _judge(one, labels.pop(one.as_of), past=past)
                except (OSError, ValueError) as error:  # of a broken file
                    broken.append(f"The list of {one.as_of} cannot be judged: {_first_line(error)}.")
                step.advance()
    return tuple(done[day] for day in sorted(done)), broken


def _judge(one: PastList, churned: pd.Series[bool], *, past: history.Past) -> _Judged:
    scores = one.scores()
    rows = matched(
        scores,
        one.listed(),
        churned,
        contacts=past.contacts,
        as_of=one.as_of,
        horizon=one.churn.horizon,
    )
    outcome = judged(rows, one.manifest, over=one.over, scored=len(scores), bands=one.bands)
    drawn = past.assignments[(past.assignments["assigned_on"] == pd.Timestamp(one.as_of)).to_numpy(bool)]
    return _Judged(outcome, assigned(rows, drawn).assign(week=one.as_of))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__


def _waiting(one: PastList) -> Waiting:
    return Waiting(one.as_of, one.over, int(one.manifest["counts"]["listed"]), one.promised)


def _bands(one: PastList) -> Bands:
    counts: Mapping[str, Any] = one.manifest["counts"].get("bands", {})
    return Bands(one.as_of, {name: int(counts.get(name, 0)) for name in ("high", "medium", "low")})


def _notes(run: Run, lists: Sequence[PastList], found: Drifted) -> tuple[str, ...]:
    others = [one.as_of for one in lists if one.churn != run.config.churn]
    notes = [] if lists else ["Nothing was published yet: run `retain predict`."]
    if others:
        named = ", ".join(map(str, others))
        notes.append(f"The lists of {named} meant another churn than the config; each is judged by its own.")
    return (*notes, *([found.why] if found.why and lists else []))


def _write(result: WatchResult) -> None:
    texts = {
        result.path: json.dumps(result.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        result.page: page(result),
    }
    try:
        for path, text in texts.items():
            write(path, partial(Path.write_text, data=text, encoding="utf-8", errors="replace"))
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror or error}") from error
