"""The at-risk list: who is on it, in which order, with which columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.errors import ConfigError

COLUMNS = (
    "rank",
    "customer_id",
    "churn_probability",
    "risk_percentile",
    "risk_band",
    "segment",
    "expected_value",
    "value_at_risk",
    "expected_saving",
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
SUMMARY_COLUMNS = (
    "rank",
    "customer_id",
    "churn_probability",
    "risk_band",
    "days_since_last",
    "usual_gap",
    "reason_1",
)


@dataclass(frozen=True)
class Provenance:
    """Where a list comes from."""

    as_of: date
    model_version: str
    run_id: str


def first_to_call(scores: pd.DataFrame, *, size: int | Literal["auto"], capacity: int) -> NDArray[np.intp]:
    """Row numbers of the listed customers, the most likely to leave first, ties by customer id."""
    probability = scores["churn_probability"].to_numpy(dtype=np.float64)
    length = min(capacity if size == "auto" else size, len(probability))
    if length <= 0:
        return np.empty(0, dtype=np.intp)
    least = np.partition(probability, -length)[-length]
    candidates = np.flatnonzero(probability >= least)
    order = scores.iloc[candidates][["churn_probability", "customer_id"]].reset_index(drop=True)
    order = order.sort_values(["churn_probability", "customer_id"], ascending=[False, True], kind="stable")
    first: NDArray[np.intp] = candidates[order.index.to_numpy()[:length]]
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
    and the columns to show. The segment, value, action and change columns are still empty.
    """
    frame = scores.iloc[listed].reset_index(drop=True)
    frame = frame.assign(rank=np.arange(1, len(frame) + 1), group=_texts("contact", frame.index))
    frame = frame.assign(**_order_dates(facts.iloc[listed].reset_index(drop=True), as_of=provenance.as_of))
    frame = frame.join(reasons.reset_index(drop=True))
    shown = _beside(frame["customer_id"], people)
    frame = frame.assign(**{name: _texts(None, frame.index) for name in ("action", "owner", "change")})
    frame = frame.assign(**shown, **_provenance(provenance, frame.index))
    return frame[_columns(tuple(name for name in shown if name != "owner"))]


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
