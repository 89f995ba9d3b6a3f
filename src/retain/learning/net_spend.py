"""What customers spent, less what they sent back, from their features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def net_spend(X: pd.DataFrame, window: str = "") -> Vector:
    """What was spent less what was sent back in the window (such as `_365d`; all time by default)."""
    spent, returned = net_of(window)
    gross = np.nan_to_num(X[spent].to_numpy(float))
    share = np.nan_to_num(X[returned].to_numpy(float)) if returned in X.columns else 0.0
    return np.asarray(gross * (1 - np.minimum(share, 1.0)))


def net_of(window: str = "") -> tuple[str, str]:
    """The features that net spend is made of: what was spent, and the share of it that was sent back."""
    return f"spend{window}", f"return_spend_share{window}"
