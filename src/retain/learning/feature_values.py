"""What a feature gives for the customers in view; a mistake in its file is told with its place."""

from __future__ import annotations

import traceback

import numpy as np
from numpy.typing import NDArray

from retain.errors import ConfigError, RetainError
from retain.events.view import View
from retain.learning.feature import Feature, FeatureColumn


def feature_values(made_by: Feature, column: FeatureColumn, view: View) -> NDArray[np.float64]:
    """(rows,) the column's values. Raises ConfigError where the function fails or gives something else."""
    try:
        given = made_by.function(view.span(made_by.table, window=column.window, kind=column.kind))
        values = np.asarray(given, dtype=np.float64)
    except RetainError:
        raise
    except Exception as error:  # a feature file is the user's own Python: it may raise anything
        raise ConfigError(
            f"{_home(made_by)} failed{_line(made_by, error)}: {type(error).__name__}: {error}"
        ) from error
    if values.shape != (len(view.chosen),):
        raise ConfigError(
            f"{_home(made_by)} gave values of shape {values.shape} for {len(view.chosen)} customers; "
            "it must give one a customer"
        )
    return values


def _home(made_by: Feature) -> str:
    return f"features/{made_by.family}.py: the feature {made_by.name}"


def _line(made_by: Feature, error: Exception) -> str:
    """Where in the feature's own file."""
    file = made_by.function.__code__.co_filename if hasattr(made_by.function, "__code__") else None
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""
