"""What a training and a list leave for `watch`: their customers counted, and what the list promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from retain.learning.dataset import Dataset
from retain.lists.scored import Everyone
from retain.steps.run import Run
from retain.tracking import Loaded
from retain.watch.drift import Population, Reference
from retain.watch.estimated import estimate


def reference(
    rows: Dataset, p: ArrayLike, *, columns: Sequence[str], importance: Sequence[tuple[str, float]]
) -> dict[str, Any]:
    """The customers of the newest training cutoff, counted; for the metadata of a package.

    p: their probabilities from a model that had not seen what became of them. columns: those the model reads.
    """
    read = set(columns)
    return Reference.of(
        rows.X,
        p,
        columns=[column for column in rows.columns if column.name in read],
        cutoff=str(rows.cutoff.max()),
        importance=[(name, size) for name, size in importance if name in read],
        attributes=rows.spec.attributes,
    ).to_json()


def population(champion: Loaded, everyone: Everyone) -> Population | None:
    """The customers scored, counted as the training's were; None where an older model kept none."""
    kept = champion.metadata.get("reference")
    if kept is None:
        return None
    return Reference.from_json(kept).count(everyone.sample.X, everyone.scored.churn_probability)


def left_for_watch(
    run: Run, counted: Population | None, *, scores: pd.DataFrame, listed: pd.DataFrame
) -> dict[str, Any]:
    """What the manifest keeps: what churn meant, the population in bins, what the probabilities promise."""
    promised = estimate(scores["churn_probability"], scores["customer_id"].isin(listed["customer_id"]))
    return {
        "churn": run.config.churn.model_dump(mode="json"),
        "population": None if counted is None else counted.to_json(),
        "estimated": promised.to_json(),
    }
