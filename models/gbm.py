"""The churn model: gradient-boosted trees averaged with a logistic regression."""

from __future__ import annotations

from typing import Any

from retain import ChurnClassifier, model


def parameters(trial: Any) -> dict[str, Any]:
    """What the search may change; `trial` is Optuna's."""
    return {
        "n_estimators": trial.suggest_int("n_estimators", 40, 400, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 31, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 200, log=True),
        "l2": trial.suggest_float("l2", 1, 100, log=True),
        "ridge": trial.suggest_float("ridge", 0.3, 100, log=True),
        "blend": trial.suggest_float("blend", 0.2, 0.8),
    }


@model(search=parameters)
def gbm(**params: Any) -> ChurnClassifier:
    """Boosted `extra_trees` and a logistic regression on signed logarithms, averaged in log-odds."""
    return ChurnClassifier(**params)
