"""The letter and its reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import backtests
from retain.learning.grade import grade


def graded(found=None):
    return grade(found or backtests.found(), seed=7)


def in_place_of(name, chosen="no_order"):
    """A backtest whose chosen model is another one of its models."""
    return replace(backtests.found(), chosen=chosen)


def test_a_model_that_finds_a_tenth_more_churners_than_the_rule_gets_an_a():
    found = graded()
    assert found.letter == "A"
    assert found.gain >= 1.1
    assert found.interval[0] > 1
    assert "times as many" in found.why


def test_the_rule_itself_does_not_beat_the_rule():
    found = graded(in_place_of("no_order"))
    assert found.letter == "C"
    assert found.gain == pytest.approx(1, abs=0.15)


def test_who_knows_nothing_gets_no_grade():
    found = graded(backtests.evaluated(backtests.shuffled(backtests.rows()), names=("no_order", "prior")))
    assert found.letter == "none"
    assert "does not clearly beat chance" in found.why
    assert "chance is 0.5" in found.why


def test_the_prior_gets_no_grade():
    assert graded(in_place_of("prior", chosen="prior")).letter == "none"


def test_the_rule_takes_the_days_that_tell_churners_best():
    assert graded().days in (60, 30)


def test_accuracies_are_shares_of_churners_on_lists_of_one_length():
    found = backtests.found()
    one = replace(found, folds=found.folds[:1])
    fold, made = one.folds[0], grade(one, seed=7)
    away = fold.days_away >= made.days
    assert made.rule_accuracy == pytest.approx(away[fold.test.churned].mean())
    top = np.argsort(-fold.test.predictions["logit"], kind="stable")[: away.sum()]
    assert made.accuracy == pytest.approx(fold.test.churned[top].sum() / fold.test.churners, abs=0.01)


def test_a_rule_that_lists_nobody_is_no_comparison():
    found = backtests.found()
    folds = tuple(replace(fold, days_away=np.full(len(fold.days_away), np.nan)) for fold in found.folds)
    made = graded(replace(found, folds=folds))
    assert made.letter == "B"
    assert "finds nobody" in made.why


def test_where_contracts_tell_churn_the_best_simple_rule_that_was_tested_is_the_comparison():
    found = backtests.found()
    one = replace(found, folds=found.folds[:1])
    made, test = grade(one, seed=7, rules=["prior", "recency", "tenure"]), found.folds[0].test
    assert 'the best simple rule, "recency", ' in made.why
    assert "no order for" not in made.why + made.definition
    assert np.isnan(made.days)
    top = np.argsort(-test.predictions["recency"], kind="stable")[: test.churners]
    assert made.rule_accuracy == pytest.approx(test.churned[top].sum() / test.churners, abs=0.01)
    assert made.letter == "A"


def test_a_rule_that_is_the_model_does_not_beat_itself():
    made = grade(in_place_of("recency", chosen="recency"), seed=7, rules=["recency"])
    assert (made.letter, made.gain) == ("C", 1)


@pytest.mark.parametrize("rules", [[], ["prior"], ["tenure"]])
def test_where_no_rule_tells_customers_apart_there_is_no_comparison(rules):
    made = grade(backtests.found(), seed=7, rules=rules)
    assert made.letter == "B"
    assert "No simple rule tells the customers apart here." in made.why
