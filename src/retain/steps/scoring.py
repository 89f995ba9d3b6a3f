"""Scoring everybody who is eligible, chunk by chunk, by the definitions stored with the champion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from retain.errors import ConfigError, DataError
from retain.events.days import to_day
from retain.events.engine import Events
from retain.events.scratch import writing_to
from retain.freed import give_back
from retain.learning.dataset import Dataset
from retain.learning.dataset import joined as one
from retain.learning.feature import Feature
from retain.learning.matrix import MatrixSpec
from retain.learning.sampling import Sample, hashed, within
from retain.learning.snapshots import Snapshots, nobody
from retain.lists.scored import Everyone, Rows, Scored, Scoring, joined
from retain.lists.segments import Segmentation
from retain.lists.shelf import Shelf
from retain.steps.reading import missing_inputs
from retain.steps.run import Run
from retain.tracking import Loaded

T = TypeVar("T", bound=Any)

MOST_COUNTED = 200_000
"""Customers whose features are counted for `watch`: a share is then known to a fifth of a percent."""


def scoring(
    run: Run, champion: Loaded, events: Events, features: Sequence[Feature], *, rules: Segmentation
) -> Scoring:
    """What is done with each chunk of customers.

    Raises ConfigError where the tables no longer hold what the model was trained with.
    """
    spec, churn = MatrixSpec.from_json(champion.spec), run.config.churn
    lacking = missing_inputs(spec, run, events)
    if lacking:
        raise ConfigError(
            f"the model (version {champion.version}) was trained with {', '.join(lacking)}, which the config "
            "no longer has; put it back, or run `retain train`"
        )
    snapshots = Snapshots(
        columns=spec.columns(features),
        spec=spec,
        churn=churn,
        days=(to_day(events.summary.as_of),),
        end=to_day(events.summary.end),
        labelled=False,
    )
    return Scoring(
        snapshots,
        scorer=_by_columns(champion.scorer),
        value=_by_columns(champion.value),
        curve=_by_columns(champion.curve),
        asked=rules.columns,
        by_activity=run.config.churn.counted_table != "orders",
    )


def _by_columns(part: T) -> T:
    """A scorer, a value model, a risk curve: the same with what it learnt made ready for very many rows."""
    quick = getattr(getattr(part, "estimator", None), "by_columns", None)
    return part if quick is None else replace(part, estimator=quick())


def everyone(run: Run, events: Events, work: Scoring, *, shelf: Path) -> Everyone:
    """Everybody who is eligible, scored where their events are.

    On one machine features lie in the file `shelf` until they are wanted; from many machines only those of a
    sample come here, and those of the listed are made once more. Raises DataError where nobody is eligible.
    """
    asked = events.under(run.config.churn)
    return _afar(run, asked, work) if run.config.engine == "spark" else _here(run, asked, work, shelf)


def _here(run: Run, events: Events, work: Scoring, folder: Path) -> Everyone:
    shelf, asked, hashes = Shelf(folder), Shelf(folder.with_name(f"{folder.name}_asked")), []

    def laid_down() -> Iterator[Scored]:
        for part in _scored(run, events, work):
            with writing_to(folder.parent):
                shelf.lay(part.rows.X)
                asked.lay(part.asked)
            hashes.append(hashed(part.rows.customer_id))
            yield replace(part, asked=part.asked.iloc[:0])

    scored = _together(laid_down(), events)
    share = min(1.0, MOST_COUNTED / len(scored))
    counted = np.flatnonzero(within(np.concatenate(hashes), share=share))
    features = partial(_features, scored, shelf, np.datetime64(events.summary.as_of))
    nothing = pd.DataFrame(index=scored.customer_id.index)

    def all_asked() -> pd.DataFrame:
        return nothing if scored.asked.columns.empty else asked.all(scored.asked)

    return Everyone(scored, asked=all_asked, sample=features(counted), features=features)


def _afar(run: Run, events: Events, work: Scoring) -> Everyone:
    customers = events.count_customers(work.snapshots.days)
    few = replace(work, share=min(1.0, MOST_COUNTED / max(customers, 1)))
    samples = list[Dataset]()

    def parted() -> Iterator[Scored]:
        for part in _scored(run, events, few):
            samples.append(part.rows)
            yield part

    scored = _together(parted(), events)
    again = partial(_again, events, work.snapshots, scored)
    return Everyone(scored, asked=lambda: scored.asked, sample=one(samples), features=again)


def _scored(run: Run, events: Events, work: Scoring) -> Iterator[Scored]:
    return events.each(work, cutoffs=work.snapshots.days, progress=run.progress)


def _together(parts: Iterable[Scored], events: Events) -> Scored:
    """All customers, with nobody's features."""
    nothing = np.empty(0, dtype=np.intp)
    every = [replace(part, rows=part.rows.rows(nothing)) for part in parts]
    if not every:
        raise DataError(nobody(events.config.churn, [events.summary.as_of]))
    scored = joined(every)
    every.clear()
    give_back()
    return scored


def _again(events: Events, snapshots: Snapshots, scored: Scored, chosen: Rows) -> Dataset:
    """The rows of the customers at these positions, made of their events alone."""
    if not len(chosen):
        return scored.rows
    ids = scored.customer_id.iloc[chosen].tolist()
    work = replace(snapshots, sample=Sample(only=frozenset(ids)))
    rows = one(list(events.each(work, cutoffs=work.days, ids=ids)))
    return rows.rows(pd.Index(rows.customer_id).get_indexer(pd.Index(ids)))


def _features(scored: Scored, laid: Shelf, cutoff: np.datetime64, chosen: Rows) -> Dataset:
    """The rows of the customers at these positions."""
    return replace(
        scored.rows,
        customer_id=scored.customer_id.iloc[chosen].to_numpy(object),
        cutoff=np.full(len(chosen), cutoff),
        X=laid.take(chosen, scored.rows.X),
        facts=scored.facts.iloc[chosen],
    )
