"""Looking for better parameters: Optuna, pruned, on a time budget, resumable, the same from the same seed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from retain.progress import Progress, Silent

SECONDS = 600.0
FIRST_TRIALS = 6  # tried to the end before any is pruned

Propose = Callable[[Any], Mapping[str, Any]]
Loss = Callable[[Mapping[str, Any], int], float]


@dataclass(frozen=True)
class Found:
    """The best parameters and their loss; trials: how many were tried, those of earlier runs included."""

    params: dict[str, Any]
    loss: float
    trials: int


def search(
    propose: Propose,
    loss: Loss,
    *,
    folds: int,
    trials: int,
    seed: int,
    name: str = "search",
    journal: Path | None = None,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Found:
    """Minimise the mean of `loss(params, fold)` over the folds.

    propose: takes an Optuna trial and gives parameters. A trial whose first folds are worse than the
    median of the others' is given up. journal: a file that remembers the trials, so that an interrupted
    search of the same `name` goes on where it stopped; each trial has its own seed, so it goes on as it
    would have. A search that its budget ended stays ended.
    """
    with _quietly():
        study = optuna.create_study(
            study_name=name,
            storage=_storage(journal),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST_TRIALS),
            load_if_exists=True,
        )
        _try(study, propose, loss, folds=folds, trials=trials, seed=seed, seconds=seconds, progress=progress)
    best = study.best_trial
    return Found(dict(best.user_attrs["params"]), float(best.value or 0.0), len(_ended(study)))


def _try(
    study: optuna.Study,
    propose: Propose,
    loss: Loss,
    *,
    folds: int,
    trials: int,
    seed: int,
    seconds: float,
    progress: Progress | None,
) -> None:
    def objective(trial: optuna.Trial) -> float:
        params = dict(propose(trial))
        trial.set_user_attr("params", params)
        return _mean_loss(trial, params, loss, folds=folds)

    done = len(_ended(study))
    until = time.monotonic() + seconds
    with (progress or Silent()).step("Searching parameters", total=trials) as step:
        step.advance(done)
        for number in range(done, 0 if "stopped" in study.user_attrs else trials):
            study.sampler = optuna.samplers.TPESampler(seed=seed + number, n_startup_trials=FIRST_TRIALS)
            study.optimize(objective, n_trials=1)
            step.advance()
            if time.monotonic() > until:
                study.set_user_attr("stopped", number + 1)
                return


def _mean_loss(trial: optuna.Trial, params: Mapping[str, Any], loss: Loss, *, folds: int) -> float:
    total = 0.0
    for fold in range(folds):
        total += loss(params, fold)
        trial.report(total / (fold + 1), step=fold)
        if fold + 1 < folds and trial.should_prune():
            raise optuna.TrialPruned
    return total / folds


def _ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """The trials that came to an end; one that was killed is tried again."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _storage(journal: Path | None) -> BaseStorage:
    if journal is None:
        return InMemoryStorage()
    journal.parent.mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(str(journal)))


@contextmanager
def _quietly() -> Iterator[None]:
    logger = logging.getLogger("optuna")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
