from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from retain.learning.btyd import BgNbd, ParetoNbd
from retain.learning.rules import BtydClassifier, NoOrderRule, OwnGapRule, candidate_days

RULES = [
    OwnGapRule(),
    NoOrderRule(horizon=60),
    BtydClassifier(process="bg_nbd", horizon=60),
    BtydClassifier(process="pareto_nbd", horizon=60),
]


def customers(n=150, seed=0):
    """Regular customers with gaps of 5 to 40 days; the more overdue, the likelier they churned."""
    rng = np.random.default_rng(seed)
    gap, days = rng.uniform(5, 40, n), rng.integers(1, 20, n)
    last = rng.uniform(1, 100, n).round()
    X = pd.DataFrame(
        {
            "spend": rng.uniform(0, 100, n),
            "days_since_last_order": last,
            "days_since_first_order": last + (gap * (days - 1)).round(),
            "order_days": days,
        }
    ).astype(np.float32)
    return X, rng.uniform(size=n) < 1 / (1 + (2 * gap / last) ** 2)


@cache
def fitted(number):
    return clone(RULES[number]).fit(*customers())


@pytest.mark.parametrize("rule", range(len(RULES)))
def test_a_rule_gives_probabilities_that_tell_churners_from_others(rule):
    X, churned = customers()
    churn = fitted(rule).predict_proba(X)
    assert churn.sum(axis=1) == pytest.approx(1.0)
    assert churn[churned, 1].mean() > churn[~churned, 1].mean()


@pytest.mark.parametrize("rule", range(len(RULES)))
def test_a_longer_absence_never_lowers_the_probability(rule):
    X, _ = customers()
    longer = X.assign(
        days_since_last_order=np.arange(1, 151), days_since_first_order=np.arange(1, 151) + 80, order_days=9
    )
    churn = fitted(rule).predict_proba(longer)[:, 1]
    assert (np.diff(churn) >= -1e-9).all()


@pytest.mark.parametrize("rule", range(len(RULES)))
def test_a_customer_without_orders_gets_the_base_rate(rule):
    X, churned = customers()
    unknown = X.head(1).assign(days_since_last_order=np.nan, days_since_first_order=np.nan, order_days=0)
    assert fitted(rule).predict_proba(unknown)[0, 1] == pytest.approx(churned.mean())


@pytest.mark.parametrize("rule", range(len(RULES)))
def test_the_whole_reason_is_the_absence(rule):
    X, churned = customers()
    share = fitted(rule).contributions(X)
    reason = X.columns.get_loc("days_since_last_order")
    assert np.delete(share, reason, axis=1) == pytest.approx(0)
    above = fitted(rule).predict_proba(X)[:, 1] > churned.mean()
    assert ((share[:, reason] > 0) == above).all()


def test_one_time_customers_are_judged_by_the_usual_gap():
    X = pd.DataFrame(
        {
            "days_since_last_order": [10.0, 10, 40, 40],
            "days_since_first_order": [10.0, 30, 40, 80],
            "order_days": [1.0, 3, 1, 2],
        }
    )
    rule = OwnGapRule().fit(X, [False, False, True, True])
    assert rule.usual_gap_ == pytest.approx(25)  # the mean of 10 and 40
    assert rule.predict_proba(X)[0, 1] < rule.predict_proba(X)[2, 1]


def test_a_rule_that_is_wrong_about_everyone_never_turns_its_order_around():
    X, churned = customers()
    backwards = OwnGapRule().fit(X, ~churned).predict_proba(X)[:, 1]
    forwards = OwnGapRule().fit(X, churned).predict_proba(X)[:, 1]
    assert (np.diff(backwards[np.argsort(forwards)]) >= -1e-12).all()
    assert backwards == pytest.approx((~churned).mean(), abs=0.01)


def test_the_best_number_of_days_is_found():
    X = pd.DataFrame({"days_since_last_order": [5.0, 25, 31, 45, 70, 150]})
    rule = NoOrderRule(horizon=120).fit(X, [False, False, True, True, True, True])
    assert rule.days_ == 30
    assert rule.predict_proba(X)[:, 1].tolist() == [0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(("horizon", "days"), [(28, [28]), (60, [60, 30]), (180, [180, 90, 45, 22.5])])
def test_the_candidates_are_the_horizon_halved_to_a_month(horizon, days):
    assert candidate_days(horizon) == days


def test_buy_till_you_die_counts_repeats_from_the_first_order():
    X, churned = customers()
    fitted = BtydClassifier(process="pareto_nbd", horizon=60).fit(X, churned)
    last, first = X["days_since_last_order"].to_numpy(float), X["days_since_first_order"].to_numpy(float)
    x = X["order_days"].to_numpy(float) - 1
    expected = fitted.model_.no_order_probability(x, np.where(x > 0, first - last, 0), first, horizon=60)
    assert fitted.predict_proba(X)[:, 1] == pytest.approx(expected)


@pytest.mark.parametrize(("process", "kind"), [("bg_nbd", BgNbd), ("pareto_nbd", ParetoNbd)])
def test_a_row_of_weight_two_is_the_row_twice(process, kind):
    X, churned = customers()
    twice = BtydClassifier(process=process, horizon=60).fit(
        pd.concat([X, X]), np.concatenate([churned, churned])
    )
    weighted = BtydClassifier(process=process, horizon=60).fit(X, churned, np.full(len(X), 2.0))
    assert isinstance(weighted.model_, kind)
    assert weighted.model_ == twice.model_


def test_activity_stands_in_where_no_orders_are_counted():
    X, churned = customers()
    names = {
        "days_since_last_order": "days_since_last_activity",
        "days_since_first_order": "days_since_first_activity",
        "order_days": "active_days",
    }
    orders, activity = (OwnGapRule().fit(frame, churned) for frame in (X, X.rename(columns=names)))
    assert orders.slope_ == activity.slope_


@pytest.mark.parametrize("rule", [NoOrderRule(), BtydClassifier()], ids=str)
def test_a_forgotten_horizon_is_an_error(rule):
    with pytest.raises(ValueError, match="horizon is missing"):
        rule.fit(*customers())


def test_a_frame_without_recency_is_an_error():
    with pytest.raises(ValueError, match="days_since_last_order"):
        NoOrderRule(horizon=60).fit(pd.DataFrame({"spend": [1.0, 2.0]}), [True, False])
