"""What the segments' rules ask of orders, answered by activity where a business has no orders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn

Vector = NDArray[np.float64]

YEAR = 365
PACES = (30, 90)


def by_activity(X: pd.DataFrame, columns: Sequence[FeatureColumn], *, facts: pd.DataFrame) -> pd.DataFrame:
    """X with order_days, days_since_first_order, gap_share and order_pace_<N>d where it lacks them.

    They count days with activity and events of any kind; NaN where unknown. facts: days_since_last and
    usual_gap of the same rows. A column whose own are not among the features is left out.
    """
    made = {"gap_share": _ratio(_floats(facts["days_since_last"]), _floats(facts["usual_gap"]))}
    if "active_days" in X:
        made["order_days"] = _floats(X["active_days"])
    if "days_since_first_activity" in X:
        tenure = _floats(X["days_since_first_activity"])
        made["days_since_first_order"] = tenure
        made |= _paces(X, columns, tenure=tenure)
    return X.assign(**{name: values for name, values in made.items() if name not in X})


def _paces(X: pd.DataFrame, columns: Sequence[FeatureColumn], *, tenure: Vector) -> dict[str, Vector]:
    """Events a day in the window / events a day in the last year, or since the first one."""
    counts = {window: _events(X, columns, window=window) for window in (*PACES, YEAR)}
    year = counts[YEAR]
    if year is None:
        return {}
    usual = _ratio(year, np.minimum(tenure, YEAR))
    found = ((window, counts[window]) for window in PACES)
    return {f"order_pace_{window}d": _ratio(n / window, usual) for window, n in found if n is not None}


def _events(X: pd.DataFrame, columns: Sequence[FeatureColumn], *, window: int) -> Vector | None:
    """Events of all kinds in the window; None where no feature counts them."""
    names = [c.name for c in columns if c.feature == "events" and c.window == window and c.name in X]
    return np.asarray(X[names].sum(axis=1), float) if names else None


def _ratio(over: Vector, under: Vector) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(under > 0, over / under, np.nan))


def _floats(values: pd.Series) -> Vector:
    return values.to_numpy(np.float64, na_value=np.nan)
