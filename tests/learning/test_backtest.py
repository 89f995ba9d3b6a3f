"""Rolling origins: what each fold knows, and what the averages say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import backtests
from retain import model
from retain.learning.backtest import BASELINES
from retain.learning.recipe import Workbench


@model
def impossible():
    """Needs what is not there."""
    return Impossible()


class Impossible:
    def fit(self, X, y):
        raise ValueError("spend is not among the features")

    def get_params(self):
        return {}

    def set_params(self, **params):
        return self


def test_every_model_is_tested_at_every_fold_by_the_same_customers():
    found = backtests.found()
    assert found.models == ("logit", "recency", "no_order", "prior")
    for fold in found.folds:
        assert {one.customers for one in fold.metrics.values()} == {300}


def test_what_was_not_over_at_a_fold_changes_no_prediction_of_it():
    data, fold = backtests.rows(), backtests.found().folds[-1]
    not_over = data.cutoff + np.timedelta64(data.horizon, "D") > np.datetime64(fold.cutoff)
    changed = backtests.evaluated(replace(data, churned=data.churned ^ not_over), folds=1).folds[0]
    assert changed.cutoff == fold.cutoff
    for name, p in changed.test.predictions.items():
        assert np.array_equal(p, fold.test.predictions[name])


def test_a_fold_predicts_what_training_on_that_day_would():
    data, fold = backtests.rows(), backtests.found().folds[-1]
    past = data.before(fold.cutoff)
    _, scorer = Workbench(7).find(backtests.logit, past, at=fold.cutoffs[-1], params={})
    assert np.array_equal(fold.test.predictions["logit"], scorer.predict(data.at(fold.cutoff).X))


def test_the_average_is_that_of_the_folds():
    found = backtests.found()
    mean = np.mean([fold.metrics["logit"].auc for fold in found.folds])
    assert found.average("logit")["auc"] == pytest.approx(mean)


def test_the_interval_of_an_average_is_narrower_than_a_folds():
    found = backtests.found()
    assert found.samples("logit", "auc").std() < found.folds[0].samples["logit"].auc.std()


def test_the_model_is_compared_with_the_best_baseline():
    difference = backtests.found().difference("log_loss")
    assert difference.baseline == "recency"
    assert difference.better
    assert not difference.worse
    assert difference.mean == pytest.approx(np.mean([value for value, _ in difference.folds]))


def test_a_higher_auc_and_a_lower_log_loss_are_better():
    auc = backtests.found().difference("auc")
    assert auc.mean > 0
    assert auc.better


def test_no_difference_without_a_baseline():
    assert backtests.evaluated(names=(), folds=1).difference("auc") is None


def test_a_baseline_that_the_tables_do_not_allow_is_left_out_with_its_reason():
    shipped = backtests.models("prior")
    found = backtests.backtest(
        backtests.rows(),
        models={**shipped, "impossible": impossible},
        chosen="logit",
        config=backtests.config(),
        folds=2,
    )
    assert found.skipped == {"impossible": "spend is not among the features"}
    assert found.models == ("logit", "prior")


def test_a_chosen_model_that_fails_is_no_baseline_to_leave_out():
    with pytest.raises(ValueError, match="spend"):
        backtests.evaluated(chosen=impossible, names=("prior",), folds=1)


def test_a_short_history_is_tested_on_unseen_customers():
    found = backtests.evaluated(backtests.rows(cutoffs=1), names=("prior",))
    assert len(found.folds) == 1
    assert "had not seen" in found.notes[0]


def test_the_newest_fold_is_explained():
    explanation = backtests.found().explanation
    assert explanation.model == "logit"
    assert {one.column.name for one in explanation.features} == {"days_since_last_order", "orders_90d"}


def test_the_baselines_ship():
    assert set(BASELINES) <= set(backtests.models(*BASELINES))
