"""What contacting customers earns: expected saving, break-even, maximum profit.

Maximum profit and its expectation over the acceptance rate (EMPC): Verbraken, Verbeke and Baesens,
"A Novel Profit Maximizing Metric for Measuring Classification Performance of Customer Churn Prediction
Models", IEEE TKDE 25(5), 2013. Both live on the convex hull of the ROC curve, which is what isotonic
regression of the outcome on the score finds (Fawcett and Niculescu-Mizil, Machine Learning 68, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc
from sklearn.isotonic import isotonic_regression

Floats = NDArray[np.float64]

ACCEPTANCE = (6.0, 14.0)
PUBLISHED_VALUE = 200.0


@dataclass(frozen=True)
class Offer:
    """A campaign's terms. The defaults are those of Verbraken 2013.

    `accept`: share of contacted would-be churners who stay; `incentive`: what is actually offered;
    `contact`: cost of one contact; `value`: margin x expected value of a customer.
    """

    value: float = PUBLISHED_VALUE
    accept: float = 0.3
    incentive: float = 10.0
    contact: float = 1.0

    @property
    def break_even(self) -> float:
        """Churn probability from which contacting pays; above 1 where it never does."""
        gain = self.accept * (self.value - self.incentive) + self.incentive
        return (self.incentive + self.contact) / gain if gain > 0 else float("inf")

    def saving(self, p: ArrayLike, value: ArrayLike | None = None) -> Floats:
        """Expected profit of contacting each customer; `value` overrides the offer's, one a customer."""
        p, worth = np.asarray(p, float), np.asarray(self.value if value is None else value, float)
        kept = self.accept * (worth - self.incentive) - self.contact
        result: Floats = p * kept - (1 - p) * (self.incentive + self.contact)
        return result


@dataclass(frozen=True)
class Profit:
    """The most that a ranking earns, per customer of the population, and the list length that earns it."""

    per_customer: float
    size: int


def maximum_profit(y: ArrayLike, p: ArrayLike, offer: Offer) -> Profit:
    """MP: the best list under `offer`; nobody is listed where no list earns anything."""
    rate, size = _hull(y, p)
    gain = offer.saving(rate)
    listed = gain > 0
    total = size.sum()
    return Profit(float((gain * size)[listed].sum() / total), round(float(size[listed].sum())))


def expected_maximum_profit(
    y: ArrayLike, p: ArrayLike, offer: Offer, *, acceptance: tuple[float, float] = ACCEPTANCE
) -> Profit:
    """EMPC: maximum profit where the acceptance rate is Beta-distributed and known when listing."""
    rate, size = _hull(y, p)
    slope = rate * (offer.value - offer.incentive)
    cost = offer.contact + (1 - rate) * offer.incentive
    with np.errstate(divide="ignore"):
        threshold = np.clip(np.where(slope > 0, cost / slope, np.inf), 0.0, 1.0)
    a, b = acceptance
    listed = betaincc(a, b, threshold)  # the share of that distribution above it
    accepted = a / (a + b) * betaincc(a + 1, b, threshold)
    gain = slope * accepted - cost * listed
    return Profit(float((gain * size).sum() / size.sum()), round(float((listed * size).sum())))


def _hull(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    """The ROC hull as blocks of customers from the riskiest: their churn rate and their number."""
    _, group, size = np.unique(-np.asarray(p, float), return_inverse=True, return_counts=True)
    rate = np.bincount(group, weights=np.asarray(y, float)) / size
    weight = size.astype(float)
    return isotonic_regression(rate, sample_weight=weight, increasing=False), weight
