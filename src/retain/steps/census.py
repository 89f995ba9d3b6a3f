"""One walk past all customers: who counts at each cutoff, who churned, how long they stay away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.days import to_day
from retain.events.duckdb.engine import Events
from retain.events.history import History
from retain.learning.cutoffs import Cutoffs
from retain.learning.labels import churned, eligible, judged
from retain.readiness.counters import Population
from retain.readiness.gaps import Gaps
from retain.readiness.window import Choice, Window, advise, candidates
from retain.steps.run import Run

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Census:
    """What the walk counted.

    cutoffs: one row a cutoff: cutoff, customers, churners, churn_rate. population: their sums. labels: who
    churned at the newest one, as (customer, churned). window: advice on the horizon, None where churn is no
    matter of how long somebody stays away.
    """

    cutoffs: pd.DataFrame
    population: Population
    labels: pa.Table = field(repr=False)
    window: Window | None


@dataclass
class _Tally:
    """What is added up from chunk to chunk."""

    at_cutoffs: Counts
    at_horizons: Counts
    trained: Counts
    labels: list[pa.Table]
    gaps: Gaps
    now: int = 0


def take(run: Run, events: Events, found: Cutoffs) -> Census:
    """Walk past everybody once. found: the cutoffs, none where the history is too short."""
    churn, summary = run.config.churn, events.summary
    asked = _asked(churn, start=summary.start, end=summary.end)
    days = (summary.end - summary.start).days
    tally = _Tally(
        np.zeros((len(found.all), 2), np.int64),
        np.zeros((len(asked), 2), np.int64),
        np.zeros(2, np.int64),
        [],
        Gaps.none(days),
    )
    end = to_day(summary.end)
    for history in events.stream(progress=run.progress):
        _count(tally, history, found, churn)
        tally.now += int(eligible(history.view(to_day(summary.as_of)), churn).sum())
        if churn.when == "inactive":
            rows = history.tables_at(to_day(summary.as_of))[churn.counted_table]
            tally.gaps = tally.gaps.add(rows, end=end)
            for i, (day, one) in enumerate(asked):
                tally.at_horizons[i] += _customers_and_churners(history, day, one)[0]
    labels = pa.concat_tables(tally.labels) if tally.labels else _labels(pa.array([], pa.string()), [])
    return Census(
        _frame(found.all, tally.at_cutoffs),
        _population(tally),
        labels,
        _window(churn, asked, tally, days),
    )


def _asked(churn: Churn, *, start: date, end: date) -> list[tuple[int, Churn]]:
    """For each horizon to advise on its newest complete cutoff, where there is as much history before it."""
    return [
        (to_day(end) - horizon, churn.model_copy(update={"horizon": horizon, "active_within": within}))
        for horizon, within in candidates(churn)
        if start + timedelta(days=2 * horizon) <= end
    ]


def _count(tally: _Tally, history: History, found: Cutoffs, churn: Churn) -> None:
    learnt = np.zeros((2, len(history)), dtype=bool)
    to_learn = found.train or found.all
    for index, cutoff in enumerate(found.all):
        counts, here, gone = _customers_and_churners(history, to_day(cutoff), churn)
        tally.at_cutoffs[index] += counts
        if cutoff in to_learn:
            learnt |= np.stack([here, gone])
        if cutoff == found.test:
            tally.labels.append(_labels(history.ids.filter(pa.array(here)), gone[here]))
    tally.trained += learnt.sum(axis=1)


def _customers_and_churners(
    history: History, day: int, churn: Churn
) -> tuple[Counts, NDArray[np.bool_], NDArray[np.bool_]]:
    here = np.asarray(eligible(history.view(day), churn) & judged(history, day, churn), dtype=bool)
    gone = here & np.asarray(churned(history, day, churn), dtype=bool)
    return np.array([here.sum(), gone.sum()]), here, gone


def _labels(ids: pa.Array, gone: Sequence[bool] | NDArray[np.bool_]) -> pa.Table:
    return pa.table({"customer": ids.cast(pa.string()), "churned": pa.array(gone, pa.bool_())})


def _frame(cutoffs: Sequence[date], counts: Counts) -> pd.DataFrame:
    customers, churners = counts[:, 0], counts[:, 1]
    return pd.DataFrame(
        {
            "cutoff": pd.to_datetime(list(cutoffs)),
            "customers": customers,
            "churners": churners,
            "churn_rate": churners / np.maximum(customers, 1),
        }
    )


def _population(tally: _Tally) -> Population:
    test = tally.at_cutoffs[-1].tolist() if len(tally.at_cutoffs) else (0, 0)
    trained = tally.trained.tolist()
    return Population((test[0], test[1]), (trained[0], trained[1]), tally.now)


def _window(churn: Churn, asked: list[tuple[int, Churn]], tally: _Tally, days: int) -> Window | None:
    if churn.when != "inactive":
        return None
    counted = {
        one.horizon: counts for (_, one), counts in zip(asked, tally.at_horizons.tolist(), strict=True)
    }
    choices = []
    for horizon, within in candidates(churn):
        customers, gone = counted.get(horizon, (0, 0))
        choices.append(
            Choice(
                horizon=horizon,
                active_within=within,
                customers=customers,
                churn_rate=gone / customers if customers else None,
                come_back=tally.gaps.come_back(horizon) if horizon < days else None,
                current=horizon == churn.horizon,
            )
        )
    return advise(tally.gaps, choices, churn=churn, history=days)
