"""The actuary's rule: those who have been subscribed as long left at this rate."""

from __future__ import annotations

from retain import model
from retain.learning.life_table import TenureRule


@model(rule=True, when=("ended",))
def tenure() -> TenureRule:
    """Kaplan-Meier by tenure: the share lost within the horizon of those subscribed as long."""
    return TenureRule()
