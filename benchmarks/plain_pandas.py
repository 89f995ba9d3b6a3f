"""The feature columns in plain pandas, as a data scientist would write them for one cutoff.

What retain is checked and measured against. Everything that retain does beside them (checking rows,
timezones, bounded memory, many cutoffs at once) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

WINDOWS = (7, 30, 90, 180, 365, None)
COUNTED = re.compile(
    r"((orders|order_days|spend)(_before)?|active_weeks|categories|active_days"
    r"|(events|event_days|event_weeks)_\w+)(_\d+d)?"
)
"""Columns that are 0, not unknown, where there is nothing."""


def features(folder: Path, *, cutoff: date, active_within: int) -> pd.DataFrame:
    """One row per customer with an order in the `active_within` days before the cutoff."""
    lines = read_orders(folder, before=cutoff)
    sales = lines[lines.amount >= 0]
    customers = pd.Index(np.sort(sales.loc[sales.age <= active_within, "customer_id"].unique()), dtype="str")
    sales = _numbered(sales, customers)
    returns = _numbered(lines[lines.amount < 0], customers)
    activity = _numbered(read_activity(folder, before=cutoff), customers)
    columns = {
        **recency(sales),
        **frequency(sales),
        **monetary(sales, returns),
        **assortment(sales),
        **engagement(activity),
    }
    made = pd.DataFrame(columns, index=range(len(customers)))
    counted = [name for name in made if COUNTED.fullmatch(name)]
    made[counted] = made[counted].fillna(0)
    made.index = customers
    return made.astype("float32")


def churned(folder: Path, customers: pd.Index, *, cutoff: date, horizon: int) -> pd.Series:
    """Whether a customer has no order in the `horizon` days from the cutoff."""
    end = cutoff + timedelta(days=horizon)
    lines = read_orders(folder, before=end)
    stayed = lines.loc[(lines.amount >= 0) & (lines.age <= horizon), "customer_id"].unique()
    return pd.Series(~customers.isin(stayed), index=customers)


def read_orders(folder: Path, *, before: date) -> pd.DataFrame:
    """Orders in the order of time, with their age in days; those taken back on the same day are left out."""
    orders = pd.read_parquet(folder / "orders.parquet").rename(columns={"ordered_at": "at"})
    orders = _aged(orders, before).sort_values(["at", "category", "amount"], na_position="first")
    taken_back = orders.loc[orders.amount < 0, "customer_id"]
    suspects = orders[orders.customer_id.isin(taken_back)]
    suspects = suspects.assign(nth=suspects.groupby(["customer_id", "age", "amount"]).cumcount())
    key = ["customer_id", "age", "amount", "nth"]
    opposite = pd.MultiIndex.from_frame(suspects[key].assign(amount=-suspects.amount))
    cancelled = pd.MultiIndex.from_frame(suspects[key]).isin(opposite) & (suspects.amount != 0)
    return orders.drop(suspects.index[cancelled])


def read_activity(folder: Path, *, before: date) -> pd.DataFrame:
    """Activity in the order of time, with its age in days."""
    activity = _aged(pd.read_parquet(folder / "activity.parquet"), before)
    return activity.sort_values(["at", "kind", "value"], na_position="first")


def _aged(events: pd.DataFrame, before: date) -> pd.DataFrame:
    events = events[events["at"] < pd.Timestamp(before)]
    age = (pd.Timestamp(before) - events["at"].dt.normalize()).dt.days
    return events.assign(age=age).reset_index(drop=True)


def _numbered(events: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    """The customers' events with the number of their customer: whole numbers group much faster than text."""
    number = customers.get_indexer(events.customer_id)
    return events.drop(columns="customer_id").assign(customer=number)[number >= 0]


def recency(sales: pd.DataFrame) -> dict[str, pd.Series]:
    """How long ago the customer ordered."""
    from_last = sales.groupby("customer").cumcount(ascending=False)
    age = {n: sales[from_last == n].set_index("customer").age for n in range(3)}
    gaps = _gaps(sales)
    return {
        "days_since_last_order": age[0],
        "days_since_2nd_last_order": age[1],
        "days_since_3rd_last_order": age[2],
        "days_since_first_order": sales.groupby("customer").age.max(),
        "gap_share": age[0] / gaps.groupby("customer").gap.mean(),
        "gap_share_p90": age[0] / _ninetieth(gaps),
    }


def frequency(sales: pd.DataFrame) -> dict[str, pd.Series]:
    """How often the customer orders."""
    columns = {}
    for window in WINDOWS:
        columns[_named("orders", window)] = _within(sales, window).groupby("customer").size()
        columns[_named("order_days", window)] = _distinct_days(_within(sales, window))
    gaps = _gaps(sales).groupby("customer").gap
    columns |= {
        "mean_gap": gaps.mean(),
        "std_gap": gaps.std(),
        "last_gap": gaps.last(),
        "longest_gap": gaps.max(),
    }
    columns["gap_trend"] = columns["last_gap"] / columns["mean_gap"]
    for window in (30, 90):
        columns[f"orders_before_{window}d"] = _count(_before(sales, window))
        columns[f"order_days_before_{window}d"] = _distinct_days(_before(sales, window))
        columns[f"order_pace_{window}d"] = _pace(_count, sales, window)
    for window in (28, 91, 364):
        columns[f"active_weeks_{window}d"] = _distinct_weeks(_within(sales, window)) / (window / 7)
    return columns


