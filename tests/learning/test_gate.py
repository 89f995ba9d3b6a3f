"""Who decides whom to call: a model that earned it, else a rule, else nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from retain.learning.comparison import Comparison
from retain.learning.gate import challenge, decide

GOOD, FAIR, NOISE = 1.5, 0.7, 0.0


@dataclass(frozen=True)
class Gates:
    min_customers: int = 500
    min_churners: int = 100
    must_beat_baseline: bool = True


def compared(*, gbm, recency, rows=2000, seed=0):
    """A test in which a model's log-odds follow what makes customers leave with the given strength."""
    generator = np.random.default_rng(seed)
    truth, blur = generator.normal(size=(2, rows))
    churned = generator.uniform(size=rows) < _share(1.5 * truth)
    predictions = {
        "gbm": _honest(gbm, truth, blur, churned),
        "recency": _honest(recency, truth, blur, churned),
    }
    return Comparison(date(2011, 9, 1), 60, np.arange(rows), churned, predictions)


def _honest(strength, truth, blur, churned):
    return _share(strength * truth) if strength else np.full(len(truth), churned.mean()) + 0.01 * _share(blur)


def _share(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def decided(test, **gates):
    return decide(test, chosen="gbm", rules=("recency",), gates=Gates(**gates))


def test_a_model_that_beats_the_rules_becomes_champion():
    decision = decided(compared(gbm=GOOD, recency=FAIR))
    assert (decision.promote, decision.champion, decision.label) == (True, "gbm", "model")


def test_a_model_that_loses_to_a_rule_gives_way_to_it():
    decision = decided(compared(gbm=FAIR, recency=GOOD))
    assert (decision.promote, decision.champion, decision.label) == (True, "recency", "rule")
    assert "worse log loss than recency" in decision.reasons[0]


def test_a_model_that_equals_a_rule_gives_way_to_it():
    decision = decided(compared(gbm=FAIR, recency=FAIR))
    assert decision.champion == "recency"
    assert "no better than recency" in decision.reasons[0]


def test_a_model_need_not_beat_the_rules_where_the_gates_say_so():
    assert decided(compared(gbm=FAIR, recency=GOOD), must_beat_baseline=False).champion == "gbm"


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_promoted_where_nothing_beats_chance(seed):
    decision = decided(compared(gbm=NOISE, recency=NOISE, seed=seed))
    assert (decision.promote, decision.champion) == (False, "gbm")
    assert "there is nothing to learn" in decision.reasons[1]
    assert any("2000 customers" in reason and "recency" in reason for reason in decision.reasons)


def test_a_rule_serves_where_only_it_beats_chance():
    assert decided(compared(gbm=NOISE, recency=FAIR)).champion == "recency"


def test_a_model_serves_where_only_it_beats_chance():
    assert decided(compared(gbm=GOOD, recency=NOISE)).champion == "gbm"


def test_too_few_customers_are_served_by_a_rule_that_says_what_is_missing():
    decision = decided(compared(gbm=GOOD, recency=FAIR, rows=300))
    assert (decision.promote, decision.label) == (True, "rule")
    assert decision.reasons[0] == "500 customers are needed to test a model, there are 300: 200 are missing."


def test_a_rule_that_points_the_wrong_way_serves_nobody():
    assert not decided(compared(gbm=GOOD, recency=-FAIR, rows=300)).promote


def test_a_rule_that_was_chosen_is_labelled_one():
    decision = decide(compared(gbm=NOISE, recency=FAIR), chosen="recency", rules=("recency",), gates=Gates())
    assert (decision.promote, decision.champion, decision.label) == (True, "recency", "rule")


def test_a_ranking_that_is_right_serves_though_the_churn_rate_has_moved():
    test = compared(gbm=GOOD, recency=FAIR)
    shifted = {name: p**1.3 for name, p in test.predictions.items()}
    moved = Comparison(test.cutoff, test.horizon, test.customer_id, test.churned, shifted)
    assert decided(moved).promote


def _challenged(incumbent, *, gbm=GOOD):
    test = compared(gbm=gbm, recency=FAIR)
    decision = decide(test, chosen="gbm", rules=["recency"], gates=Gates())
    truth = compared(gbm=incumbent, recency=FAIR).predictions["gbm"]
    return challenge(decision, test, incumbent=truth, name="the champion")


def test_a_challenger_that_is_better_than_the_champion_is_promoted():
    assert _challenged(FAIR).promote


def test_a_challenger_that_is_no_worse_than_the_champion_is_promoted():
    decision = _challenged(GOOD)
    assert decision.promote
    assert "gbm against the champion" in decision.reasons[-1]


def test_a_challenger_that_is_worse_stays_one_and_is_told_why():
    decision = _challenged(GOOD, gbm=FAIR)
    assert not decision.promote
    assert "the champion stays" in decision.reasons[-1]


def test_what_was_not_promoted_challenges_nobody():
    test = compared(gbm=NOISE, recency=NOISE)
    decision = decide(test, chosen="gbm", rules=["recency"], gates=Gates())
    assert challenge(decision, test, incumbent=test.predictions["gbm"], name="x") == decision
