"""What lists are judged by: how many can be called, what a contact costs, what a customer is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retain.learning.bootstrap import Terms
from retain.learning.profit import Offer

if TYPE_CHECKING:
    from retain.config import Config
    from retain.learning.dataset import Dataset
    from retain.learning.spend_horizon import SpendHorizon


def terms(config: Config, rows: Dataset, spending: SpendHorizon | None = None) -> Terms:
    """The campaign's terms, with the mean margin of the customers who stayed as the value of each.

    rows: built with `spend_horizon=spending.days`. Where these are fewer than `value.horizon`, what comes
    after them does not count: those who stayed a while need not go on as they did.
    """
    campaign, value = config.campaign, _mean_margin(config, rows, spending)
    offer = Offer(accept=campaign.accept, incentive=campaign.incentive, contact=campaign.contact)
    if spending is None or value is None:
        return Terms(config.listing.capacity, offer)
    worth = _says(config.value.margin, value, spending)
    return Terms(config.listing.capacity, replace(offer, value=value), worth)


def _mean_margin(config: Config, rows: Dataset, spending: SpendHorizon | None) -> float | None:
    """None where nobody who stayed is known to have spent anything."""
    if spending is None or rows.spent is None or rows.churned is None:
        return None
    spent = rows.spent[~rows.churned & ~np.isnan(rows.spent)]
    mean = float(spent.mean()) if len(spent) else 0.0
    return config.value.margin * mean if mean > 0 else None


def _says(margin: float, value: float, spending: SpendHorizon) -> str:
    seen = f"{spending.days} days"
    if spending.days < spending.asked:
        seen += f" (as many as the history shows of the {spending.asked} of value.horizon)"
    return (
        f"{value:,.0f}: margin {margin:g} (value.margin) times the mean spend of those who stayed in {seen}"
    )
