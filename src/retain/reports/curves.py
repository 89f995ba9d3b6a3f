"""The curves of a test as numbers: who is found first, what it earns, whether probabilities hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retain.learning.profit import Offer

Floats = NDArray[np.float64]

BINS = 10
Z = 1.96  # of a 95 % interval


def gains(churned: NDArray[np.bool_], p: Floats) -> tuple[Floats, Floats]:
    """Shares of customers and of churners down the ranking, from (0, 0); ties lie on one line."""
    _, group = np.unique(-p, return_inverse=True)
    customers = np.cumsum(np.bincount(group)) / len(p)
    churners = np.cumsum(np.bincount(group, weights=churned)) / max(churned.sum(), 1)
    return np.append(0.0, customers), np.append(0.0, churners)


def profit(churned: NDArray[np.bool_], p: Floats, offer: Offer) -> tuple[Floats, Floats]:
    """Share of the customers contacted, from the riskiest, and what that earns per customer of all."""
    customers, found = gains(churned, p)
    churner, stayer = offer.saving([1.0, 0.0])
    churners = found * churned.mean()
    return customers, churners * churner + (customers - churners) * stayer


def reliability(
    churned: NDArray[np.bool_], p: Floats, bins: int = BINS
) -> tuple[Floats, Floats, list[tuple[float, float]]]:
    """Mean probability, churn rate and its 95 % interval (Wilson 1927), in bins of equally many customers."""
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    x = np.array([p[part].mean() for part in parts])
    y = np.array([churned[part].mean() for part in parts])
    return x, y, [wilson(rate, len(part)) for rate, part in zip(y, parts, strict=True)]


def wilson(rate: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of so many (Wilson 1927)."""
    middle = rate + Z**2 / (2 * count)
    reach = Z * np.sqrt(rate * (1 - rate) / count + Z**2 / (4 * count**2))
    size = 1 + Z**2 / count
    return float((middle - reach) / size), float((middle + reach) / size)
