"""Snapshots: the rows of the eligible customers at each cutoff, made chunk by chunk of their histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.config import Churn
from retain.errors import DataError
from retain.events.days import to_date, to_day
from retain.events.engine import Events
from retain.events.history import History
from retain.events.view import View
from retain.learning.cutoffs import require_complete
from retain.learning.dataset import Dataset, joined
from retain.learning.feature import Feature
from retain.learning.labels import churned, eligible, left_out, spent
from retain.learning.leakage import refuse_leaks
from retain.learning.lifetimes import after
from retain.learning.matrix import Columns, MatrixSpec, matrix
from retain.learning.sampling import EVERYBODY, Sample
from retain.progress import Progress

FACTS = ("days_since_last", "usual_gap")

PROVED = 1_000
"""Of so many customers with training rows at each cutoff the features are tried without the future."""


@dataclass(frozen=True)
class Snapshots:
    """Makes the rows of a chunk of customers at some cutoffs; a value that can be sent to other machines.

    days: the cutoffs, ascending. end: the day at which the tables end. spend_days: also tell what was spent
    in so many days from the cutoff. sample: of the customers, those to have rows. lived: also tell how long
    they were there, where churn comes on a day.
    """

    columns: Columns
    spec: MatrixSpec
    churn: Churn
    days: tuple[int, ...]
    end: int
    labelled: bool
    spend_days: int | None = None
    sample: Sample = EVERYBODY
    lived: bool = False

    def __call__(self, history: History) -> Iterator[Dataset]:
        """The rows at each cutoff that has any.

        Raises ConfigError where a feature of training rows, tried on the first customers of a stream,
        knows the future.
        """
        drawn = self.sample.drawn(history.names)
        churners = self._churners(history, drawn) if self.sample.thinned else None
        for day in self.days:
            view, counts = self._view(history, day, drawn)
            if churners is not None:
                view = self._thinned(view, history, churners)
            part = self._rows(history, view, counts, churners)
            if self.labelled and history.opening:
                self._prove(history, view)
            if len(part) or any(counts.values()):
                yield part

    def _view(self, history: History, day: int, drawn: NDArray[np.bool_]) -> tuple[View, dict[str, int]]:
        """Whoever is to have a row, and how many eligible customers have none, by why."""
        everyone = history.view(day)
        here = eligible(everyone, self.churn) & drawn
        out = left_out(history, day, self.churn) if self.labelled else {}
        counts = {why: int((here & masked).sum()) for why, masked in out.items()}
        for masked in out.values():
            here &= ~masked
        return replace(everyone, chosen=np.flatnonzero(here)), counts

    def _churners(self, history: History, drawn: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(customers,) who churns at any of the cutoffs."""
        found = np.zeros(len(history), dtype=bool)
        for day in self.days:
            chosen = self._view(history, day, drawn)[0].chosen
            found[chosen] |= churned(history, day, self.churn)[chosen]
        return found

    def _thinned(self, view: View, history: History, churners: NDArray[np.bool_]) -> View:
        kept = churners | self.sample.fair(history.names, view.cutoff)
        return replace(view, chosen=view.chosen[kept[view.chosen]])

    def _rows(
        self, history: History, view: View, counts: dict[str, int], churners: NDArray[np.bool_] | None
    ) -> Dataset:
        chosen, day = view.chosen, view.cutoff
        return Dataset(
            customer_id=history.names[chosen],
            cutoff=np.full(len(chosen), day, dtype="datetime64[D]"),
            churned=churned(history, day, self.churn)[chosen] if self.labelled else None,
            X=matrix(history, view, self.columns, self.spec),
            columns=tuple(column for column, _ in self.columns),
            spec=self.spec,
            horizon=self.churn.horizon,
            facts=_facts(view, self.churn),
            spent=self._spent(history, day)[chosen] if self.spend_days else None,
            grace=self.churn.settled - self.churn.horizon,
            left_out=counts,
            weight=None if churners is None else self.sample.weight(churners[chosen], day),
            fair=None if churners is None else self.sample.fair(history.names[chosen], day),
            lives=after(history, day, self.churn, end=self.end).rows(chosen) if self._lived else None,
        )

    @property
    def _lived(self) -> bool:
        return self.lived and self.churn.when != "inactive"

    def _spent(self, history: History, day: int) -> NDArray[np.float64]:
        days = self.spend_days or 0
        return spent(history, day, days) if day + days <= self.end else np.full(len(history), np.nan)

    def _prove(self, history: History, view: View) -> None:
        """Raise ConfigError where features change when the rows at or after the cutoff are not there."""
        chosen, cutoff = view.chosen[:PROVED], view.cutoff
        few = history.of_first(int(chosen[-1]) + 1 if len(chosen) else 0)
        known, rebuilt = (
            matrix(one, one.view(cutoff, chosen=chosen), self.columns, self.spec)
            for one in (few, few.until(cutoff))
        )
        refuse_leaks(known, rebuilt, [column for column, _ in self.columns], cutoff=to_date(cutoff))


