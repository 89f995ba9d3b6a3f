from dataclasses import astuple
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import fixed_quad
from scipy.special import hyp2f1, logsumexp

from retain.learning.btyd import BgNbd, Histories, ParetoNbd

WEEK = 7
PUBLISHED = [
    (BgNbd, (0.243, 4.414, 0.793, 2.426), -9582.4),  # Fader, Hardie and Lee 2005, table 2
    (ParetoNbd, (0.553, 10.578, 0.606, 11.669), -9595.0),
]
TRUE = [BgNbd(r=0.8, alpha=8.0, a=0.7, b=2.5), ParetoNbd(r=0.8, alpha=8.0, s=0.7, beta=15.0)]


@pytest.fixture(scope="module")
def cdnow():
    rows = pd.read_csv(Path(__file__).parents[1] / "data/cdnow_summary.csv.gz", comment="#")
    return Histories.of(rows["x"], rows["t_x"] / WEEK, rows["T"] / WEEK, count=rows["customers"])


def simulated(model, *, customers, until, horizon=0.0, seed=0):
    """Histories up to `until` of a population that the model describes, and who orders nothing after."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, customers)
    times = np.cumsum(rng.exponential(1 / rate[:, None], (customers, 400)), axis=1)
    if isinstance(model, BgNbd):
        chance = rng.beta(model.a, model.b, (customers, 1))
        ended = np.cumsum(rng.uniform(size=times.shape) < chance, axis=1)
        times[:, 1:][ended[:, :-1] > 0] = np.inf
    else:
        end = rng.exponential(1 / rng.gamma(model.s, 1 / model.beta, customers))
        times[times > end[:, None]] = np.inf
    seen = times <= until
    t_x = np.max(times, axis=1, where=seen, initial=0.0)
    silent = ~((times > until) & (times <= until + horizon)).any(axis=1)
    return seen.sum(axis=1).astype(float), t_x, np.full(customers, until), silent


def closed_form(model, x, t_x, T):
    """The Pareto/NBD log-likelihood for alpha >= beta as Fader and Hardie (2005) print it."""
    k = model.r + model.s + x

    def tail(t):
        shape = hyp2f1(k, model.s + 1, k + 1, (model.alpha - model.beta) / (model.alpha + t))
        return np.log(shape * model.s / k) - k * np.log(model.alpha + t)

    alive = -(model.r + x) * np.log(model.alpha + T) - model.s * np.log(model.beta + T)
    return logsumexp([alive, tail(t_x), tail(T)], b=[[1], [1], [-1]], axis=0)


@pytest.mark.parametrize(("kind", "published", "likelihood"), PUBLISHED)
def test_the_published_cdnow_estimates_are_found_again(cdnow, kind, published, likelihood):
    model = kind.fit(cdnow)
    assert astuple(model) == pytest.approx(published, abs=0.001)
    total = cdnow.count @ model.log_likelihood(cdnow.x, cdnow.t_x, cdnow.T)
    assert total == pytest.approx(likelihood, abs=0.05)


@pytest.mark.parametrize(("kind", "published", "likelihood"), PUBLISHED)
def test_the_unit_of_time_only_scales_the_rates(cdnow, kind, published, likelihood):
    weeks, days = kind.fit(cdnow), kind.fit(cdnow.in_units_of(1 / WEEK))
    assert days.r == pytest.approx(weeks.r, rel=1e-3)
    assert days.alpha == pytest.approx(WEEK * weeks.alpha, rel=1e-3)


@pytest.mark.parametrize("true", TRUE)
def test_the_parameters_of_a_simulated_population_are_recovered(true):
    x, t_x, T, _ = simulated(true, customers=20_000, until=60.0)
    found = type(true).fit(Histories.of(x, t_x, T))
    at_truth, at_found = (model.log_likelihood(x, t_x, T).sum() for model in (true, found))
    assert at_truth - 1 <= at_found <= at_truth + 10  # twice the difference is chi-squared with 4 degrees
    assert found.r / found.alpha == pytest.approx(true.r / true.alpha, rel=0.1)


@pytest.mark.parametrize("horizon", [2.0, 15.0, 60.0])
@pytest.mark.parametrize("true", TRUE)
def test_the_probability_of_silence_is_how_often_simulated_customers_are_silent(true, horizon):
    x, t_x, T, silent = simulated(true, customers=40_000, until=40.0, horizon=horizon)
    expected = true.no_order_probability(x, t_x, T, horizon=horizon)
    tenth = pd.qcut(expected + 1e-9 * np.arange(len(x)), 10, labels=False)
    for k in range(10):
        share, told = silent[tenth == k].mean(), expected[tenth == k].mean()
        assert share == pytest.approx(told, abs=4 * np.sqrt(told * (1 - told) / 4_000) + 1e-3)


@pytest.mark.parametrize("model", TRUE)
def test_silence_gets_no_likelier_the_longer_it_has_to_last(model):
    x, t_x, T = np.array([0.0, 3.0, 800.0]), np.array([0.0, 20.0, 39.9]), np.full(3, 40.0)
    silences = np.array([model.no_order_probability(x, t_x, T, horizon=h) for h in (0.0, 1.0, 10.0, 1e4)])
    assert silences[0] == pytest.approx(1.0)
    assert (np.diff(silences, axis=0) <= 0).all()
    assert np.isfinite(silences).all()


def test_the_integral_agrees_with_the_printed_closed_form():
    model = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=4.0)
    x, t_x, T = np.array([0.0, 1.0, 8.0]), np.array([0.0, 5.0, 30.0]), np.array([39.0, 39.0, 31.0])
    ended = np.logaddexp(
        -(model.r + x) * np.log(model.alpha + T) - model.s * np.log(model.beta + T),
        model._log_ended(x, t_x, T),
    )
    assert ended == pytest.approx(closed_form(model, x, t_x, T), rel=1e-12)


def by_quadrature(model, x, t_x, T):
    """The logarithm of the integral, in pieces each of which is as long as all before it."""
    edges = t_x + (T - t_x) * np.concatenate([[0], 2.0 ** np.arange(-50, 1)])

    def fallen(u):
        far, near = np.log1p((u - t_x) / (model.beta + t_x)), np.log1p((u - t_x) / (model.alpha + t_x))
        return np.exp(-(model.r + x) * near - (model.s + 1) * far)

    total = sum(fixed_quad(fallen, *piece, n=60)[0] for piece in pairwise(edges))
    at_first = -(model.r + x) * np.log(model.alpha + t_x) - (model.s + 1) * np.log(model.beta + t_x)
    return np.log(model.s * total) + at_first


@pytest.mark.parametrize(
    "parameters",
    [
        (0.553, 10.578, 0.606, 11.669),
        (0.895, 62.0, 9.65, 11_042.0),
        (0.01, 1e-3, 0.01, 1e3),
        (0.3, 1e3, 0.01, 1e-3),
        (9.31, 326.0, 79.8, 3e-3),
        (1_000.0, 1_000.0, 1e-3, 1e-3),
        (0.5, 1e-3, 1_000.0, 1_000.0),
    ],
)
def test_the_integral_has_all_digits_however_far_apart_the_scales_are(parameters):
    model, histories = (
        ParetoNbd(*parameters),
        [(0, 0, 1), (0, 0, 500), (1, 30, 60), (40, 0.1, 90), (2e3, 9, 10)],
    )
    found = model._log_ended(*np.array(histories, dtype=float).T)
    expected = [by_quadrature(model, *history) for history in histories]
    assert found == pytest.approx(expected, abs=1e-11, rel=1e-14)


def test_equal_histories_are_kept_once_with_their_number():
    histories = Histories.of([0, 2, 0], [0, 5, 0], [9, 9, 9])
    assert histories.x.tolist() == [0, 2]
    assert histories.count.tolist() == [2, 1]


def test_a_sample_of_many_histories_is_the_same_for_the_same_seed(cdnow):
    first, again = cdnow.sample(100, seed=1), cdnow.sample(100, seed=1)
    assert first.count.sum() == 100
    assert first.x.tolist() == again.x.tolist()


@pytest.mark.parametrize("t_x", [11.0, np.nan])
def test_an_impossible_history_is_an_error(t_x):
    with pytest.raises(ValueError, match="t_x <= T"):
        Histories.of([1.0], [t_x], [10.0])


def test_a_pareto_nbd_expects_as_many_orders_as_are_simulated():
    """The published CDNOW parameters, in weeks, and customers drawn from them."""
    truth = ParetoNbd(0.553, 10.578, 0.606, 11.669)
    random = np.random.default_rng(5)
    rate, end = (
        random.gamma(0.553, 1 / 10.578, 60_000),
        random.exponential(1 / random.gamma(0.606, 1 / 11.669, 60_000)),
    )
    before, after = np.minimum(end, 30.0), np.clip(end, 30.0, 60.0) - 30.0
    x = random.poisson(rate * before)
    last = before * random.beta(np.maximum(x, 1), 1)
    expected = truth.expected_orders(
        x.astype(float), np.where(x > 0, last, 0.0), np.full(60_000, 30.0), horizon=30
    )
    actual = random.poisson(rate * after)
    assert expected.sum() == pytest.approx(actual.sum(), rel=0.02)
    assert expected[x >= 5].sum() == pytest.approx(actual[x >= 5].sum(), rel=0.03)


def test_a_pareto_nbd_whose_ends_come_at_rate_one_is_no_exception():
    history = (np.array([3.0]), np.array([20.0]), np.array([30.0]))
    near, at = (ParetoNbd(1.0, 10.0, s, 12.0).expected_orders(*history, horizon=10) for s in (1 + 1e-7, 1.0))
    assert at == pytest.approx(near, rel=1e-5)
