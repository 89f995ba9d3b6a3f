"""Buy till you die, the easy way: orders, and a chance after each one that it was the last."""

from __future__ import annotations

from retain import model
from retain.learning.rules import BtydClassifier


@model(when=("inactive",))
def bg_nbd(horizon: float | None = None) -> BtydClassifier:
    """P(no order in the horizon) of the BG/NBD model (Fader, Hardie and Lee 2005)."""
    return BtydClassifier(process="bg_nbd", horizon=horizon)