def snapshots(
    events: Events,
    features: Sequence[Feature],
    spec: MatrixSpec,
    *,
    cutoffs: Sequence[date],
    labelled: bool,
    spend_horizon: int | None = None,
    sample: Sample = EVERYBODY,
    lived: bool | None = None,
    progress: Progress | None = None,
) -> Iterator[Dataset]:
    """The rows of each chunk of customers and cutoff that has any; customers in the order of their ids.

    spend_horizon, sample, lived: as `Snapshots` has them; lived as labelled for None.
    Raises DataError where labels are asked for at a cutoff whose horizon is not over, and ConfigError
    where a feature of training rows knows the future.
    """
    churn, end = events.config.churn, events.summary.end
    if labelled:
        for cutoff in cutoffs:
            require_complete(cutoff, horizon=churn.settled, end=end)
    rows = Snapshots(
        columns=spec.columns(features),
        spec=spec,
        churn=churn,
        days=tuple(sorted(map(to_day, cutoffs))),
        end=to_day(end),
        labelled=labelled,
        spend_days=spend_horizon,
        sample=sample,
        lived=labelled if lived is None else lived,
    )
    yield from events.each(rows, cutoffs=rows.days, progress=progress)


def build(
    events: Events,
    features: Sequence[Feature],
    spec: MatrixSpec,
    *,
    cutoffs: Sequence[date],
    labelled: bool,
    **options: Any,
) -> Dataset:
    """All rows at once. Raises DataError where no customer is eligible at any cutoff."""
    parts = list(snapshots(events, features, spec, cutoffs=cutoffs, labelled=labelled, **options))
    if not any(map(len, parts)):
        raise DataError(nobody(events.config.churn, cutoffs))
    return joined(parts)


def nobody(churn: Churn, cutoffs: Sequence[date]) -> str:
    """That nobody is eligible at the cutoffs, as a sentence."""
    at = ", ".join(map(str, cutoffs))
    if churn.when == "ended":
        return f"no customer has a subscription that runs at {at}"
    return (
        f"no customer has {churn.counted_table} in the {churn.active_within} days (churn.active_within) "
        f"before {at}"
    )


def _facts(view: View, churn: Churn) -> pd.DataFrame:
    span = view.span(churn.counted_table)
    age = span.age_of_last()
    last = (view.cutoff - np.nan_to_num(age)).astype("int64").astype("datetime64[D]")
    facts = {
        "last_order": np.where(np.isnan(age), np.datetime64("NaT"), last).astype("datetime64[s]"),
        "days_since_last": age,
        "usual_gap": span.gaps().mean(),
    }
    if churn.when == "ended":
        facts["subscribed_for"] = span.contracts().spell_age()
    return pd.DataFrame(facts)
