"""No model at all: everybody churns at the rate that the training rows did."""

from __future__ import annotations

from sklearn.dummy import DummyClassifier

from retain import model


@model(rule=True)
def prior() -> DummyClassifier:
    """The share of churners, for everyone."""
    return DummyClassifier(strategy="prior")
