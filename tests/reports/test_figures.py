"""Every figure has a name, a form and a meaning."""

from __future__ import annotations

from dataclasses import fields

import pytest

from retain.learning.bootstrap import Terms
from retain.learning.metrics import Metrics
from retain.reports.figures import figures

SHOWN = {one.name: one for one in figures(Terms(500))}
NOT_FIGURES = {"customers", "churners", "churn_rate", "cutoff", "horizon", "capacity", "intervals"}


def test_every_figure_of_metrics_is_defined():
    assert set(SHOWN) == {field.name for field in fields(Metrics)} - NOT_FIGURES
    assert all(one.definition.endswith(".") for one in SHOWN.values())


def test_definitions_name_capacity_and_offer():
    assert "500" in SHOWN["precision_at_capacity"].definition
    assert (
        "worth 200, as the measure's authors take; 30% of the churners contacted stay"
        in SHOWN["max_profit"].definition
    )


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("auc", 0.7391, "0.739"), ("max_profit_size", 1234.0, "1,234"), ("auc", None, "–")],
)
def test_values_are_printed_in_the_form_of_their_figure(name, value, text):
    assert SHOWN[name].shown(value) == text


@pytest.mark.parametrize(("name", "best"), [("auc", "0.800"), ("brier", "0.2000"), ("max_profit_size", None)])
def test_the_best_is_the_highest_or_the_lowest(name, best):
    assert SHOWN[name].best([0.2, 0.8, None, float("nan")]) == best
