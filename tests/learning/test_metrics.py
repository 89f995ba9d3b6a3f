"""Figures of a churn prediction, on rows few enough to count by hand."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from retain.learning import metrics
from retain.learning.bootstrap import bootstrap

Y = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], bool)
P = np.array([0.9, 0.8, 0.7, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1])


def test_auc_counts_the_pairs_won():
    assert metrics.auc(Y, P) == pytest.approx(15 / 16)
    assert metrics.gini(Y, P) == pytest.approx(2 * 15 / 16 - 1)


def test_lift_precision_and_recall_look_at_the_top():
    assert metrics.precision_at(Y, P, 3) == pytest.approx(2 / 3)
    assert metrics.recall_at(Y, P, 0.1) == pytest.approx(1 / 2)
    assert metrics.lift_at(Y, P, 0.1) == pytest.approx(1 / 0.2)


@pytest.mark.parametrize("measure", [metrics.precision_at, metrics.lift_at, metrics.recall_at])
def test_ties_count_by_their_expected_value_and_not_by_their_order(measure):
    ties = np.full(4, 0.5)
    assert measure([1, 0, 0, 0], ties, 2) == measure([0, 0, 0, 1], ties, 2)
    assert metrics.precision_at([1, 0, 0, 0], ties, 2) == pytest.approx(0.25)


def test_calibration_error_is_zero_where_rates_equal_probabilities():
    assert metrics.ece([1, 0, 0, 0, 1, 1, 1, 0], [0.25] * 4 + [0.75] * 4, bins=2) == pytest.approx(0)
    assert metrics.ece([1, 1, 1, 1], [0.25] * 4, bins=2) == pytest.approx(0.75)


def test_certainty_that_is_wrong_costs_much_but_is_finite():
    assert np.isfinite(metrics.log_loss([1, 0], [0.0, 1.0]))


def test_predicting_the_churn_rate_has_no_skill():
    assert metrics.skill(Y, np.full(10, 0.2)) == pytest.approx(0)


@pytest.mark.parametrize("measure", [metrics.auc, metrics.skill, metrics.gini])
def test_ranking_is_undefined_where_nobody_churned(measure):
    assert np.isnan(measure([0, 0], [0.1, 0.2]))


@pytest.mark.parametrize(("size", "count"), [(0.1, 1), (0.25, 2), (1, 1), (3, 3), (99, 10)])
def test_a_list_length_is_a_count_or_a_share(size, count):
    assert metrics.list_length(size, 10) == count


def test_evaluate_tells_population_and_definition():
    found = metrics.evaluate(Y, P, cutoff=date(2011, 9, 1), horizon=60, capacity=3)
    assert (found.customers, found.churners, found.churn_rate) == (10, 2, 0.2)
    assert found.to_json()["cutoff"] == "2011-09-01"
    assert found.precision_at_capacity == pytest.approx(2 / 3)


def test_evaluate_holds_the_interval_around_its_figure():
    samples = bootstrap(Y, {"m": P}, replicates=200)["m"]
    found = metrics.evaluate(Y, P, replicates=samples)
    low, high = found.intervals["log_loss"]
    assert low < found.log_loss < high


def test_what_is_undefined_is_null_in_json_and_left_out_of_the_numbers():
    found = metrics.evaluate([0, 0, 0], [0.1, 0.2, 0.3])
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["auc"] is None
    assert "auc" not in found.numbers()
    assert found.numbers()["customers"] == 3
