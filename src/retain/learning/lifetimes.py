"""How long customers were there after a cutoff, for churn that comes on a day: an end, an event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.history import History
from retain.events.rows import at
from retain.learning.contract_churn import outcome


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """How long each row's customer was there after the cutoff.

    lost: (rows,) days until they were lost, infinite for who was not seen to be. followed: (rows,) days for
    which it is known; less than the data's where they left for another reason.
    """

    lost: NDArray[np.float64]
    followed: NDArray[np.float64]

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Those of the rows that a mask or positions choose."""
        return type(self)(self.lost[chosen], self.followed[chosen])

    def until(self, days: NDArray[np.float64]) -> Self:
        """What was known of them so many days (rows,) after the cutoff."""
        lost = np.where(self.lost < days, self.lost, np.inf)
        return type(self)(lost, np.clip(np.minimum(self.followed, days), 0.0, None))

    def apart(self, cutoff: NDArray[np.datetime64]) -> Self:
        """Each row's until the next of the cutoffs only, from which another row of the customer goes on."""
        days = np.unique(cutoff)
        gaps = np.append(np.diff(days) / np.timedelta64(1, "D"), np.inf)
        return self.until(gaps[np.searchsorted(days, cutoff)])

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """The rows of all parts."""
        lost, followed = zip(*((part.lost, part.followed) for part in parts), strict=True)
        return cls(np.concatenate(lost), np.concatenate(followed))


def after(history: History, cutoff: int, churn: Churn, *, end: int) -> Lifetimes:
    """(customers,) from the cutoff on. end: the day after the newest row."""
    if churn.when == "ended":
        return _until_end(history, cutoff, churn, reach=end - churn.grace - cutoff)
    return _until_event(history, cutoff, churn, reach=end - cutoff)


def _until_end(history: History, cutoff: int, churn: Churn, *, reach: int) -> Lifetimes:
    found = outcome(history, cutoff, churn)
    days = (found.end - cutoff).astype(np.float64)
    over = found.live & (days < reach)
    lost = np.where(over & found.lost, days, np.inf)
    return Lifetimes(lost, np.where(over & ~found.lost, days, float(reach)))


def _until_event(history: History, cutoff: int, churn: Churn, *, reach: int) -> Lifetimes:
    first: NDArray[np.float64] = np.full(len(history), np.inf)
    for kind in (kind for kind in churn.kinds if kind in history.kinds):
        rows = history.kinds[kind].visible(cutoff + reach, hindsight=True)
        position = rows.before(cutoff)
        comes = position < rows.starts[1:]
        first = np.minimum(first, np.where(comes, at(rows.day, position) - cutoff, np.inf))
    return Lifetimes(np.where(first < reach, first, np.inf), np.full(len(history), float(reach)))
