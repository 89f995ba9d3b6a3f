"""A search finds the better parameters, gives up the hopeless, and goes on where it stopped."""

from __future__ import annotations

import pytest

from retain.learning.search import search


def propose(trial):
    return {"x": trial.suggest_float("x", -1, 1)}


def parabola(params, fold):
    return (params["x"] - 0.3) ** 2 + fold


def searched(loss=parabola, trials=12, **options):
    return search(propose, loss, folds=2, trials=trials, seed=7, **options)


def test_the_best_parameters_are_found_with_their_mean_loss():
    found = searched(trials=25)
    assert found.params["x"] == pytest.approx(0.3, abs=0.2)
    assert found.loss == pytest.approx((found.params["x"] - 0.3) ** 2 + 0.5)


def test_a_seed_repeats_the_search():
    assert searched() == searched()


def test_a_hopeless_trial_is_given_up_after_its_first_fold():
    seen = []
    searched(lambda params, fold: seen.append(fold) or parabola(params, fold), trials=20)
    assert seen.count(0) == 20
    assert seen.count(1) < 20


def test_an_interrupted_search_goes_on_as_it_would_have(tmp_path):
    journal = tmp_path / "searches" / "gbm.journal"

    def interrupted(params, fold):
        if len(tried) == 5:
            raise KeyboardInterrupt
        tried.append(params)
        return parabola(params, fold)

    tried = []
    with pytest.raises(KeyboardInterrupt):
        searched(interrupted, journal=journal)
    again = []
    found = searched(lambda params, fold: again.append(params) or parabola(params, fold), journal=journal)
    assert found == searched()
    assert found.trials == 12
    assert len(again) <= 24 - 4


def test_a_search_that_ended_is_not_repeated(tmp_path):
    found = searched(journal=tmp_path / "gbm.journal")
    assert (
        searched(lambda params, fold: pytest.fail("tried again"), journal=tmp_path / "gbm.journal") == found
    )


def test_a_search_of_another_name_begins_anew(tmp_path):
    searched(journal=tmp_path / "gbm.journal", name="one", trials=3)
    assert searched(journal=tmp_path / "gbm.journal", name="other", trials=2).trials == 2


def test_the_budget_ends_a_search_for_good(tmp_path):
    journal = tmp_path / "gbm.journal"
    assert searched(journal=journal, seconds=0).trials == 1
    assert searched(journal=journal).trials == 1
