"""What predicts spending."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retain.learning.spending import BuyTillYouDieSpend, HistoricMean, SpendRegressor, net_spend


def customers(n=400, *, seed=0):
    """Customers of a year whose next 90 days follow their own rate."""
    random = np.random.default_rng(seed)
    days = random.poisson(random.gamma(1.0, 12.0, n)) + 1.0
    first = random.integers(100, 365, n).astype(float)
    since = np.where(days > 1, np.minimum(random.exponential(first / days) + 1, first - 1).round(), first)
    amount = random.gamma(3.0, 20.0, n)
    X = pd.DataFrame(
        {
            "order_days": days,
            "days_since_first_order": first,
            "days_since_last_order": since,
            "spend": days * amount,
        }
    ).astype(np.float32)
    return X, random.poisson(days / first * 90) * amount


@pytest.mark.parametrize(
    "estimator",
    [
        SpendRegressor(n_estimators=50, n_jobs=1),
        HistoricMean(horizon=90),
        BuyTillYouDieSpend(horizon=90, churn_horizon=30),
    ],
)
def test_each_finds_the_customers_who_will_spend(estimator):
    X, spent = customers()
    predicted = estimator.fit(X, spent).predict(X)
    assert (predicted >= 0).all()
    assert np.corrcoef(np.log1p(predicted), np.log1p(spent))[0, 1] > 0.4


def test_trees_read_columns_by_name():
    X, spent = customers()
    fitted = SpendRegressor(n_estimators=20, n_jobs=1).fit(X, spent)
    assert (fitted.predict(X[X.columns[::-1]]) == fitted.predict(X)).all()


def test_very_many_rows_are_expected_to_spend_the_same():
    X, spent = customers(3_000)
    fitted = SpendRegressor(n_jobs=1).fit(X, spent)
    assert fitted.by_columns().predict(X) == pytest.approx(fitted.predict(X), rel=1e-15)


def test_trees_learn_a_total_that_is_about_right():
    X, spent = customers(2_500)
    predicted = SpendRegressor(n_jobs=1).fit(X, spent).predict(X)
    assert predicted.sum() == pytest.approx(spent.sum(), rel=0.05)


def test_where_nobody_spent_nothing_is_expected():
    X, _ = customers(20)
    assert (SpendRegressor().fit(X, np.full(20, -3.0)).predict(X) == 0).all()


def test_the_historic_mean_is_the_rate_times_the_horizon():
    X = pd.DataFrame({"spend": [300.0, 50.0, 0.0], "days_since_first_order": [60.0, 2.0, np.nan]})
    assert HistoricMean(horizon=30).fit(X).predict(X).tolist() == [150.0, 50.0, 0.0]


def test_returns_are_taken_off():
    X = pd.DataFrame({"spend": [200.0, 80.0, 0.0], "return_spend_share": [0.25, 1.5, np.nan]})
    assert net_spend(X).tolist() == [150.0, 0.0, 0.0]


def test_buy_till_you_die_expects_an_order_of_those_who_stay():
    X, _ = customers()
    fitted = BuyTillYouDieSpend(horizon=30, churn_horizon=30).fit(X)
    lapsed = pd.DataFrame(
        {
            "order_days": [2.0],
            "days_since_first_order": [300.0],
            "days_since_last_order": [290.0],
            "spend": [100.0],
        }
    )
    one_order = fitted.amounts_.expected_amount(np.array([2.0]), np.array([50.0]))[0]
    assert one_order < fitted.predict(lapsed)[0] < 1.5 * one_order


def test_what_stayers_and_leavers_are_expected_to_order_adds_up():
    X, _ = customers()
    fitted = BuyTillYouDieSpend(horizon=90, churn_horizon=30).fit(X)
    x, t_x, T = np.array([4.0]), np.array([200.0]), np.array([240.0])
    none = fitted.orders_.no_order_probability(x, t_x, T, horizon=30)
    late = fitted.orders_.expected_orders(x, t_x, T + 30, horizon=60)
    overall = fitted.orders_.expected_orders(x, t_x, T, horizon=90)
    (staying,) = fitted.orders_.orders_if_staying(x, t_x, T, near=30, horizons=(90,))
    assert (1 - none) * staying + none * late == pytest.approx(overall)


def test_orders_go_on_more_slowly_than_while_one_of_them_was_certain():
    X, _ = customers()
    growth = BuyTillYouDieSpend(horizon=30, churn_horizon=30).fit(X).growth(X, to=120)
    assert ((growth > 1) & (growth < 4)).all()
    nobody = pd.DataFrame({name: [np.nan] for name in X})
    assert BuyTillYouDieSpend(horizon=30, churn_horizon=30).fit(X).growth(nobody, to=120).tolist() == [4.0]


def test_where_nothing_was_ever_paid_nothing_is_expected():
    X, _ = customers(50)
    free = X.assign(spend=0.0)
    assert (BuyTillYouDieSpend(horizon=90, churn_horizon=30).fit(free).predict(free) == 0).all()


def test_a_customer_without_orders_is_expected_to_spend_nothing():
    X, _ = customers()
    nobody = pd.DataFrame({name: [np.nan] for name in X})
    assert BuyTillYouDieSpend(horizon=90, churn_horizon=30).fit(X).predict(nobody).tolist() == [0.0]
