"""The rule of the good shopkeeper: how overdue is this customer by her own habit?"""

from __future__ import annotations

from retain import model
from retain.learning.rules import OwnGapRule


@model(rule=True, tables=("orders", "activity"))
def own_gap() -> OwnGapRule:
    """Days since the last order over the customer's own mean gap."""
    return OwnGapRule()
