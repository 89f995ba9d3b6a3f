"""What an order of a customer is worth: the gamma-gamma model, fitted by maximum likelihood.

Orders vary around a customer's own mean as a gamma(p, nu); nu varies over customers as a gamma(q, gamma).
Fader, Hardie and Lee (2005), "RFM and CLV", Journal of Marketing Research 42(4); equations as in Fader and
Hardie (2013), The Gamma-Gamma Model of Monetary Value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

Vector = NDArray[np.float64]

FIT_ROWS = 50_000
BOUND = 12.0
CENTRE = 1e-8


@dataclass(frozen=True)
class GammaGamma:
    """p: shape of a customer's orders; q and gamma: shape and scale of how customers differ."""

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, x: Any, mean: Any, *, seed: int = 0) -> Self:
        """From numbers of orders and their mean amounts; rows without orders or amounts are passed over."""
        x, mean = np.asarray(x, float), np.asarray(mean, float)
        usable = np.flatnonzero((x > 0) & (mean > 0))
        if not len(usable):
            raise ValueError("no customer has an order with an amount")
        if len(usable) > FIT_ROWS:
            usable = np.random.default_rng(seed).choice(usable, FIT_ROWS, replace=False)
        unit = float(np.median(mean[usable]))
        return cls._climb(x[usable], mean[usable] / unit, unit=unit)

    @classmethod
    def _climb(cls, x: Vector, mean: Vector, *, unit: float) -> Self:
        """The likeliest parameters; CENTRE holds them where the data leave them open."""

        def loss(logs: Vector) -> float:
            return float(CENTRE * (logs @ logs) - cls(*np.exp(logs)).log_likelihood(x, mean).mean())

        starts = (np.log([1.0, 2.0, 1.0]), np.log([6.0, 4.0, 0.6]))
        bounds = [(-BOUND, BOUND)] * 3
        found = [minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
        p, q, gamma = np.exp(min(found, key=lambda one: float(one.fun)).x)
        return cls(float(p), float(q), float(gamma) * unit)

    def log_likelihood(self, x: Vector, mean: Vector) -> Vector:
        """Of each customer's mean amount over x orders (equation 1a of the note)."""
        shape = self.p * x
        return np.asarray(
            gammaln(shape + self.q)
            - gammaln(shape)
            - gammaln(self.q)
            + self.q * np.log(self.gamma)
            + (shape - 1) * np.log(mean)
            + shape * np.log(x)
            - (shape + self.q) * np.log(self.gamma + x * mean)
        )

    def expected_amount(self, x: Vector, mean: Vector) -> Vector:
        """A customer's own mean, drawn to the mean of all the more the fewer the orders (equation 5).

        Where q is below 1 the mean of all is infinite; the draw then stops at the customer's own.
        """
        x = np.asarray(x, float)
        own = np.where(x > 0, np.maximum(mean, 0.0), 0.0)
        below = np.maximum(self.p * x + self.q - 1, 1e-9)
        return np.asarray(self.p * (self.gamma + x * own) / below)
