"""The actuary's rule: those who have been there as long left at this rate."""

from __future__ import annotations

from retain import model
from retain.learning.tenure_rule import TenureRule


@model(rule=True, when=("ended", "event"))
def tenure(horizon: float | None = None) -> TenureRule:
    """Kaplan-Meier by tenure: the share lost within the horizon of those who were there as long."""
    return TenureRule(horizon=horizon)
