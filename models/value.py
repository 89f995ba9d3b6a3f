"""The value model: what a customer who stays will spend."""

from __future__ import annotations

from typing import Any

from retain import model
from retain.learning.spending import SpendRegressor


@model(predicts="spend")
def value(**params: Any) -> SpendRegressor:
    """Boosted trees with a Tweedie loss, taught what those who stayed went on to spend."""
    return SpendRegressor(**params)
