"""How many days of spending can be learnt from a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class SpendHorizon:
    """The days of spending that are learnt, of the days that are asked for. notes: why they differ."""

    days: int
    asked: int
    notes: tuple[str, ...] = ()


def spend_horizon(cutoffs: Sequence[date], *, asked: int, churn_horizon: int, end: date) -> SpendHorizon:
    """The longest of the days asked for, halved down to the churn horizon, that can be learnt and tested.

    cutoffs: oldest first. end: the day after the newest row.
    """
    choices = [asked]
    while choices[-1] // 2 > churn_horizon:
        choices.append(choices[-1] // 2)
    choices.append(min(asked, churn_horizon))
    days = next((one for one in choices if _testable(cutoffs, days=one, end=end)), choices[-1])
    if days == asked:
        return SpendHorizon(days, asked)
    note = (
        f"The history is too short to see {asked} days of spending (value.horizon) after one cutoff and test "
        f"on a later one: {days} days were learnt, and go on as buy-till-you-die expects each customer's "
        "orders to."
    )
    return SpendHorizon(days, asked, (note,))


def _testable(cutoffs: Sequence[date], *, days: int, end: date) -> bool:
    length = timedelta(days=days)
    return any(cutoffs[0] + length <= test and test + length <= end for test in cutoffs)
