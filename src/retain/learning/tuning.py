"""Parameters judged as they will be used: trained on what was over, tested on what came after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retain.learning.kept import Kept
from retain.learning.outcomes import outcomes, two_outcomes
from retain.learning.recipe import threads
from retain.learning.scorer import Floats, churn_probability
from retain.progress import Progress, Silent

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model
    from retain.learning.recipe import Workbench

FOLDS = 2  # that are searched; one more judges
LEAST_ROWS = 500  # of a fold's training; below, a search would find noise
MOST_ROWS = 10_000  # of a fold's training and of its test: enough to tell parameters apart
TINY = 1e-15


@dataclass(frozen=True)
class Tuned:
    """Parameters that are better than the model's own by more than noise, if any; and what was done."""

    params: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tuning:
    """How much to search. journals: the folder that remembers interrupted searches."""

    trials: int = 0
    journals: Path | None = None
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Fold:
    """Rows whose horizon was over at a cutoff, and the rows of that cutoff; what fits to the former share."""

    train: Dataset
    test: Dataset
    kept: Kept = field(default_factory=Kept)


def tune(bench: Workbench, model: Model, rows: Dataset, tuning: Tuning) -> Tuned:
    """Search the model's parameters forward in time within `rows`; its own where nothing better is found.

    The newest fold is kept from the search and judges what it found: the best of many trials is the best
    of its own folds by luck alone.
    """
    if model.search is None or tuning.trials == 0:
        return Tuned()
    folds = forward_folds(rows, seed=bench.seed)
    if len(folds) < 2:
        return Tuned(notes=(f"History is too short to search parameters of {model.name}: its own are used.",))
    judge, *searched = folds
    from retain.learning.search import search  # Optuna takes a second to import

    found = search(
        model.search,
        lambda params, fold: float(_losses(bench, model, params, searched[fold]).mean()),
        folds=len(searched),
        trials=tuning.trials,
        seed=bench.seed,
        name=_name(model, rows, bench.seed),
        journal=tuning.journals / f"{model.name}.journal" if tuning.journals else None,
        progress=tuning.progress,
    )
    gain, error = _gain(bench, model, found.params, judge)
    kept = gain > error
    note = (
        f"{found.trials} trials of {model.name}: the best lowers log loss on the next cutoff by {gain:.4f} "
        f"(standard error {error:.4f}) and is {'used' if kept else 'not used'}."
    )
    return Tuned(found.params if kept else {}, (note,))


def forward_folds(rows: Dataset, *, seed: int) -> list[Fold]:
    """The newest cutoffs that earlier rows can be trained for, the newest first."""
    folds: list[Fold] = []
    for day in np.unique(rows.cutoff)[::-1]:
        cutoff: date = day.astype("datetime64[D]").item()
        fold = Fold(_sample(rows.before(cutoff), seed), _sample(rows.at(cutoff).fairly(), seed))
        if _teaches(fold.train, least=LEAST_ROWS) and _teaches(fold.test, least=2):
            folds.append(fold)
        if len(folds) == FOLDS + 1:
            break
    return folds


def _teaches(rows: Dataset, *, least: int) -> bool:
    return len(rows) >= least and two_outcomes(rows)


def _sample(rows: Dataset, seed: int) -> Dataset:
    count = len(rows.customer_id)
    if count <= MOST_ROWS:
        return rows
    return rows.rows(np.sort(np.random.default_rng(seed).choice(count, MOST_ROWS, replace=False)))


def _losses(bench: Workbench, model: Model, params: Mapping[str, Any], fold: Fold) -> Floats:
    with threads(fold.train):
        estimator = bench.fitted(model, dict(params), fold.train, kept=fold.kept)
        p = np.clip(churn_probability(estimator, fold.test.X), TINY, 1 - TINY)
    return np.asarray(-np.log(np.where(outcomes(fold.test), p, 1 - p)))


def _gain(bench: Workbench, model: Model, params: Mapping[str, Any], judge: Fold) -> tuple[float, float]:
    """How much less log loss than the model's own parameters, and its standard error."""
    difference = _losses(bench, model, {}, judge) - _losses(bench, model, params, judge)
    return float(difference.mean()), float(difference.std() / np.sqrt(len(difference)))


def _name(model: Model, rows: Dataset, seed: int) -> str:
    """Changes with the rows: a search is only resumed on the data it began with."""
    digest = sha256(f"{model.name} {seed} {list(rows.X.columns)}".encode())
    digest.update(rows.cutoff.tobytes())
    digest.update(outcomes(rows).tobytes())
    digest.update(np.nansum(rows.X.to_numpy(), axis=0, dtype=float).tobytes())
    return digest.hexdigest()[:16]
