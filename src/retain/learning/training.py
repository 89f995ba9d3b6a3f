"""Tested honestly, shipped fresh: a recipe is tested at the newest cutoff, then refitted with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retain.errors import ConfigError, DataError
from retain.learning.bootstrap import Terms
from retain.learning.comparison import Comparison
from retain.learning.metrics import Metrics
from retain.learning.outcomes import newest_cutoff, outcomes, two_outcomes
from retain.learning.recipe import Recipe, Workbench
from retain.learning.scorer import Floats, Scorer
from retain.learning.terms import terms as configured
from retain.learning.tuning import Tuned, Tuning, tune
from retain.progress import Progress, Silent

if TYPE_CHECKING:
    from retain.config import Config
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model

FEWEST = 10
"""Customers of each outcome: the least that leaves something to learn from beside the test."""

EXPLAINED_ROWS = 1000  # rows whose contributions make the importance


@dataclass(frozen=True)
class Trained:
    """What training leaves.

    test: the predictions at the newest complete cutoff by models that knew only what was known then.
    metrics: their figures. recipes and scorers: the refits on every complete cutoff, of the chosen model
    and of the best rule, which may take its place. importance: mean size of each column's contribution to the
    chosen model's log-odds, greatest first. notes: what was unusual, as sentences.
    """

    chosen: str
    rules: tuple[str, ...]
    rows: int
    test: Comparison
    metrics: dict[str, Metrics]
    recipes: dict[str, Recipe]
    scorers: dict[str, Scorer]
    importance: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]

    @property
    def cutoff(self) -> date:
        """The newest complete cutoff, where models were tested and calibrated."""
        return self.test.cutoff


def train(
    dataset: Dataset,
    *,
    models: Mapping[str, Model],
    chosen: str,
    config: Config,
    terms: Terms | None = None,
    progress: Progress | None = None,
    journals: Path | None = None,
) -> Trained:
    """Test every model in `models` at the newest cutoff, then refit the chosen one and the best rule.

    terms: of the profit; those of the configuration for None. journals: a folder in which an interrupted
    search of parameters is remembered.
    """
    progress = progress or Silent()
    newest = newest_cutoff(dataset)
    _check_both_outcomes(dataset)
    bench = Workbench(seed=config.training.seed)
    past, latest = dataset.before(newest), dataset.at(newest)
    tuning = Tuning(config.training.trials, journals, progress)
    tuned = tune(bench, models[chosen], past, tuning) if two_outcomes(past) else Tuned()
    recipes, predictions, skipped = _tested(
        bench, models, dataset, past=past, chosen=chosen, params=tuned.params, progress=progress
    )
    test = Comparison(newest, dataset.horizon, latest.customer_id, outcomes(latest), predictions)
    rules = tuple(name for name, model in models.items() if model.rule and name in recipes)
    kept = dict.fromkeys(name for name in (chosen, test.best(rules)) if name)
    scorers = _refitted(
        bench, models, dataset, recipes={name: recipes[name] for name in kept}, progress=progress
    )
    return Trained(
        chosen=chosen,
        rules=rules,
        rows=len(dataset.customer_id),
        test=test,
        metrics=test.metrics(seed=bench.seed, terms=terms or configured(config, dataset)),
        recipes={name: recipes[name] for name in kept},
        scorers=scorers,
        importance=importance(scorers[chosen], latest, seed=bench.seed),
        notes=(*_notes(past, newest, dataset.horizon), *tuned.notes, *skipped),
    )


def retried(recipe: Recipe, model: Model, dataset: Dataset, *, seed: int) -> Floats:
    """What an earlier training's recipe, made again from the past, predicts at the newest cutoff.

    Where the history is too short for that: by models that have not seen the customer.
    """
    newest, bench = newest_cutoff(dataset), Workbench(seed=seed)
    past = dataset.before(newest)
    if not two_outcomes(past):
        return bench.unseen(model, recipe, dataset, at=newest)[0]
    return bench.make(model, recipe, past, at=newest_cutoff(past)).predict(dataset.at(newest).X)


def importance(scorer: Scorer, dataset: Dataset, *, seed: int) -> tuple[tuple[str, float], ...]:
    """Mean size of each column's contribution over a sample of rows; empty where a model tells none."""
    if not scorer.explains:
        return ()
    rows = len(dataset.customer_id)
    sample = np.sort(np.random.default_rng(seed).permutation(rows)[:EXPLAINED_ROWS])
    sizes = np.abs(scorer.contributions(dataset.X.iloc[sample])).mean(axis=0)
    order = np.argsort(-sizes, kind="stable")
    return tuple((scorer.columns[i], float(sizes[i])) for i in order)


def _tested(
    bench: Workbench,
    models: Mapping[str, Model],
    dataset: Dataset,
    *,
    past: Dataset,
    chosen: str,
    params: dict[str, Any],
    progress: Progress,
) -> tuple[dict[str, Recipe], dict[str, Floats], list[str]]:
    """Each model's recipe, what it predicts at the newest cutoff knowing what was known then, and notes.

    Raises ConfigError where the chosen model cannot be made; another one is left out with a note.
    """
    recipes, predictions, skipped = {}, {}, []
    with progress.step("Testing models", total=len(models)) as step:
        for name, model in models.items():
            own = params if name == chosen else {}
            try:
                recipes[name], predictions[name] = _predicted(bench, model, dataset, past=past, params=own)
            except ValueError as error:  # what a model raises for a matrix without the columns it reads
                if name == chosen:
                    raise ConfigError(
                        f"model: {name} cannot be trained on these features: {error}"
                    ) from error
                skipped.append(f"{name} is not tested: {error}.")
            step.advance()
    return recipes, predictions, skipped


def _predicted(
    bench: Workbench, model: Model, dataset: Dataset, *, past: Dataset, params: dict[str, Any]
) -> tuple[Recipe, Floats]:
    newest = newest_cutoff(dataset)
    if not two_outcomes(past):
        recipe, _ = bench.find(model, dataset, at=newest, params=params)
        return recipe, bench.unseen(model, recipe, dataset, at=newest)[0]
    recipe, scorer = bench.find(model, past, at=newest_cutoff(past), params=params)
    return recipe, scorer.predict(dataset.at(newest).X)


def _refitted(
    bench: Workbench,
    models: Mapping[str, Model],
    dataset: Dataset,
    *,
    recipes: Mapping[str, Recipe],
    progress: Progress,
) -> dict[str, Scorer]:
    scorers = {}
    with progress.step("Refitting on every cutoff", total=len(recipes)) as step:
        for name, recipe in recipes.items():
            scorers[name] = bench.make(models[name], recipe, dataset, at=newest_cutoff(dataset))
            step.advance()
    return scorers


def _check_both_outcomes(dataset: Dataset) -> None:
    """Raise DataError where too few customers churn, or stay, for some of each to be kept for testing."""
    churns = outcomes(dataset)
    for which, who in ((churns, "churn"), (~churns, "stay")):
        there = len(np.unique(dataset.customer_id[which]))
        if there < FEWEST:
            some = f"{there or 'no'} customer" + (f" {who}s" if there == 1 else f"s {who}")
            raise DataError(
                f"{some} in the {len(dataset)} training rows, and {FEWEST} is the least that can be learnt "
                "from and tested on: another churn.horizon or churn.when may tell the customers apart"
            )


def _notes(past: Dataset, newest: date, horizon: int) -> tuple[str, ...]:
    if two_outcomes(past):
        return ()
    return (
        f"No earlier cutoff's horizon of {horizon} days was over at {newest}. The test at "
        f"{newest} is therefore on customers that the tested models had not seen, not on a later time.",
    )
