"""Parameters are judged forward in time, and used only where they are clearly better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from learning.rows import sample, turned
from retain.learning import tuning
from retain.learning.classifier import ChurnClassifier
from retain.learning.model import Model
from retain.learning.recipe import Workbench
from retain.learning.tuning import Fold, Tuned, Tuning, forward_folds, tune


def penalty(trial):
    return {"C": trial.suggest_float("C", 1e-4, 10, log=True)}


def model(start):
    return Model("logit", lambda C=start: LogisticRegression(C=C), search=penalty)


def tuned(start, rows=None, **options):
    return tune(Workbench(seed=7), model(start), sample() if rows is None else rows, Tuning(**options))


def test_a_fold_is_tested_on_a_cutoff_at_which_its_training_was_over():
    folds = forward_folds(sample(), seed=7)
    newest = np.datetime64("2011-05-31")
    assert [fold.test.cutoff[0] for fold in folds] == [newest, newest - 30, newest - 60]
    assert all((fold.train.cutoff + 60 <= fold.test.cutoff[0]).all() for fold in folds)


def test_clearly_better_parameters_are_used():
    found = tuned(1e-4, trials=8)
    assert found.params["C"] > 1e-3
    assert "and is used" in found.notes[0]


def test_the_models_own_parameters_stay_where_none_is_clearly_better():
    worse = replace(model(1.0), search=lambda trial: {"C": trial.suggest_float("C", 1e-5, 1e-4)})
    found = tune(Workbench(seed=7), worse, sample(), Tuning(trials=4))
    assert found.params == {}
    assert "4 trials" in found.notes[0]
    assert "not used" in found.notes[0]


GBM = Model("gbm", lambda **params: ChurnClassifier(**params))
TRIALS = (
    {"n_estimators": 9, "num_leaves": 4, "min_child_samples": 40, "l2": 1.0, "ridge": 0.3, "blend": 0.2},
    {"n_estimators": 5, "num_leaves": 9, "min_child_samples": 5, "l2": 30.0, "ridge": 90.0, "blend": 0.8},
)


def test_a_trial_is_the_model_that_its_parameters_make_anywhere():
    bench, fold = Workbench(seed=7), forward_folds(sample(), seed=7)[0]
    tried = [tuning._losses(bench, GBM, params, fold) for params in TRIALS]
    alone = [tuning._losses(bench, GBM, params, Fold(fold.train, fold.test)) for params in TRIALS]
    np.testing.assert_array_equal(tried, alone)


def test_the_rows_of_a_fold_are_binned_once_for_all_trials():
    fold, handles = forward_folds(sample(), seed=7)[0], set()
    for params in TRIALS:
        tuning._losses(Workbench(seed=7), GBM, params, fold)
        binned = fold.kept.once(("trees",), lambda: pytest.fail("made again under another name"))
        handles.add(binned._handle.value)  # LightGBM frees it where parameters ask for other bins
    assert len(handles) == 1


def test_nothing_is_searched_where_there_are_no_trials_or_no_search():
    assert tuned(1.0, trials=0) == Tuned()
    assert tune(Workbench(seed=7), replace(model(1.0), search=None), sample(), Tuning(5)) == Tuned()


def test_a_short_history_is_not_searched_and_says_so():
    assert "too short" in tuned(1.0, sample(cutoffs=2), trials=5).notes[0]


def test_a_search_is_remembered_for_the_rows_it_began_with(tmp_path):
    def finished(rows):
        tuned(1.0, rows, trials=2, journals=tmp_path)
        return (tmp_path / "logit.journal").read_text().count("datetime_complete")

    assert finished(sample()) == finished(sample()) == 2
    assert finished(turned(sample(), True)) == 4


def test_large_tables_are_searched_on_a_sample(monkeypatch):
    monkeypatch.setattr(tuning, "MOST_ROWS", 100)
    monkeypatch.setattr(tuning, "LEAST_ROWS", 50)
    assert {len(fold.train.customer_id) for fold in forward_folds(sample(), seed=7)} == {100}
