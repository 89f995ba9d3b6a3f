"""Who is left out of the list, why, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.lists.length import best_length, call_order
from retain.lists.scoring import LOWEST_BAND, texts

OPTED_OUT, SNOOZED, COOLDOWN = "opted out", "snoozed", "cooldown"
HELD_OUT = "held out"
"""Listed and left alone within the cooldown: spared as long as a customer who was contacted."""
OFTEN, FULL = "contacted often", "over capacity"
MAX_CONTACTS, OFTEN_DAYS = 3, 30
"""At most so many contacts in so many days."""
COLUMNS = ("customer_id", "reason", "until", "churn_probability")
_NO = ("", "0", "0.0", "false", "f", "no", "n", "none", "nan")


def bars(
    ids: pd.Series[str],
    *,
    as_of: date,
    contacts: pd.DataFrame,
    cooldown: int,
    held: pd.DataFrame | None = None,
    opted_out: pd.Series[Any] | None = None,
    max_contacts: int = MAX_CONTACTS,
) -> pd.DataFrame:
    """(rows,) why a customer may not be listed, and the day from which they may: `reason` and `until`.

    Both are empty for those who may; until is empty for those who opted out. Of several reasons the one that
    lasts longest is told. contacts: customer_id, contacted_at and snooze_until of the past
    (`history.Past`); those at or after `as_of` are not seen. held: customer_id and held_on, whom lists of
    the past held out and when: the cooldown spares them as it spares those contacted, so that the list
    treats both groups alike. opted_out: (rows,) whether they did, or as in the customers table: whatever does
    not clearly say no is a yes.
    """
    if contacts.empty and (held is None or held.empty) and opted_out is None:
        return _nobody(len(ids))
    past = contacts[(contacts["contacted_at"] < pd.Timestamp(as_of)).to_numpy(bool)]
    days = past.assign(day=past["contacted_at"].dt.normalize()).sort_values("contacted_at", kind="stable")
    ends = pd.DataFrame(
        {
            SNOOZED: _of(ids, _snoozed(days)),
            COOLDOWN: _of(ids, _newest(days, 1) + pd.Timedelta(days=cooldown)),
            HELD_OUT: _of(ids, _held_on(held) + pd.Timedelta(days=cooldown)),
            OFTEN: _of(ids, _newest(days, max_contacts) + pd.Timedelta(days=OFTEN_DAYS)),
        }
    )
    ends = ends.astype("datetime64[s]").where(ends > pd.Timestamp(as_of))
    out = np.zeros(len(ids), dtype=bool) if opted_out is None else says_yes(opted_out)
    return pd.DataFrame({"reason": _longest(ends).mask(out, OPTED_OUT), "until": ends.max(axis=1).mask(out)})


def _nobody(rows: int) -> pd.DataFrame:
    """Of a first list: everybody may be on it."""
    until = np.full(rows, np.datetime64("NaT"), dtype="datetime64[s]")
    return pd.DataFrame({"reason": texts([None], np.zeros(rows, dtype=np.int8)), "until": until})


def says_yes(values: pd.Series[Any]) -> NDArray[np.bool_]:
    """(rows,) what is neither empty nor a no: true, yes, 1, the date of an opt-out."""
    if values.dtype == bool:
        return values.to_numpy(bool)
    said = values.astype(object).where(values.notna(), "").astype(str).str.strip().str.lower()
    return np.asarray(~said.isin(_NO), dtype=bool)


def skipped(
    scores: pd.DataFrame,
    barred: pd.DataFrame,
    *,
    listed: NDArray[np.intp],
    order_by: str,
    size: int | str,
    order: NDArray[np.intp] | None = None,
) -> pd.DataFrame:
    """Those of the would-be list who are not on it (columns `COLUMNS`), the first to call first.

    barred: a row for each of `scores`, see `bars`. listed: row numbers of the list. The would-be list goes
    down to the last one listed, with `size: auto` further: as far as contacts pay, or where nobody has a
    value as far as the risk is above the lowest band. Whoever is not barred there is over capacity. order:
    `call_order`, where it is known already.
    """
    order = call_order(scores, order_by) if order is None else order
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    reach = max(_reach(scores, order, size=size), int(place[listed].max()) + 1 if len(listed) else 0)
    wanted = order[:reach]
    missing = wanted[~np.isin(wanted, listed)]
    reason = barred["reason"].iloc[missing].fillna(FULL)
    frame = scores[["customer_id", "churn_probability"]].iloc[missing].reset_index(drop=True)
    frame = frame.assign(reason=reason.to_numpy(), until=barred["until"].iloc[missing].to_numpy())
    return frame[list(COLUMNS)].astype({"reason": "str"})


def _reach(scores: pd.DataFrame, order: NDArray[np.intp], *, size: int | str) -> int:
    """How long the list would be if everybody could be called."""
    if isinstance(size, int):
        return min(size, len(order))
    saving = scores["expected_saving"].to_numpy(float)[order]
    if np.isfinite(saving).any():
        return best_length(saving)
    return int((scores["risk_band"] != LOWEST_BAND).sum())


def _snoozed(days: pd.DataFrame) -> pd.Series[Any]:
    """What was said last of until when a customer is to be left alone."""
    said = days[days["snooze_until"].notna().to_numpy()]
    return said.drop_duplicates("customer_id", keep="last").set_index("customer_id")["snooze_until"]


def _newest(days: pd.DataFrame, nth: int) -> pd.Series[Any]:
    """The day of each customer's nth newest contact; customers with fewer are not in it."""
    ahead = days.iloc[::-1].groupby("customer_id").cumcount()
    nth_newest = days[(ahead.reindex(days.index) == nth - 1).to_numpy(bool)]
    return nth_newest.set_index("customer_id")["day"]


def _of(ids: pd.Series[str], ends: pd.Series[Any]) -> NDArray[np.datetime64]:
    """(rows,) each customer's end, if they have one; among none millions of ids need not be looked up."""
    if ends.empty:
        return np.full(len(ids), np.datetime64("NaT"), dtype="datetime64[s]")
    return np.asarray(ends.reindex(ids), dtype="datetime64[s]")


def _held_on(held: pd.DataFrame | None) -> pd.Series[Any]:
    """The day of the list that last held each customer out."""
    if held is None:
        return pd.Series(index=pd.Index([], dtype="str"), dtype="datetime64[s]")
    return held.set_index("customer_id")["held_on"]


def _longest(ends: pd.DataFrame) -> pd.Series[str]:
    """The reason of the latest end, empty where there is none."""
    since = ends.to_numpy("datetime64[s]").astype(np.int64)
    since[ends.isna().to_numpy()] = np.iinfo(np.int64).min
    reason = pd.Series(np.array(ends.columns, dtype=object)[since.argmax(axis=1)], dtype="str")
    return reason.where(ends.notna().any(axis=1))
