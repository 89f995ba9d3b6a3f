"""What became of the customers of past cutoffs, by the very code that labels the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from retain.config import Churn
from retain.events.engine import Events
from retain.learning.feature import Layout
from retain.learning.matrix import MatrixSpec
from retain.learning.snapshots import snapshots
from retain.progress import Progress


def became(
    events: Events, churn: Churn, cutoffs: Sequence[date], *, progress: Progress | None = None
) -> dict[date, pd.Series[bool]]:
    """Whether each customer who counted at a cutoff churned, by customer id.

    churn: what it meant then. Raises DataError for a cutoff whose horizon is not over.
    """
    found: dict[date, list[pd.Series[bool]]] = {cutoff: [] for cutoff in cutoffs}
    rows = snapshots(
        events.under(churn), (), MatrixSpec(Layout()), cutoffs=cutoffs, labelled=True, progress=progress
    )
    for part in filter(len, rows):  # one of none tells only whom it left out
        day: date = part.cutoff[0].astype("datetime64[D]").item()
        ids = pd.Index(part.customer_id, dtype=object)  # the texts themselves are shared by all cutoffs
        found[day].append(pd.Series(part.churned, index=ids))
    nobody = pd.Series(dtype=bool, index=pd.Index([], dtype=object))
    return {day: pd.concat(parts) if parts else nobody for day, parts in found.items()}
