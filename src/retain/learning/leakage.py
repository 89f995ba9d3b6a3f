"""The leakage guard: features are rebuilt without the future, and must not have changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from retain.errors import ConfigError
from retain.learning.feature import FeatureColumn


def refuse_leaks(
    X: pd.DataFrame, rebuilt: pd.DataFrame, columns: Sequence[FeatureColumn], *, cutoff: date
) -> None:
    """Raise ConfigError naming the features that differ, bit for bit, when later rows are removed.

    rebuilt: the same customers' features from tables without the rows at or after the cutoff. This
    proves a leak where there is one; a feature that merely predicts well is none.
    """
    known, again = X.to_numpy().view(np.uint32), rebuilt.to_numpy().view(np.uint32)
    both_unknown = np.isnan(X.to_numpy()) & np.isnan(rebuilt.to_numpy())
    differs = ((known != again) & ~both_unknown).any(axis=0)
    if differs.any():
        leaking = [column for column, bad in zip(columns, differs, strict=True) if bad]
        told = ", ".join(f"{column.name} (features/{column.family}.py)" for column in leaking)
        raise ConfigError(
            f"these features know the future: without the rows at or after {cutoff} they come out "
            f"differently: {told}. A feature may only use what its Span gives."
        )
