"""The champion in place, made again from the rows of a new training so that both can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from retain.events.engine import Events
from retain.learning.dataset import Dataset
from retain.learning.matrix import MatrixSpec
from retain.learning.recipe import Recipe
from retain.learning.scorer import Floats
from retain.learning.training import retried
from retain.project import Definitions
from retain.steps.reading import missing_inputs
from retain.steps.run import Run, chosen_features
from retain.steps.training_rows import kept_rows
from retain.tracking import CHAMPION, Loaded, champion, load


@dataclass(frozen=True)
class Incumbent:
    """What the champion's recipe, trained on the same cutoffs, predicts at the test cutoff."""

    name: str
    predictions: Floats


def find_incumbent(
    run: Run, events: Events, dataset: Dataset, *, cutoffs: Sequence[date], **asked: Any
) -> Incumbent | None:
    """The champion's predictions for the newest rows of `dataset`; None where there is nothing to compare.

    That is so before the first champion, after a change of what churn means, and where the tables no
    longer hold what the champion needs. asked: the sample and the days of spending that `dataset` has.
    """
    if champion(run.config) is None:
        return None
    found = load(run.config, CHAMPION)
    if found.metadata.get("churn") != run.config.churn.model_dump(mode="json"):
        return None
    definitions = Definitions.from_sources(found.sources)
    recipe = Recipe(**found.metadata["recipe"])
    rows = _rows(run, events, dataset, found, definitions, cutoffs=cutoffs, **asked)
    if rows is None:
        return None
    with run.step("Training the champion's recipe again"):
        predictions = retried(recipe, definitions.models[recipe.model], rows, seed=run.config.training.seed)
    return Incumbent(f"the champion (version {found.version}, {recipe.model})", predictions)


def _rows(
    run: Run,
    events: Events,
    dataset: Dataset,
    found: Loaded,
    definitions: Definitions,
    *,
    cutoffs: Sequence[date],
    **asked: Any,
) -> Dataset | None:
    """The training rows with the champion's columns: those at hand where they are the same."""
    spec = MatrixSpec.from_json(found.spec)
    same_features = found.metadata.get("features") == run.config.model_dump(mode="json")["features"]
    if definitions.digest == run.definitions.digest and spec == dataset.spec and same_features:
        return dataset
    if missing_inputs(spec, run, events):
        return None
    features = chosen_features(definitions, found.metadata.get("features"))
    return kept_rows(run, events, definitions, features, spec, cutoffs=cutoffs, **asked)
