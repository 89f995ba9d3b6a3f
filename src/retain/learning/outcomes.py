"""What became of the customers of some rows, and whether there is something to learn from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retain.errors import DataError

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset


def outcomes(rows: Dataset) -> NDArray[np.bool_]:
    """Who churned. Raises DataError where that is not known yet."""
    if rows.churned is None:
        raise DataError("these rows have no churn labels: their horizon is not over")
    return np.asarray(rows.churned, bool)


def two_outcomes(rows: Dataset) -> bool:
    """Whether there are churners and others, without which nothing can be learnt nor tested."""
    return 0 < int(outcomes(rows).sum()) < len(rows)


def newest_cutoff(rows: Dataset) -> date:
    """The last cutoff there are rows for. Raises DataError where there is none."""
    if not len(rows):
        raise DataError("there is no customer at any complete cutoff to learn from")
    newest: date = rows.cutoff.max().astype("datetime64[D]").item()
    return newest
