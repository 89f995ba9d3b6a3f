"""What lists are judged by: how many can be called, what a contact costs, what a customer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retain.learning.bootstrap import Terms
from retain.learning.profit import PUBLISHED_VALUE, Offer

if TYPE_CHECKING:
    from retain.config import Config
    from retain.learning.dataset import Dataset
    from retain.learning.valuation import SpendHorizon


def terms(config: Config, rows: Dataset, spending: SpendHorizon | None = None) -> Terms:
    """The campaign's terms, with the mean margin of the customers who stayed as the value of each.

    rows: built with `spend_horizon=spending.days`. Fewer days than `value.horizon` count in proportion.
    """
    campaign, value = config.campaign, _mean_margin(config, rows, spending)
    offer = Offer(
        value=PUBLISHED_VALUE if value is None else value,
        accept=campaign.accept,
        incentive=campaign.incentive,
        contact=campaign.contact,
    )
    return Terms(config.listing.capacity, offer, **({} if value is None else {"worth": _says(config, value)}))


def _mean_margin(config: Config, rows: Dataset, spending: SpendHorizon | None) -> float | None:
    """None where nobody who stayed is known to have spent anything."""
    if spending is None or rows.spent is None or rows.churned is None:
        return None
    spent = rows.spent[~rows.churned & ~np.isnan(rows.spent)]
    mean = float(spent.mean()) if len(spent) else 0.0
    return config.value.margin * mean * spending.asked / spending.days if mean > 0 else None


def _says(config: Config, value: float) -> str:
    worth = config.value
    return (
        f"{value:,.0f}: margin {worth.margin:g} (value.margin) times the mean spend in {worth.horizon} days "
        "(value.horizon) of those who stayed"
    )
