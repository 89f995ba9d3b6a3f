"""The at-risk list: who is on it, in which order, with which columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.errors import ConfigError
from retain.lists import scoring
from retain.lists.length import best_length, call_order, ranked_by

Mask = NDArray[np.bool_]

COLUMNS = (
    "rank",
    *scoring.COLUMNS,
    "last_order",
    "days_since_last",
    "usual_gap",
    "expected_next_order",
    "days_overdue",
    "reason_1",
    "reason_2",
    "reason_3",
    "action",
    "owner",
    "group",
    "change",
    "as_of",
    "model_version",
    "run_id",
)
"""The columns that the list promises, in their order."""

BESIDE = (
    "segment_percentile",
    "break_even",
    "tier",
    "next_tier",
    "to_next_tier",
    "act_on",
    "action_channel",
    "action_who",
    "action_by",
    "action_offer",
    "lever",
    "lever_risk",
)
"""What stands behind them, as far as it is known; a column to show of the same name takes its place."""


@dataclass(frozen=True)
class Provenance:
    """Where a list comes from."""

    as_of: date
    model_version: str
    run_id: str


def first_to_call(
    scores: pd.DataFrame,
    *,
    size: int | Literal["auto"],
    capacity: int,
    order_by: str = "churn_probability",
    spared: Mask | None = None,
    held: Mask | None = None,
    order: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Row numbers of the listed customers, the greatest `order_by` first, ties by customer id.

    size: how many are listed; "auto": as many as earn most, or where nobody has a value all, up to
    `capacity` contacts. spared, held: (rows,) who may not be listed at all, and who
    is listed but not contacted (the holdout), and so neither costs nor earns nor counts to the capacity;
    whom a list of a given size holds out does not matter to it. order: `call_order` of all, if known.
    """
    order = _open(scores, order_by, spared=spared, order=order)
    contacted = np.ones(len(order), dtype=bool) if held is None else ~held[order]
    length = _length(
        scores["expected_saving"].to_numpy(float)[order], contacted, size=size, capacity=capacity
    )
    return _settled(scores, order, length=length, key=ranked_by(scores, order_by))


def _open(
    scores: pd.DataFrame, order_by: str, *, spared: Mask | None, order: NDArray[np.intp] | None
) -> NDArray[np.intp]:
    """The rows of those who may be listed, in the order of calls."""
    if spared is None or not spared.any():
        return call_order(scores, order_by) if order is None else order
    rows = np.flatnonzero(~spared)
    few = scores.iloc[rows]
    if order is not None and ranked_by(few, order_by) == ranked_by(scores, order_by):
        return np.asarray(order[~spared[order]])
    return np.asarray(rows[call_order(few, order_by)])


def _length(saving: NDArray[np.float64], contacted: Mask, *, size: int | str, capacity: int) -> int:
    """How many of the customers in this order are listed."""
    if isinstance(size, int):
        return min(size, len(saving))
    callable_rows = int(np.searchsorted(np.cumsum(contacted), capacity, side="right")) if capacity > 0 else 0
    if not np.isfinite(saving).any():
        return callable_rows
    return min(best_length(np.where(contacted, saving, 0.0)), callable_rows)


def _settled(scores: pd.DataFrame, order: NDArray[np.intp], *, length: int, key: str) -> NDArray[np.intp]:
    """The first of `order`, equals put in the order of their ids."""
    if length <= 0:
        return np.empty(0, dtype=np.intp)
    value = np.nan_to_num(scores[key].to_numpy(np.float64), nan=-np.inf)
    candidates = order[value[order] >= value[order[length - 1]]]
    tied = scores.iloc[candidates][["churn_probability", "customer_id"]].reset_index(drop=True)
    tied = tied.assign(key=value[candidates])
    tied = tied.sort_values(["key", "churn_probability", "customer_id"], ascending=[False, False, True])
    first: NDArray[np.intp] = candidates[tied.index.to_numpy()[:length]]
    return first


def at_risk(
    scores: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    listed: NDArray[np.intp],
    reasons: pd.DataFrame,
    provenance: Provenance,
    people: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The list in the order of `listed` (row numbers, see `first_to_call`), one row a customer.

    `facts` has a row for each row of `scores`: last_order, days_since_last, usual_gap (days; null where
    unknown). `reasons` has a row for each listed customer. `people` has customer_id, optionally owner,
    and the columns to show. The action and change columns are still empty. What the scores have of `BESIDE`
    stands last.
    """
    frame = scores.iloc[listed].reset_index(drop=True)
    frame = frame.assign(rank=np.arange(1, len(frame) + 1), group=_texts("contact", frame.index))
    frame = frame.assign(**_order_dates(facts.iloc[listed].reset_index(drop=True), as_of=provenance.as_of))
    frame = frame.join(reasons.reset_index(drop=True))
    shown = _beside(frame["customer_id"], people)
    frame = frame.assign(**{name: _texts(None, frame.index) for name in ("action", "owner", "change")})
    frame = frame.assign(**shown, **_provenance(provenance, frame.index))
    beside = [name for name in BESIDE if name in scores and name not in shown]
    return frame[[*_columns(tuple(name for name in shown if name != "owner")), *beside]]


def _order_dates(facts: pd.DataFrame, *, as_of: date) -> dict[str, pd.Series]:
    """When the customer last ordered and was due to order again.

    `days_overdue` is 0 for a customer who is not due yet: empty means that no usual gap is known.
    """
    last_order = facts["last_order"].astype("datetime64[s]")
    gap = facts["usual_gap"].astype("float64")
    expected = (last_order + pd.to_timedelta(np.floor(gap + 0.5), unit="D")).astype("datetime64[s]")
    overdue = (pd.Timestamp(as_of) - expected).dt.days.clip(lower=0)
    return {
        "last_order": last_order,
        "days_since_last": facts["days_since_last"].round().astype("Int64"),
        "usual_gap": gap,
        "expected_next_order": expected,
        "days_overdue": overdue.astype("Int64"),
    }


def _beside(customer_id: pd.Series, people: pd.DataFrame | None) -> dict[str, pd.Series]:
    """What the customers table says of the listed, in their order; nothing for those it does not hold."""
    if people is None:
        return {}
    _require_free_names(people)
    known = people[people["customer_id"].isin(customer_id)].drop_duplicates("customer_id", keep="last")
    known = known.set_index("customer_id").reindex(customer_id).reset_index(drop=True)
    return {str(name): known[name] for name in known}


def _require_free_names(people: pd.DataFrame) -> None:
    taken = [name for name in people if name in COLUMNS and name not in ("customer_id", "owner")]
    if taken:
        raise ConfigError(
            f"tables.customers.show: the list has a column {taken[0]!r} of its own; "
            "give the customers table's column another name."
        )


def _provenance(provenance: Provenance, index: pd.Index) -> dict[str, pd.Series]:
    return {
        "as_of": pd.Series(pd.Timestamp(provenance.as_of), index=index, dtype="datetime64[s]"),
        "model_version": _texts(provenance.model_version, index),
        "run_id": _texts(provenance.run_id, index),
    }


def _texts(text: str | None, index: pd.Index) -> pd.Series:
    return pd.Series(text, index=index, dtype="str")


def _columns(shown: tuple[str, ...]) -> list[str]:
    """The columns of the list, those to show right after the owner."""
    cut = COLUMNS.index("owner") + 1
    return [*COLUMNS[:cut], *shown, *COLUMNS[cut:]]
