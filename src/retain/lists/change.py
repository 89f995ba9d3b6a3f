"""What changed since the list before: who is new, moved or left and why, and bands that do not flicker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retain.lists.scoring import ascending, texts

NEW, UP, DOWN, SAME = "new", "up", "down", "same"
RETURNED, CHURNED, BELOW = "returned", "churned", "below the line"
EXIT = 0.8
"""The share of a band's threshold below which a customer leaves it."""


def changes(listed: pd.DataFrame, previous: pd.DataFrame | None) -> pd.Series[str]:
    """new, up (nearer to the top), down or same for each listed customer, against the list before.

    Places are compared among those on both lists, so that nobody moves because others came or left. Both
    have customer_id and rank. All are new where there is no list before.
    """
    before = _place(previous, listed["customer_id"])
    now = listed["rank"].where(before.notna().to_numpy()).rank()
    moved = np.sign(before.rank().to_numpy(float) - now.to_numpy(float))
    named = np.select([moved > 0, moved < 0, moved == 0], [UP, DOWN, SAME], default=NEW)
    return pd.Series(named, index=listed.index, dtype="str")


def left(
    listed: pd.DataFrame,
    previous: pd.DataFrame,
    *,
    scores: pd.DataFrame,
    facts: pd.DataFrame,
    skipped: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Who was on the list before and is not on this one, in their order there, and why.

    facts: `last_order` for each row of `scores`. skipped: why customers are kept off this list, by id.
    Columns: customer_id, rank (before), churn_probability (now, empty for the churned), why: returned (an
    order since the list before), the reason in `skipped`, below the line, or churned (so long without an
    order that nobody counts them as a customer any more).
    """
    gone = previous[~previous["customer_id"].isin(listed["customer_id"])]
    now = scores[["customer_id", "churn_probability"]].assign(last_order=facts["last_order"].to_numpy())
    told = gone[["customer_id", "rank", "as_of"]].merge(now, on="customer_id", how="left")
    spared = skipped or {}
    why = np.array([spared.get(customer, BELOW) for customer in told["customer_id"]], dtype=object)
    since = told["as_of"].astype("datetime64[s]")  # a list that was read from its file has dates
    why[(told["last_order"] >= since).to_numpy(bool)] = RETURNED
    why[told["churn_probability"].isna().to_numpy(bool)] = CHURNED
    columns = told[["customer_id", "rank", "churn_probability"]]
    return columns.assign(why=pd.Series(why, dtype="str"))


def overlap(listed: pd.DataFrame, previous: pd.DataFrame | None) -> dict[str, Any] | None:
    """How much of the list is that of the time before, for the manifest; None where there was none.

    kept_share: of the customers before, those still listed. jaccard: shared customers among all of both.
    """
    if previous is None:
        return None
    now, before = set(listed["customer_id"]), set(previous["customer_id"])
    both = len(now & before)
    return {
        "previous_as_of": _as_of(previous),
        "previous": len(before),
        "listed": len(now),
        "both": both,
        "kept_share": both / len(before) if before else None,
        "jaccard": both / len(now | before) if now | before else None,
    }


def steady_band(
    probability: ArrayLike,
    bands: Mapping[str, float],
    *,
    previous: pd.Series[str] | None = None,
    exit_share: float = EXIT,
) -> pd.Series[str]:
    """The band of each probability: entered at its threshold, left only below `exit_share` of it.

    previous: (rows,) the bands of the time before; null for whoever had none. Without it the bands are those
    of the thresholds alone.
    """
    p = np.asarray(probability, float)
    names, thresholds = ascending(bands)
    reached = np.searchsorted(thresholds, p, side="right")
    if previous is not None:
        before = pd.Index(names).get_indexer(pd.Index(previous))
        held = np.searchsorted(exit_share * thresholds, p, side="right")
        reached = np.maximum(reached, np.minimum(before, held))
    return texts(names, reached)


def previous_of(column: str, scores: pd.DataFrame, previous: pd.DataFrame | None) -> pd.Series[Any] | None:
    """(rows of `scores`,) what `column` said of each customer in the scores before; null for the new ones."""
    if previous is None or previous.empty or column not in previous:
        return None
    before = previous.drop_duplicates("customer_id", keep="last").set_index("customer_id")[column]
    return before.reindex(scores["customer_id"]).reset_index(drop=True)


def _place(previous: pd.DataFrame | None, ids: pd.Series[str]) -> pd.Series[float]:
    if previous is None:
        return pd.Series(np.nan, index=ids.index)
    rank = previous.drop_duplicates("customer_id").set_index("customer_id")["rank"]
    return rank.reindex(ids).astype(float)


def _as_of(previous: pd.DataFrame) -> str | None:
    days: NDArray[Any] = previous["as_of"].to_numpy()
    return str(pd.Timestamp(days[0]).date()) if len(days) else None
