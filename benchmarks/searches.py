"""The search for parameters against plain Optuna and LightGBM: the same rows, folds, ranges and trials.

Each tries the parameters that retain's search proposed, pruned by the same rule. The plain ones fit trees
alone; retain's also fits the logistic regression that they are averaged with.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

TRIALS = 20
SHARE = 0.2  # of the customers: more rows than a fold has in a search
SEED = 7
FIRST = 6  # trials tried to the end before any is pruned, as in retain's search


def search(folder: Path) -> Callable[[], dict[str, Any]]:
    """retain's search, as `retain train` runs it."""
    return partial(_searched, _folds(folder), [])


def plain_search(folder: Path) -> Callable[[], dict[str, Any]]:
    """Optuna and LightGBM as their documentation shows them: LightGBM's own trees, on all cores."""
    return _plain(folder, max_depth=-1)


def plain_trees(folder: Path) -> Callable[[], dict[str, Any]]:
    """The same with the trees that retain fits, on one thread: so little work is dearer on two."""
    return _plain(folder, extra_trees=True, max_depth=8, n_jobs=1)


def _searched(folds: Any, tried: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Puts the parameters of each trial into `tried`."""
    from retain.learning import search as found
    from retain.learning import tuning
    from retain.learning.recipe import Workbench

    model, bench, fits = _model(), Workbench(seed=SEED), []

    def propose(trial: Any) -> Mapping[str, Any]:
        tried.append(model.search(trial))
        return tried[-1]

    def loss(params: Mapping[str, Any], fold: int) -> float:
        fits.append(fold)
        return float(tuning._losses(bench, model, params, folds[fold]).mean())

    done = found.search(propose, loss, folds=len(folds), trials=TRIALS, seed=SEED)
    return _told(folds, trials=done.trials, fits=len(fits), loss=done.loss)


def _plain(folder: Path, **settings: Any) -> Callable[[], dict[str, Any]]:
    """Getting ready takes a search of retain's, to know what it tries."""
    import optuna
    from lightgbm import LGBMClassifier

    model, folds, tried, fits = _model(), _folds(folder), [], []
    _searched(folds, tried)
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        params = model.search(trial)
        trees = {
            "n_estimators": params["n_estimators"],
            "num_leaves": params["num_leaves"],
            "min_child_samples": params["min_child_samples"],
            "reg_lambda": params["l2"],
            "learning_rate": 0.05,
            "random_state": SEED,
            "verbose": -1,
            **settings,
        }
        losses = []
        for step, fold in enumerate(folds):
            fits.append(step)
            fitted = LGBMClassifier(**trees).fit(fold.train.X, fold.train.churned)
            p = np.clip(fitted.predict_proba(fold.test.X)[:, 1], 1e-15, 1 - 1e-15)
            losses.append(float(-np.log(np.where(fold.test.churned, p, 1 - p)).mean()))
            trial.report(float(np.mean(losses)), step)
            if step + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(losses))

    def work() -> dict[str, Any]:
        pruner = optuna.pruners.MedianPruner(n_startup_trials=FIRST)
        sampler = optuna.samplers.TPESampler(seed=SEED, n_startup_trials=FIRST)
        study = optuna.create_study(sampler=sampler, pruner=pruner)
        for params in tried:
            study.enqueue_trial(dict(params))
        study.optimize(objective, n_trials=TRIALS)
        return _told(folds, trials=len(study.trials), fits=len(fits), loss=study.best_value)

    return work


def _model() -> Any:
    from retain.project import Definitions

    file = Path(__file__).parents[1] / "models" / "gbm.py"
    return Definitions.from_sources({"models/gbm.py": file.read_text(encoding="utf-8")}).models["gbm"]


def _folds(folder: Path) -> Any:
    """The folds that `retain train` searches on, of a sample of the customers."""
    from measure import definitions, opened, training_days

    from retain.learning.matrix import fit_spec
    from retain.learning.sampling import Sample
    from retain.learning.snapshots import build
    from retain.learning.tuning import forward_folds

    with opened(folder) as events:
        days = training_days(events)
        some = Sample(customers=SHARE)
        rows = build(events, definitions(), fit_spec(events), cutoffs=days, labelled=True, sample=some)
    return forward_folds(rows, seed=SEED)[1:]


def _told(folds: Any, *, trials: int, fits: int, loss: float) -> dict[str, Any]:
    rows = sum(len(fold.train) + len(fold.test) for fold in folds)
    return {"rows": rows, "trials": trials, "fits": fits, "loss": loss, "threads": os.cpu_count()}
