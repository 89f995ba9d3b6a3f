"""Differences of two shares, and how sure they are.

One comparison: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10). Several
pooled: the Mantel-Haenszel difference, which weighs each stratum by n m / (n + m), with Sato's variance
(Biometrics 45, 1989), valid for few large strata and for many small ones; its interval is Klingenberg's, all
differences that a test with this variance would not reject (Statistics in Medicine 33, 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from retain.reports.curves import wilson

Z = 1.959963984540054
SINGLE = "difference of two shares, 95 % interval by Newcombe's hybrid score method (1998)"
POOLED = (
    "Mantel-Haenszel difference, stratified by the week of the first listing, 95 % interval by Klingenberg "
    "(2014) with Sato's variance (1989)"
)


@dataclass(frozen=True)
class Groups:
    """Two groups of a stratum: how many were contacted and held out, and how many of each stayed."""

    contacted: int
    held: int
    stayed_contacted: int
    stayed_held: int


@dataclass(frozen=True)
class Difference:
    """Share who stayed of those contacted less that of those held out; NaN where one of them is empty."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there was something to compare."""
        return isfinite(self.value)

    def to_json(self) -> dict[str, Any]:
        """As a document; what is not known is null."""
        ends = {"value": self.value, "low": self.low, "high": self.high}
        return {name: each if isfinite(each) else None for name, each in ends.items()}


UNKNOWN = Difference(float("nan"), float("nan"), float("nan"))


def difference(groups: Groups) -> Difference:
    """Of one stratum."""
    if not groups.contacted or not groups.held:
        return UNKNOWN
    p, q = groups.stayed_contacted / groups.contacted, groups.stayed_held / groups.held
    low_p, high_p = wilson(p, groups.contacted)
    low_q, high_q = wilson(q, groups.held)
    low = p - q - np.hypot(p - low_p, high_q - q)
    high = p - q + np.hypot(high_p - p, q - low_q)
    return Difference(p - q, float(low), float(high))


def pooled_difference(strata: Sequence[Groups]) -> Difference:
    """Of all strata together; those in which one of the groups is empty tell nothing."""
    told = [one for one in strata if one.contacted and one.held]
    if len(told) < 2:
        return difference(told[0]) if told else UNKNOWN
    n, m, x, y = (np.array(column, float) for column in zip(*map(_row, told), strict=True))
    size = n + m
    weight = float((n * m / size).sum())
    value = float(((x * m - y * n) / size).sum()) / weight
    slope = float(((n**2 * y - m**2 * x + n * m * (m - n) / 2) / size**2).sum()) / weight**2
    level = float(((x * (m - y) + y * (n - x)) / (2 * size)).sum()) / weight**2
    middle = value + Z**2 * slope / 2
    reach = float(np.sqrt(max(middle**2 - value**2 + Z**2 * level, 0.0)))
    return Difference(value, max(middle - reach, -1.0), min(middle + reach, 1.0))


def _row(one: Groups) -> tuple[int, int, int, int]:
    return one.contacted, one.held, one.stayed_contacted, one.stayed_held
