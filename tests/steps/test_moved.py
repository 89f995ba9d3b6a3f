"""Probabilities that moved, and what explains it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retain.learning.feature import FeatureColumn
from retain.steps.moved import moved_attributes, moved_scores
from retain.watch.drift import Reference

DAY = date(2020, 6, 1)
COLUMNS = (
    FeatureColumn("days", "orders", "days", doc="Days since the last order."),
    FeatureColumn("country", "attributes", "country", doc="The country.", categorical=True),
)


@dataclass(frozen=True)
class Champion:
    """As much of a loaded model as is looked at."""

    metadata: dict[str, Any] = field(default_factory=dict)
    run_id: str = "m1"


def people(days=30.0, *, customers=2_000, unseen=0.0):
    """Features: days around a mean, and a country of which a share is unseen."""
    generator = np.random.default_rng(1)
    country = np.where(np.arange(customers) < unseen * customers, 0.0, 1.0)
    return pd.DataFrame({"days": generator.gamma(4, days / 4, customers), "country": country})


def probabilities(X, scale=1.0):
    return np.clip(scale * X["days"].to_numpy() / 100, 0, 1)


REFERENCE = Reference.of(
    people(),
    probabilities(people()),
    columns=COLUMNS,
    cutoff=str(DAY - timedelta(days=60)),
    importance=[("days", 1.0), ("country", 0.1)],
    attributes={"country": ("U",)},
)
CHAMPION = Champion({"reference": REFERENCE.to_json()})


def last(X=None, scale=1.0, *, run_id="m1", days=7):
    """The manifest of a list before."""
    there = people() if X is None else X
    counted = REFERENCE.count(there, probabilities(there, scale)).to_json()
    as_of = str(DAY - timedelta(days=days))
    return {"as_of": as_of, "model": {"run_id": run_id}, "watch": {"population": counted}}


def found(X, scale=1.0, *, before, most=0.25):
    now = REFERENCE.count(X, probabilities(X, scale))
    (one,) = list(moved_scores(CHAMPION, now, as_of=DAY, last=before, most=most)) or [None]
    return one and (one.refuses, one.sentence)


def test_the_same_probabilities_are_no_finding():
    assert found(people(), before=last()) is None


def test_probabilities_that_moved_while_the_features_did_not_are_refused():
    refuses, said = found(people(), 1.5, before=last())
    assert refuses
    assert "moved against the list of 2020-05-25 (PSI " in said
    assert said.endswith("gates.max_drift allows 0.25), and the data do not explain it")


def test_probabilities_that_moved_as_the_features_did_are_told():
    refuses, said = found(people(45.0), before=last())
    assert not refuses
    assert said.endswith("as the customers' behaviour did")


def test_lists_further_apart_may_differ_more():
    assert found(people(), 1.5, before=last(days=28))[0] is False


def test_another_model_is_compared_with_what_its_training_expected():
    assert found(people(), before=last(scale=1.5, run_id="m0")) is None
    refuses, said = found(people(), 1.5, before=last(run_id="m0"), most=0.01)
    assert refuses
    assert "against the training's newest customers (2020-04-02)" in said


def test_on_a_first_list_it_is_a_warning():
    assert found(people(), 3.0, before=None, most=0.01)[0] is False


@pytest.mark.parametrize(("unseen", "refuses"), [(0.1, None), (0.2, False), (0.4, True)])
def test_customers_of_whom_an_attribute_is_unseen(unseen, refuses):
    X = people(unseen=unseen)
    now = REFERENCE.count(X, probabilities(X))
    (one,) = list(moved_attributes(CHAMPION, now, most=0.3)) or [None]
    assert (one and one.refuses) is refuses
