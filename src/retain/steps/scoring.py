"""Scoring everybody who is eligible, chunk by chunk, by the definitions stored with the champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from retain.errors import ConfigError, DataError
from retain.events.days import to_day
from retain.events.engine import Events
from retain.learning.dataset import Dataset
from retain.learning.feature import Feature
from retain.learning.matrix import MatrixSpec
from retain.learning.sampling import sampled
from retain.learning.snapshots import Snapshots, nobody
from retain.lists.scored import Everyone, Rows, Scored, Scoring, joined
from retain.lists.segments import Segmentation
from retain.lists.shelf import Shelf
from retain.steps.reading import missing_inputs
from retain.steps.run import Run
from retain.tracking import Loaded

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
        scorer=champion.scorer,
        value=champion.value,
        curve=champion.curve,
        asked=rules.columns,
        by_activity=run.config.churn.counted_table != "orders",
    )


def everyone(run: Run, events: Events, work: Scoring, *, shelf: Path) -> Everyone:
    """Everybody who is eligible, scored; features lie in the file `shelf` until they are wanted.

    Raises DataError where nobody is eligible.
    """
    laid, parts = Shelf(shelf), list[Scored]()
    asked = events.under(run.config.churn)
    for part in asked.each(work, cutoffs=work.snapshots.days, progress=run.progress):
        laid.lay(part.rows.X)
        parts.append(replace(part, rows=part.rows.rows(np.empty(0, dtype=np.intp))))
    if not parts:
        raise DataError(nobody(run.config.churn, [events.summary.as_of]))
    scored = joined(parts)
    share = min(1.0, MOST_COUNTED / len(scored))
    counted = np.flatnonzero(sampled(scored.customer_id.to_numpy(object), share=share))
    features = partial(_features, scored, laid, np.datetime64(events.summary.as_of))
    return Everyone(scored, sample=features(counted), features=features)


def _features(scored: Scored, laid: Shelf, cutoff: np.datetime64, chosen: Rows) -> Dataset:
    """The rows of the customers at these positions."""
    return replace(
        scored.rows,
        customer_id=scored.customer_id.iloc[chosen].to_numpy(object),
        cutoff=np.full(len(chosen), cutoff),
        X=laid.take(chosen, scored.rows.X.columns),
        facts=scored.facts.iloc[chosen],
    )
