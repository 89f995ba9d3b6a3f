"""What customers are worth, and what contacting them is expected to earn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retain.learning.profit import Offer

if TYPE_CHECKING:
    from retain.config import Config

Vector = NDArray[np.float64]

VALUES = ("expected_value", "value_at_risk", "expected_saving", "break_even")


@dataclass(frozen=True)
class Terms:
    """What a contact costs and brings.

    accept: share of contacted would-be churners who stay. incentive: what is offered. contact: cost of one.
    margin: what is kept of a customer's revenue.
    """

    accept: float = 0.3
    incentive: float = 10.0
    contact: float = 1.0
    margin: float = 1.0

    @classmethod
    def of(cls, config: Config) -> Self:
        """The terms of a business."""
        campaign = config.campaign
        return cls(campaign.accept, campaign.incentive, campaign.contact, config.value.margin)

    def saving(self, p: ArrayLike, value: ArrayLike) -> Vector:
        """Expected profit of contacting each customer of that churn probability and expected revenue."""
        offer = Offer(accept=self.accept, incentive=self.incentive, contact=self.contact)
        return offer.saving(p, self.margin * np.asarray(value, float))

    def break_even(self, value: ArrayLike) -> Vector:
        """The churn probability from which a contact pays; NaN where it never does."""
        worth = self.margin * np.asarray(value, float)
        gain = self.accept * (worth - self.incentive) + self.incentive
        cost = self.incentive + self.contact
        with np.errstate(divide="ignore"):
            needed = np.where(gain > 0, cost / gain, np.inf)
        return np.where(needed <= 1, needed, np.nan)

    def largest_incentive(self, p: ArrayLike, value: ArrayLike) -> Vector:
        """The incentive at which a contact earns exactly nothing; 0 where it loses even without one.

        Solves p (accept (V - d) - contact) - (1 - p)(d + contact) = 0 for d.
        """
        p, worth = np.asarray(p, float), self.margin * np.asarray(value, float)
        taken = 1 - p * (1 - self.accept)
        with np.errstate(divide="ignore", invalid="ignore"):
            most = np.where(taken > 0, (p * self.accept * worth - self.contact) / taken, worth)
        return np.asarray(np.clip(most, 0.0, None))


def valued(scores: pd.DataFrame, expected_value: ArrayLike | None, *, terms: Terms) -> pd.DataFrame:
    """The scores with their value columns filled; all empty where nobody has a value (None).

    `break_even`, the churn probability from which contacting this customer pays, is added at the end.
    """
    p = scores["churn_probability"].to_numpy(float)
    nothing = np.full(len(scores), np.nan)
    value = nothing if expected_value is None else np.asarray(expected_value, float)
    filled = (value, p * value, terms.saving(p, value), terms.break_even(value))
    return scores.assign(**dict(zip(VALUES, filled, strict=True)))
