"""How long customers stay away: gaps between their active days, and the gap still open at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import Rows

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gaps:
    """Gaps by their length in days, counted over all customers.

    closed: (longest + 1,) gaps that ended with a new active day after so many days. open: (longest + 1,)
    gaps that had lasted so many days, without one, when the data end.
    """

    closed: Integers
    open: Integers

    @classmethod
    def none(cls, days: int) -> Gaps:
        """No gap at all; none can be longer than `days`."""
        return cls(np.zeros(days + 1, np.int64), np.zeros(days + 1, np.int64))

    def add(self, rows: Rows, *, end: int) -> Gaps:
        """With those of these rows, which all lie before day `end`."""
        first = rows.first_of_day & (rows.day < end)
        customer, day = rows.customer[first], rows.day[first]
        same = customer[1:] == customer[:-1]
        last = np.append(~same, True)[: len(day)]
        length = len(self.closed)
        return Gaps(
            self.closed + np.bincount((day[1:] - day[:-1])[same], minlength=length)[:length],
            self.open + np.bincount(end - 1 - day[last], minlength=length)[:length],
        )

    @property
    def at_risk(self) -> Integers:
        """(longest + 1,) gaps that had lasted until that day, of which it is known whether they ended on it.

        A gap that is open for n days is known not to have ended in n days.
        """
        lasting = self.closed + self.open
        return np.cumsum(lasting[::-1])[::-1].astype(np.int64)

    @property
    def survival(self) -> Floats:
        """(longest + 1,) share of gaps longer than so many days, open ones as censored.

        Kaplan and Meier (1958): the product over days of 1 - ended / at risk.
        """
        at_risk = np.maximum(self.at_risk, 1)
        return np.asarray(np.cumprod(1 - self.closed / at_risk))

    def percentile(self, share: float) -> int | None:
        """Days within which that share of gaps is over; None where it never is as far as the data see."""
        over = np.flatnonzero(1 - self.survival >= share - 1e-9)
        return int(over[0]) if len(over) else None

    def come_back(self, horizon: int) -> float | None:
        """Share of the customers without an active day for `horizon` days who have one later.

        1 - S(end) / S(horizon), where the end is as far as at least thirty gaps are seen; None where that is
        less than two months after the horizon.
        """
        seen = np.flatnonzero(self.at_risk >= FEWEST)
        if not len(seen) or seen[-1] < horizon + FOLLOWED:
            return None
        survival = self.survival
        return float(1 - survival[seen[-1]] / survival[horizon]) if survival[horizon] > 0 else None


FEWEST = 30
"""Gaps that must be seen for their end to say anything."""

FOLLOWED = 60
"""Days after the horizon that must be seen for it to be known who comes back."""
