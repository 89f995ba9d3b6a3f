"""How long customers were there after a cutoff, for churn that comes on a day: an end, an event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.days import to_day
from retain.events.engine import Events
from retain.events.history import History
from retain.events.rows import at
from retain.learning.contract_churn import outcome
from retain.learning.dataset import Dataset
from retain.learning.horizons import Lifetimes
from retain.learning.labels import eligible


def lifetimes(events: Events, dataset: Dataset) -> Lifetimes | None:
    """Of the rows of `dataset`, as the data tell; None for churn by inactivity, which comes on no day."""
    churn = events.config.churn
    if churn.when == "inactive":
        return None
    days = sorted({to_day(one) for one in np.unique(dataset.cutoff).tolist()})
    known = pd.concat(list(events.each(_Lived(churn, tuple(days), to_day(events.summary.end)), cutoffs=days)))
    rows = pd.MultiIndex.from_arrays([dataset.customer_id, dataset.cutoff.astype("datetime64[s]")])
    found = known.reindex(rows)
    return Lifetimes(found["lost"].to_numpy(np.float64), found["followed"].to_numpy(np.float64))


@dataclass(frozen=True)
class _Lived:
    """What became of a chunk's eligible customers after each of the days."""

    churn: Churn
    days: tuple[int, ...]
    end: int

    def __call__(self, history: History) -> list[pd.DataFrame]:
        return [_frame(history, day, self.churn, end=self.end) for day in self.days]


def _frame(history: History, day: int, churn: Churn, *, end: int) -> pd.DataFrame:
    chosen = np.flatnonzero(eligible(history.view(day), churn))
    lived = after(history, day, churn, end=end)
    cutoff = np.full(len(chosen), day, dtype="datetime64[D]").astype("datetime64[s]")
    index = pd.MultiIndex.from_arrays([history.names[chosen], cutoff])
    return pd.DataFrame({"lost": lived.lost[chosen], "followed": lived.followed[chosen]}, index=index)


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
