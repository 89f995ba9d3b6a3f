"""The search for parameters against plain Optuna and LightGBM: the same rows, folds, ranges and trees.

Both have the trials that Optuna's TPE proposes from the same seed, pruned by the same rule. The plain one
fits the trees alone; retain's also fits the logistic regression that they are averaged with.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

TRIALS = 20
SHARE = 0.2  # of the customers: more rows than a fold has in a search
SEED = 7


def search(folder: Path) -> Callable[[], dict[str, Any]]:
    """retain's search, as `retain train` runs it."""
    from retain.learning import search as found
    from retain.learning import tuning
    from retain.learning.recipe import Workbench

    model, folds = _model(), _folds(folder)
    bench = Workbench(seed=SEED)

    def loss(params: Mapping[str, Any], fold: int) -> float:
        return float(tuning._losses(bench, model, params, folds[fold]).mean())

    def work() -> dict[str, Any]:
        done = found.search(model.search, loss, folds=len(folds), trials=TRIALS, seed=SEED)
        return _told(folds, trials=done.trials, loss=done.loss)

    return work


def plain_search(folder: Path) -> Callable[[], dict[str, Any]]:
    """Optuna and LightGBM as its documentation shows them."""
    import optuna
    from lightgbm import LGBMClassifier

    model, folds = _model(), _folds(folder)
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        tried = model.search(trial)
        trees = {
            "n_estimators": tried["n_estimators"],
            "num_leaves": tried["num_leaves"],
            "min_child_samples": tried["min_child_samples"],
            "reg_lambda": tried["l2"],
            "learning_rate": 0.05,
            "max_depth": -1,
            "extra_trees": False,
            "random_state": SEED,
            "verbose": -1,
        }
        losses = []
        for step, fold in enumerate(folds):
            fitted = LGBMClassifier(**trees).fit(fold.train.X, fold.train.churned)
            p = np.clip(fitted.predict_proba(fold.test.X)[:, 1], 1e-15, 1 - 1e-15)
            losses.append(float(-np.log(np.where(fold.test.churned, p, 1 - p)).mean()))
            trial.report(float(np.mean(losses)), step)
            if step + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(losses))

    def work() -> dict[str, Any]:
        pruner = optuna.pruners.MedianPruner(n_startup_trials=6)
        sampler = optuna.samplers.TPESampler(seed=SEED, n_startup_trials=6)
        study = optuna.create_study(sampler=sampler, pruner=pruner)
        study.optimize(objective, n_trials=TRIALS)
        return _told(folds, trials=len(study.trials), loss=study.best_value)

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


def _told(folds: Any, *, trials: int, loss: float) -> dict[str, Any]:
    sizes = [[len(fold.train), len(fold.test)] for fold in folds]
    return {"rows": sum(map(sum, sizes)), "trials": trials, "loss": loss, "threads": os.cpu_count()}
