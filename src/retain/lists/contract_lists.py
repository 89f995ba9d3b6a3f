"""Two lists of contracts beside the list of customers: cancelled but still running, and about to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

FIXED = ("started", "ends_on", "known_on", "price_until", "amount", "trial", "term", "reason")
"""Columns of the contracts that run, besides customer_id and their attributes; dates null where unknown."""

CONTRACT, RENEWAL, TRIAL, PRICE = "contract ends", "contract renews", "trial ends", "introductory price ends"


def cancelled_running(running: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """The contracts whose end was recorded after they began and is still to come, the next to end first.

    running: one row a contract that runs, with `FIXED`. An end known from the start is a term, no notice.
    """
    noticed = running[running["ends_on"].notna() & (running["known_on"] > running["started"])]
    found = noticed.rename(columns={"known_on": "cancelled_on"}).assign(on=noticed["ends_on"])
    return _kept(found, ("cancelled_on", "ends_on", "days_left", "reason"), as_of=as_of)


def ending_soon(running: pd.DataFrame, *, as_of: date, within: int, trial_days: float | None) -> pd.DataFrame:
    """What ends in the `within` days from the as-of, the next first: `what` and `on`.

    Contracts of a fixed term, agreed renewals of terms longer than twice `within`, introductory prices, and
    trials: those without a known end are taken to last `trial_days`, as trials do (None: nobody knows).
    """
    noticed = running["ends_on"].notna() & (running["known_on"] > running["started"])
    rows = running[~noticed]
    trials, paid = rows[rows["trial"]], rows[~rows["trial"]]
    parts = [
        paid.assign(what=CONTRACT, on=paid["ends_on"]),
        paid.assign(what=RENEWAL, on=_renewal(paid, as_of=as_of, within=within)),
        trials.assign(what=TRIAL, on=trials["ends_on"].fillna(_after(trials["started"], trial_days))),
        rows.assign(what=PRICE, on=rows["price_until"]),
    ]
    found = pd.concat(parts, ignore_index=True)
    first, last = pd.Timestamp(as_of), pd.Timestamp(as_of) + pd.Timedelta(days=within)
    return _kept(
        found[(found["on"] >= first) & (found["on"] < last)], ("what", "on", "days_left"), as_of=as_of
    )


def _renewal(paid: pd.DataFrame, *, as_of: date, within: int) -> pd.Series:
    """The next day on which a contract renews; null without a term, for a short one, and for a known end."""
    age = (pd.Timestamp(as_of) - paid["started"]).dt.days
    term = paid["term"].where((paid["term"] > 2 * within) & paid["ends_on"].isna())
    left = np.floor(term - np.mod(age, term) + 0.5)
    days: pd.Series = pd.to_timedelta(left, unit="D") + pd.Timestamp(as_of)
    return days


def _after(started: pd.Series, days: float | None) -> pd.Series:
    if days is None:
        return pd.Series(pd.NaT, index=started.index, dtype="datetime64[s]")
    return started + pd.Timedelta(days=round(days))


def _kept(found: pd.DataFrame, own: Sequence[str], *, as_of: date) -> pd.DataFrame:
    left = (found["on"] - pd.Timestamp(as_of)).dt.days
    found = found.assign(days_left=left.astype("Int64")).sort_values(["on", "customer_id"], kind="stable")
    attributes = [name for name in found if name not in (*FIXED, *own, "customer_id", "on", "cancelled_on")]
    attributes = [name for name in attributes if name not in ("days_left", "what")]
    return found[["customer_id", *own, "started", "amount", *attributes]].reset_index(drop=True)
