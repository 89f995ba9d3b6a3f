"""The product-limit estimate of how long customers stay, by the day: Kaplan and Meier.

Of the n(a) customers there at age a, d(a) are lost at it: S(x) = product over a < x of 1 - d(a)/n(a).
Whoever came under observation late counts from then on, whoever left it for another reason until then.

Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53, 1958; with late entry:
Klein and Moeschberger, Survival Analysis, 2003, section 4.6. The interval: Greenwood's variance on the scale
of log(-log S) (Kalbfleisch and Prentice 1980), section 4.3 there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SURE = 1e-12
NORMAL = 1.959964  # of 95 %


@dataclass(frozen=True, eq=False)
class ProductLimit:
    """Survival by age in days, from counts of each age.

    at_risk, lost: (ages,) customers there at the start of an age, and lost at it. strength: how many
    customers' weight the overall rate of loss has at every age; 0 is Kaplan and Meier's own estimate.
    More is the posterior mean under a beta process (Hjort, Annals of Statistics 18, 1990): it keeps ages that
    few reached from saying much, and goes on at the overall rate where nobody was followed.
    """

    at_risk: Floats
    lost: Floats
    strength: float = 0.0

    @classmethod
    def of(
        cls,
        entry: ArrayLike,
        exit: ArrayLike,
        lost: ArrayLike,
        *,
        weight: ArrayLike | None = None,
        strength: float = 0.0,
    ) -> Self:
        """From lives in whole days.

        entry: (lives,) the age from which each is observed. exit: the age it was lost at, or the last at
        which it is known to have been there. lost: which of the two. Lives that end before they begin are no
        observation.
        """
        begin, end = (np.asarray(one, float).astype(np.int64) for one in (entry, exit))
        gone = np.asarray(lost, bool)
        mass = np.ones(len(begin)) if weight is None else np.asarray(weight, float)
        seen = end >= begin
        begin, end, gone, mass = begin[seen], end[seen], gone[seen], mass[seen]
        ages = int(end.max()) + 2 if len(end) else 1
        came, left = (np.bincount(days, mass, ages) for days in (begin, end + 1))
        at_risk = np.maximum(np.cumsum(came - left), 0.0)
        return cls(at_risk, np.asarray(np.bincount(end[gone], mass[gone], ages), float), strength)

    @property
    def rate(self) -> float:
        """Losses a day of being there: what an exponential life would have."""
        days = float(self.at_risk.sum())
        return float(self.lost.sum()) / days if days else 0.0

    @property
    def reach(self) -> int:
        """The age before which anybody was followed."""
        there = np.flatnonzero(self.at_risk > SURE)
        return int(there[-1]) + 1 if len(there) else 0

    def survival(self, age: ArrayLike) -> Floats:
        """S: the share still there at the start of an age."""
        return np.asarray(np.exp(-self._hazard(np.asarray(age, float))))

    def lost_within(self, days: float, *, age: ArrayLike) -> Floats:
        """The share lost within so many days of those there at an age: 1 - S(age + days) / S(age)."""
        there = np.asarray(age, float)
        return np.asarray(-np.expm1(self._hazard(there) - self._hazard(there + days)))

    def interval(self, age: float) -> tuple[float, float]:
        """95 % of S at an age; S itself where nobody or everybody was lost before it."""
        share = float(self.survival(age))
        if not SURE < share < 1 - SURE:
            return share, share
        there, lost = self.at_risk[: int(age)], self.lost[: int(age)]
        some = lost > 0
        variance = float((lost[some] / (there[some] * np.maximum(there[some] - lost[some], SURE))).sum())
        spread = NORMAL * np.sqrt(variance) / abs(np.log(share))
        return float(share ** np.exp(spread)), float(share ** np.exp(-spread))

    def _hazard(self, age: Floats) -> Floats:
        """-log S; beyond the last age it goes on at the overall rate, or stays without a strength."""
        chance = self._chance()
        total = np.concatenate([[0.0], np.cumsum(-np.log1p(-np.minimum(chance, 1 - SURE)))])
        beyond = np.maximum(age - len(chance), 0.0) * (self.rate if self.strength else 0.0)
        return np.asarray(np.interp(age, np.arange(len(total)), total) + beyond)

    def _chance(self) -> Floats:
        """(ages,) the chance of being lost at an age."""
        mass = self.at_risk + self.strength
        counted = self.lost + self.strength * self.rate
        return np.divide(counted, mass, out=np.zeros(len(mass)), where=mass > SURE)
