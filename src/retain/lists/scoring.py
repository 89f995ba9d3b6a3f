"""Every eligible customer's risk: probability, percentile and band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from retain.errors import Refused

COLUMNS = (
    "customer_id",
    "churn_probability",
    "risk_percentile",
    "risk_band",
    "segment",
    "expected_value",
    "value_at_risk",
    "expected_saving",
)
LOWEST_BAND = "low"


def scores(
    customer_id: pd.Series[str], probability: NDArray[np.float64], *, bands: Mapping[str, float]
) -> pd.DataFrame:
    """One row a customer, in their order.

    The value columns and the segment are empty until they are filled.
    Raises Refused where a probability is none.
    """
    _require_probabilities(probability)
    frame = pd.DataFrame({"customer_id": customer_id.astype("str")})
    frame["churn_probability"] = probability
    frame["risk_percentile"] = risk_percentile(probability)
    frame["risk_band"] = risk_band(probability, bands)
    frame["segment"] = pd.Series(np.nan, index=frame.index, dtype="str")
    for column in ("expected_value", "value_at_risk", "expected_saving"):
        frame[column] = np.nan
    return frame[list(COLUMNS)]


def risk_percentile(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mid-rank percentile, 0 to 100: equal probabilities get the same, and their mean is always 50."""
    rank = pd.Series(probability).rank(method="average").to_numpy()
    percentile: NDArray[np.float64] = 100 * (rank - 0.5) / max(len(rank), 1)
    return percentile


def risk_band(probability: NDArray[np.float64], bands: Mapping[str, float]) -> pd.Series[str]:
    """The highest band whose threshold the probability reaches; `low` below them all."""
    names, thresholds = ascending(bands)
    return texts(names, np.searchsorted(thresholds, probability, side="right"))


def ascending(bands: Mapping[str, float]) -> tuple[list[str], NDArray[np.float64]]:
    """All bands from the lowest on, and the thresholds of those above it."""
    above = sorted(bands.items(), key=lambda band: band[1])
    return [LOWEST_BAND, *(name for name, _ in above)], np.array([threshold for _, threshold in above])


def texts(names: Sequence[str | None], number: NDArray[np.integer[Any]]) -> pd.Series[str]:
    """(rows,) the name with each number, without millions of Python's strings on the way; None is missing."""
    return pd.Series(pa.array(names, pa.large_string()).take(pa.array(number)), dtype="str")


def _require_probabilities(probability: NDArray[np.float64]) -> None:
    wrong = int((~((probability >= 0) & (probability <= 1))).sum())
    if wrong:
        raise Refused(
            f"The model gave no probability between 0 and 1 for {wrong:,} of {len(probability):,} customers; "
            "nothing was published. Look at the model's predict_proba, or go back with `retain rollback`."
        )
