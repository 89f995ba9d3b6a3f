"""Customer retention rate and churn rate, from the customers at the two ends of a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WinBacks = Literal["retained", "apart"]
Light = Literal["green", "amber", "red"]


@dataclass(frozen=True)
class Counts:
    """Customers of a period.

    start: active at its start (S). end: active at its end (E). new: those of E whose first row lies
    inside it (N). kept: those of S who are among E.
    """

    start: int
    new: int
    end: int
    kept: int

    @property
    def returned(self) -> int:
        """Those of E who are not new and were not active at the start: they came back."""
        return self.end - self.new - self.kept

    @property
    def lost(self) -> int:
        """Those of S who are not among E."""
        return self.start - self.kept


def retention_rate(*, start: int, new: int, end: int, returned: int = 0) -> float | None:
    """CRR = (E - N) / S x 100 (PRACTICE.md); None where nobody was there at the start.

    returned: how many of E came back and are not to count as retained. Without them it is the share of S
    that stayed, with them it may exceed 100.
    """
    return 100 * (end - new - returned) / start if start else None


def retention(counts: Counts, win_backs: WinBacks = "retained") -> float | None:
    """CRR in percent. win_backs: `apart` does not count customers who came back as retained."""
    returned = counts.returned if win_backs == "apart" else 0
    return retention_rate(start=counts.start, new=counts.new, end=counts.end, returned=returned)


def churn(counts: Counts, win_backs: WinBacks = "retained") -> float | None:
    """100 - CRR, in percent of the same customers: below zero where more came back than were lost."""
    kept = retention(counts, win_backs)
    return None if kept is None else 100 - kept


def kept_share(counts: Counts) -> float | None:
    """Share of S that is among E, in percent."""
    return share(counts.kept, counts.start)


def annualised(percent: float | None, *, years: float) -> float | None:
    """1 - (1 - churn)^(1 / years) in percent: what a year of such periods would lose.

    For a month that is 1 - (1 - monthly)^12 (PRACTICE.md).
    """
    if percent is None:
        return None
    kept: float = max(1 - percent / 100, 0.0) ** (1 / years)
    return 100 * (1 - kept)


def traffic_light(percent: float | None, *, target: float, minimum: float) -> Light | None:
    """Green from the target on, amber from the minimum on, else red. target, minimum: shares."""
    if percent is None:
        return None
    reached = percent + 1e-9  # 90 % is reached by 9 of 10, whatever floats make of it
    return "green" if reached >= 100 * target else "amber" if reached >= 100 * minimum else "red"


def share(part: float, whole: float) -> float | None:
    """part / whole in percent; None where there is no whole."""
    return 100 * part / whole if whole else None


def ratio(part: float | None, whole: float | None) -> float | None:
    """part / whole; None where either is unknown or the whole is nothing."""
    return None if part is None or not whole else part / whole
