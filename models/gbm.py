"""The churn model: gradient-boosted trees averaged with a logistic regression."""

from __future__ import annotations

from typing import Any

from retain import ChurnClassifier, model


@model()
def gbm(**params: Any) -> ChurnClassifier:
    """Boosted `extra_trees` and a logistic regression on signed logarithms, averaged in log-odds."""
    return ChurnClassifier(**params)
