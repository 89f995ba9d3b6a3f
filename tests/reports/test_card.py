"""The model card says what the model is, and what it is not for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retain.learning.bootstrap import Trial, bootstrap_together
from retain.learning.metrics import evaluate
from retain.reports.card import MOST_COLUMNS, NOT_FOR, Subject, write

CHURNED = np.arange(40) % 4 == 0
P = {"gbm": np.where(CHURNED, 0.6, 0.2) + np.arange(40) / 200, "recency": np.linspace(0.1, 0.9, 40)}


def metrics():
    samples = bootstrap_together([Trial(CHURNED, P, np.arange(40))], replicates=50, seed=1)[0]
    return {name: evaluate(CHURNED, p, replicates=samples[name]).to_json() for name, p in P.items()}


def subject(**changes):
    tested = {"cutoff": "2011-09-01", "horizon": 60}
    made = Subject(
        name="shop",
        model="gbm",
        label="model",
        doc="Trees and a logistic regression.",
        churn="a customer has churned with no order in 60 days",
        metrics={name: {**found, **tested} for name, found in metrics().items()},
        tables={"orders": {"rows": 1_234, "used": 1_200, "oldest": "2010-01-01T08:00:00", "newest": None}},
        rows=5_000,
        recipe={"params": {"n_estimators": 80}, "calibration": "beta"},
        importance=[(f"feature_{i}", 1 / (i + 1)) for i in range(20)],
        notes=("the history holds 3 of the 12 cutoffs asked for",),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    "title",
    ["What it is", "Data", "Whom it was tested on", "How well it did", "Limits", "Who should not use it"],
)
def test_it_has_every_section(title):
    assert f"## {title}\n" in write(subject())


def test_it_tells_churn_and_the_recipe():
    card = write(subject())
    assert "A customer has churned with no order in 60 days." in card
    assert "Calibration: beta. Settled in training: n_estimators 80." in card


def test_it_tells_the_data():
    assert "| orders | 1,234 | 1,200 | 2010-01-01 | – |" in write(subject())


def test_it_tells_the_population():
    assert "40 customers who were eligible at 2011-09-01, of whom 10 (25.0%) churned" in write(subject())


def test_figures_have_intervals_and_the_model_comes_first():
    rows = [line for line in write(subject()).splitlines() if line.startswith(("| gbm", "| recency"))]
    assert [row.split(" | ")[0] for row in rows] == ["| gbm", "| recency"]
    low, high = metrics()["gbm"]["intervals"]["auc"]
    assert f"({low:.3f} to {high:.3f})" in rows[0]


def test_what_is_unusual_is_a_limit():
    assert "- the history holds 3 of the 12 cutoffs asked for" in write(subject())


def test_it_says_who_should_not_use_it():
    assert all(f"- {one}" in write(subject()) for one in NOT_FOR)


def test_only_the_first_features_are_shown():
    card = write(subject())
    assert f"feature_{MOST_COLUMNS - 1}`" in card
    assert f"feature_{MOST_COLUMNS}`" not in card


def test_a_model_without_a_test_says_so():
    card = write(subject(metrics={}, importance=()))
    assert "It was not tested" in card
    assert "How well it did" not in card
    assert "What moves it" not in card


def test_a_name_from_a_config_cannot_write_into_the_card():
    card = write(subject(name="shop\n## Approved by everyone", tables={"a|b": subject().tables["orders"]}))
    assert "\n## Approved" not in card
    assert "| a\\|b |" in card
