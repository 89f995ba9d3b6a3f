"""How far a distribution has moved: the population stability index, corrected for the size of its samples.

The index is the sum over bins of (b - a) ln(b / a), a and b being a bin's shares before and now. Two samples
of the same population do not give 0 either: of n and m customers and B bins it is then (1/n + 1/m) times a
chi-squared variable of B - 1 degrees of freedom (Yurdakul and Naranjo, "Statistical properties of the
population stability index", Journal of Risk Model Validation 14(4), 2020). So its expectation is taken off,
and it counts only where chance would seldom give it. What is left does not grow with the data: it is the size
of the move. Where the same customers are in both samples, chance gives less than that: the limit is strict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import chdtri

MODERATE, LARGE = 0.1, 0.25
"""From which a move is worth a look, and from which the population is another one (Siddiqi, Credit Risk
Scorecards, 2006)."""
SELDOM = 0.01
EMPTY = 0.5
"""Counted into each bin (Jeffreys), so that an empty one does not make the index infinite."""

Level = Literal["none", "moderate", "large"]


@dataclass(frozen=True)
class Shift:
    """How far a distribution moved between two samples.

    psi: the index as it is. expected: what it would be on average had nothing changed. critical: what it
    would exceed by chance once in a hundred times. size: psi less expected, never negative.
    """

    psi: float
    expected: float
    critical: float

    @property
    def size(self) -> float:
        """How far it moved beyond what samples of these sizes differ by anyway."""
        return max(self.psi - self.expected, 0.0)

    @property
    def level(self) -> Level:
        """In words; `none` for any move that chance explains, however large."""
        if self.psi <= self.critical or self.size < MODERATE:
            return "none"
        return "large" if self.size >= LARGE else "moderate"

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {**asdict(self), "size": self.size, "level": self.level}


def shift(before: Sequence[int], now: Sequence[int], *, tests: int = 1) -> Shift:
    """How far the counts of the same bins moved; nothing where one of the samples is empty.

    tests: how many distributions are looked at together, so that not one of them in a hundred looks moved
    (Bonferroni).
    """
    counts = np.array([before, now], float)
    counts = counts[:, counts.sum(axis=0) > 0]
    total = counts.sum(axis=1)
    if counts.shape[1] < 2 or not total.all():
        return Shift(0.0, 0.0, 0.0)
    smooth = counts + EMPTY
    a, b = smooth / smooth.sum(axis=1, keepdims=True)
    scale, freedom = float((1 / total).sum()), counts.shape[1] - 1
    return Shift(
        psi=float(((b - a) * np.log(b / a)).sum()),
        expected=freedom * scale,
        critical=scale * float(chdtri(freedom, SELDOM / max(tests, 1))),
    )