def monetary(sales: pd.DataFrame, returns: pd.DataFrame) -> dict[str, pd.Series]:
    """What the customer spends, and what they send back."""
    columns = {}
    for window in WINDOWS:
        amounts = _within(sales, window).groupby("customer").amount.agg(["sum", "mean", "max"])
        columns[_named("spend", window)] = amounts["sum"]
        columns[_named("mean_order", window)] = amounts["mean"]
        columns[_named("largest_order", window)] = amounts["max"]
    columns["last_order_amount"] = _newest(sales).amount
    for window in (30, 90):
        columns[f"spend_before_{window}d"] = _spend(_before(sales, window))
        columns[f"spend_pace_{window}d"] = _pace(_spend, sales, window)
    for window in (90, 365, None):
        sold = _within(sales, window).groupby("customer").amount.agg(["size", "sum"])
        back = _within(returns, window).groupby("customer").amount.agg(["size", "sum"])
        share = (back.reindex(sold.index, fill_value=0).abs() / sold).where(sold != 0)
        columns[_named("return_share", window)] = share["size"]
        columns[_named("return_spend_share", window)] = share["sum"]
    return columns


def assortment(sales: pd.DataFrame) -> dict[str, pd.Series]:
    """What kinds of things the customer buys."""
    bought = sales[sales.category.notna()]
    groups = bought.groupby(["customer", "category"]).age.agg(["size", "min"]).reset_index()
    ranked = groups.sort_values(["size", "min"], ascending=[False, True])
    favourite = ranked.drop_duplicates("customer").set_index("customer")
    recent = _within(bought, 90).drop_duplicates(["customer", "category"])
    return {
        "categories_90d": recent.groupby("customer").size(),
        "categories": groups.groupby("customer").size(),
        "favourite_share": favourite["size"] / bought.groupby("customer").size(),
        "days_since_favourite": favourite["min"],
    }


def engagement(activity: pd.DataFrame) -> dict[str, pd.Series]:
    """What the customer does besides ordering."""
    columns = {
        "active_days_30d": _distinct_days(_within(activity, 30)),
        "active_days": _distinct_days(activity),
        "days_since_last_activity": activity.groupby("customer").age.min(),
        "days_since_first_activity": activity.groupby("customer").age.max(),
    }
    for kind, rows in activity.groupby("kind"):
        for window in (7, 30, 90, 365):
            columns[f"events_{kind}_{window}d"] = _within(rows, window).groupby("customer").size()
        columns[f"days_since_{kind}"] = rows.groupby("customer").age.min()
        for window in (30, 90):
            columns[f"events_before_{kind}_{window}d"] = _count(_before(rows, window))
            columns[f"pace_{kind}_{window}d"] = _pace(_count, rows, window)
        for window in (30, 365):
            columns[f"event_days_{kind}_{window}d"] = _distinct_days(_within(rows, window))
        for window in (91, 364):
            columns[f"event_weeks_{kind}_{window}d"] = _distinct_weeks(_within(rows, window))
        columns[f"mean_value_{kind}_90d"] = _within(rows, 90).groupby("customer").value.mean()
        columns[f"mean_value_{kind}"] = rows.groupby("customer").value.mean()
        columns[f"last_value_{kind}"] = (
            rows.drop_duplicates("customer", keep="last").set_index("customer").value
        )
    return columns


def _within(events: pd.DataFrame, window: int | None) -> pd.DataFrame:
    return events if window is None else events[events.age <= window]


def _before(events: pd.DataFrame, window: int) -> pd.DataFrame:
    """The window of the same length just before."""
    return events[events.age.between(window, 2 * window, inclusive="right")]


def _named(name: str, window: int | None) -> str:
    return name if window is None else f"{name}_{window}d"


def _newest(events: pd.DataFrame) -> pd.DataFrame:
    return events.drop_duplicates("customer", keep="last").set_index("customer")


def _distinct_days(events: pd.DataFrame) -> pd.Series:
    return events.drop_duplicates(["customer", "age"]).groupby("customer").size()


def _distinct_weeks(events: pd.DataFrame) -> pd.Series:
    week = (events.age - 1) // 7
    return events.assign(week=week).drop_duplicates(["customer", "week"]).groupby("customer").size()


def _gaps(sales: pd.DataFrame) -> pd.DataFrame:
    """Days from one order day to the next, oldest first."""
    days = sales.drop_duplicates(["customer", "age"])
    return days.assign(gap=-days.groupby("customer").age.diff()).dropna(subset="gap")


def _ninetieth(gaps: pd.DataFrame) -> pd.Series:
    """The smallest gap that nine in ten do not exceed."""
    gaps = gaps.sort_values(["customer", "gap"])
    group = gaps.groupby("customer").gap
    rank = np.ceil(0.9 * group.transform("size") - 1e-9)
    return gaps[group.cumcount() + 1 == rank].set_index("customer").gap


def _count(events: pd.DataFrame) -> pd.Series:
    return events.groupby("customer").size()


def _spend(events: pd.DataFrame) -> pd.Series:
    return events.groupby("customer").amount.sum()


def _pace(measured: Callable[[pd.DataFrame], pd.Series], events: pd.DataFrame, window: int) -> pd.Series:
    """A day in the window / a day in the last year, or since the first event if that is later."""
    tenure = events.groupby("customer").age.max().clip(upper=365)
    year = measured(_within(events, 365)) / tenure
    recent = measured(_within(events, window)).reindex(year.index, fill_value=0) / window
    return (recent / year).where(year.notna() & (year != 0))
