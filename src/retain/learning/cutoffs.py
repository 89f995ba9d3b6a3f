"""Which days to take snapshots at: half-open horizons that the data reach to the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retain.config import Churn, Training
from retain.errors import DataError, ShortHistory


@dataclass(frozen=True)
class Cutoffs:
    """Cutoffs for training, oldest first; the newest is the test cutoff.

    horizon: days after a cutoff until who churned is known (`churn.settled`). train: those whose horizon is
    over at the test cutoff. notes: what the history was too short for.
    """

    all: tuple[date, ...]
    horizon: int
    notes: tuple[str, ...] = ()

    @property
    def test(self) -> date:
        """The newest complete cutoff."""
        return self.all[-1]

    @property
    def train(self) -> tuple[date, ...]:
        """The cutoffs t with t + horizon <= test."""
        return tuple(t for t in self.all if t + timedelta(days=self.horizon) <= self.test)


def complete(cutoff: date, *, horizon: int, end: date) -> bool:
    """Whether all of [cutoff, cutoff + horizon) lies before `end`, the day after the newest row."""
    return cutoff + timedelta(days=horizon) <= end


def require_complete(cutoff: date, *, horizon: int, end: date) -> None:
    """Raise DataError for a cutoff that cannot be labelled yet."""
    if not complete(cutoff, horizon=horizon, end=end):
        over = cutoff + timedelta(days=horizon)
        raise DataError(
            f"cutoff {cutoff}: its horizon of {horizon} days ends on {over}, but the data end before {end}; "
            "who churned is not known yet"
        )


def training_cutoffs(training: Training, churn: Churn, *, start: date, end: date) -> Cutoffs:
    """The newest complete cutoff and those `training.every` days apart before it.

    start: the oldest row's day. A cutoff needs a horizon's length of history before it, so that there
    is something to learn from. Raises ShortHistory where there is no such cutoff.
    """
    newest = end - timedelta(days=churn.settled)
    oldest = start + timedelta(days=churn.horizon)
    if newest < oldest:
        days = (end - start).days
        needed = churn.horizon + churn.settled
        grace = f" and {churn.grace} of grace" if churn.settled > churn.horizon else ""
        raise ShortHistory(
            f"the history of {days} days ({start} to {end}) is too short: a horizon of {churn.horizon} days "
            f"needs {needed} (as much before a cutoff as after it{grace}), so {needed - days} are missing"
        )
    wanted = [newest - timedelta(days=training.every * i) for i in range(training.cutoffs)]
    found = tuple(sorted(t for t in wanted if t >= oldest))
    apart = _wide_enough(len(wanted), churn.settled, room=(newest - oldest).days)
    return Cutoffs(found, churn.settled, tuple(_notes(found, len(wanted), churn.settled, apart=apart)))


def _wide_enough(wanted: int, horizon: int, *, room: int) -> int | None:
    """Days between cutoffs with which about half of them teach the newest; None where history lacks them."""
    steps = max(wanted - 1, 1)
    apart = min(-(-2 * horizon // steps), room // steps)
    return apart if wanted > 1 and apart * steps >= horizon else None


def _notes(found: tuple[date, ...], wanted: int, horizon: int, *, apart: int | None) -> list[str]:
    notes = []
    if len(found) < wanted:
        notes.append(f"the history holds {len(found)} of the {wanted} cutoffs asked for (training.cutoffs)")
    if found[0] + timedelta(days=horizon) > found[-1]:
        notes.append(
            "no earlier cutoff's horizon is over at the test cutoff: the test is on other customers, "
            "not on a later time" + _advice(apart)
        )
    return notes


def _advice(apart: int | None) -> str:
    if apart is None:
        return ""
    return f", as the history would allow with cutoffs {apart} days apart (training.every: {apart})"
