"""The rule of the spreadsheet: no order for N days."""

from __future__ import annotations

from retain import model
from retain.learning.rules import NoOrderRule


@model(rule=True, tables=("orders", "activity"))
def no_order(horizon: float | None = None) -> NoOrderRule:
    """No order for the best of N days: the horizon, halved until a month or less."""
    return NoOrderRule(horizon=horizon)
