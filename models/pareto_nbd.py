"""Buy till you die: orders until an unseen end."""

from __future__ import annotations

from retain import model
from retain.learning.rules import BtydClassifier


@model(when=("inactive",))
def pareto_nbd(horizon: float | None = None) -> BtydClassifier:
    """P(no order in the horizon) of the Pareto/NBD model (Schmittlein, Morrison and Colombo 1987)."""
    return BtydClassifier(process="pareto_nbd", horizon=horizon)
