"""What rings an alarm, what calls for a training, and what does not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from retain.watch.drift import compare
from retain.watch.effect import effect
from retain.watch.verdict import verdict
from watch.test_drift import _risk, customers, reference
from watch.test_effect import units
from watch.test_outcomes import judge, outcomes, rows, scores

MAY, MARCH, JUNE = date(2019, 5, 1), date(2019, 3, 1), date(2019, 6, 1)


def decide(found=(), drift=None, measured=None, *, learnt_until=MARCH, newest=JUNE, current=True):
    return verdict(
        found,
        drift,
        measured,
        learnt_until=learnt_until,
        newest_complete=newest,
        current=current,
        max_drift=0.25,
    )


def bad(more=0.25):
    frame = scores()
    return judge(rows(frame, churned=outcomes(frame, more=more)))


def drifted(orders=4.0):
    known, X = reference(), customers(seed=2, orders=orders)
    return compare(known, known.count(X, _risk(X)))


def test_a_list_that_kept_its_promise_is_no_alarm():
    assert decide([judge(rows(scores()))]) == verdict(
        [], None, None, learnt_until=None, newest_complete=JUNE, current=True, max_drift=1
    )


def test_churn_far_from_expected_is_told_with_its_numbers():
    found = decide([bad()])
    assert "customers to churn, and" in found.retrain_because
    assert any(alert.startswith("The list of 2019-05-01 expected ") for alert in found.alerts)
    assert any("log loss" in alert for alert in found.alerts)


def test_few_customers_ring_no_alarm_by_chance():
    frame = scores(rows=12)
    assert decide([judge(rows(frame, churned=outcomes(frame, more=0.1)), scored=12)]).alerts == ()


def test_a_trifle_in_many_customers_rings_no_alarm():
    frame = scores(rows=100_000)
    assert decide([judge(rows(frame, churned=outcomes(frame, more=0.02)), scored=100_000)]).alerts == ()


def test_a_ranking_that_became_chance_is_told():
    frame = scores()
    draw = np.random.default_rng(1).permutation(outcomes(frame).to_numpy())
    found = decide([judge(rows(frame, churned=outcomes(frame) & False | draw))])
    assert any("ranked customers worse than it promised" in alert for alert in found.alerts)
    assert any("no better than its overall rate" in alert for alert in found.alerts)


@pytest.mark.parametrize("learnt_until", [MAY, JUNE])
def test_what_the_last_training_saw_is_an_alert_but_no_reason_to_train(learnt_until):
    found = decide([bad()], learnt_until=learnt_until)
    assert found.alerts
    assert found.retrain_because is None


def test_a_training_that_would_learn_nothing_new_is_not_asked_for():
    assert decide([bad()], drifted(), learnt_until=MARCH, newest=MARCH).retrain_because is None


def test_drift_past_its_gate_is_a_reason_to_train_with_the_features_named():
    found = decide(drift=drifted())
    assert "Orders in the window (last 30 days) (median 2, now 4)" in found.retrain_because
    assert found.alerts == (found.retrain_because,)


def test_the_drift_of_another_model_than_the_champion_is_no_reason_to_train():
    assert decide(drift=drifted(), current=False).retrain_because is None


def test_a_heavy_feature_that_moved_is_told_even_where_the_gate_holds():
    X = customers(seed=2, abroad=0.5)
    known = reference(importance=(("orders_30d", 9.0), ("country", 1.0)))
    (alert,) = decide(drift=compare(known, known.count(X, _risk(X)))).alerts
    assert alert.startswith("The customer's country moved far since the training")


def test_contacts_that_drive_customers_away_are_told():
    people = units()
    people["stayed"] = people["stayed"] & ((people["group"] == "holdout") | (people.index % 2 == 0))
    (alert,) = decide(measured=effect(people, feedback=False)).alerts
    assert "may drive them away" in alert


def test_calls_to_those_held_out_are_told():
    people = units()
    people["contacted"] |= people.index % 4 == 0
    (alert,) = decide(measured=effect(people, feedback=True)).alerts
    assert alert.startswith("The feedback tells of a contact with 2")
