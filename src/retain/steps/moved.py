"""Whether the customers to be scored, and their probabilities, are what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

from retain.lists import findings
from retain.lists.findings import WARNING, Finding, weeks_between
from retain.tracking import Loaded
from retain.watch.drift import Population, Reference, compare
from retain.watch.shift import MODERATE, shift

RARE = 2.6
"""Standard errors that the means of two samples of one population seldom lie apart (once in a hundred)."""


@dataclass(frozen=True)
class Expected:
    """What the probabilities are compared with. what: in words; since: its cutoff.

    last: a list before, of mostly the same customers, so that chance has no part in a difference.
    """

    what: str
    last: bool
    since: date
    bins: tuple[int, ...]
    mean: float
    features_moved: float

    @property
    def customers(self) -> int:
        """How many it was counted on."""
        return sum(self.bins)


def moved_scores(
    champion: Loaded, now: Population, *, as_of: date, last: Mapping[str, Any] | None, most: float
) -> Iterator[Finding]:
    """Probabilities that moved without the data explaining it.

    Compared are the shape (PSI) and the mean (relative) with the last list of the same model, else, beyond
    chance, with what the training expected. The data explain it where the features, weighted by
    their part in the model, moved clearly and at least half as far. On a first list there is but a warning:
    between the newest complete cutoff and today lies a season that nobody has seen a list of.
    """
    expected = _expected(champion, now, last)
    allowed = most * weeks_between(expected.since, as_of)
    moved = shift(expected.bins, now.scores.bins)
    beyond_chance = moved.size if moved.psi > moved.critical else 0.0
    size = moved.psi if expected.last else beyond_chance
    furthest = max(size, _mean_change(expected, now))
    if furthest <= WARNING * allowed:
        return
    told = f"PSI {size:.2f}, mean {expected.mean:.1%} -> {now.mean:.1%}; gates.max_drift allows {allowed:.2f}"
    said = f"the churn probabilities moved against {expected.what} ({told})"
    if furthest <= allowed or last is None:
        yield Finding("max_drift", said, False)
    elif expected.features_moved >= max(MODERATE, size / 2):
        yield Finding("max_drift", f"{said}, as the customers' behaviour did", False)
    else:
        yield Finding("max_drift", f"{said}, and the data do not explain it", True)


def _mean_change(expected: Expected, now: Population) -> float:
    """How far the mean moved, relative to what was expected; 0 where chance may explain it."""
    counts = 1 / max(expected.customers, 1) + 1 / max(now.customers, 1)
    error = sqrt(expected.mean * (1 - expected.mean) * counts)
    by_chance = not expected.last and abs(now.mean - expected.mean) <= RARE * error
    if not expected.mean or by_chance:
        return 0.0
    return abs(now.mean / expected.mean - 1)


def moved_attributes(champion: Loaded, now: Population, *, most: float) -> Iterator[Finding]:
    """Attributes of which many customers have a value that training did not see."""
    for column in Reference.from_json(champion.metadata["reference"]).columns:
        if column.labels and column.name in now.columns:
            shares = [_first(counts.bins) for counts in (now.columns[column.name], column.counts)]
            yield from findings.unseen_share(column.name, *shares, most=most)


def _expected(champion: Loaded, now: Population, last: Mapping[str, Any] | None) -> Expected:
    reference = Reference.from_json(champion.metadata["reference"])
    kept = None if last is None else last.get("watch", {}).get("population")
    if last is not None and kept is not None and last["model"]["run_id"] == champion.run_id:
        before = Population.from_json(kept)
        moved = _features_moved(reference, before, now)
        what = f"the list of {last['as_of']}"
        return Expected(what, True, date.fromisoformat(last["as_of"]), before.scores.bins, before.mean, moved)
    since = date.fromisoformat(reference.cutoff)
    moved = compare(reference, now).features_size
    what = f"the training's newest customers ({since})"
    return Expected(what, False, since, reference.scores.counts.bins, reference.mean, moved)


def _features_moved(reference: Reference, before: Population, now: Population) -> float:
    """The mean size of the features' moves from one population to another, by their part in the model."""
    moved, weights = 0.0, 0.0
    for column in reference.columns:
        if column.name in before.columns and column.name in now.columns:
            found = shift(before.columns[column.name].bins, now.columns[column.name].bins)
            weight = 1.0 if column.weight is None else column.weight
            moved += weight * (found.size if found.psi > found.critical else 0.0)
            weights += weight
    return moved / weights if weights else 0.0


def _first(bins: tuple[int, ...]) -> float:
    """The share of the codes' first bin, the unseen values."""
    return bins[0] / sum(bins) if sum(bins) else 0.0
