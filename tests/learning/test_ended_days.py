"""Pareto/NBD's integral, day by day."""

from __future__ import annotations

import numpy as np
import pytest

from retain.learning import ended_days
from retain.learning.btyd import ParetoNbd
from retain.learning.ended_days import log_ended, serves

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
MODELS = [
    (0.895, 62.0, 9.65, 11_042.0),  # of benchmarks/road.py
    (0.553, 74.0, 0.606, 81.7),  # CDNOW, in days
    (5.0, 0.3, 0.5, 0.3),
    (0.5, 0.3, 3.0, 300.0),
    (3.0, 3e5, 3.0, 0.3),
    (0.01, 0.3, 0.01, 3e5),
]


def histories(n=6_000, *, seed=0):
    """Order days never outnumber days; some ordered once, some on the last day."""
    rng = np.random.default_rng(seed)
    T = rng.integers(1, 731, n).astype(float)
    t_x = np.floor(rng.uniform(0, 1, n) * (T + 1))
    x = np.minimum(np.floor(rng.uniform(0, 1, n) ** 2 * (t_x + 1)), t_x)
    return x, np.where(x == 0, 0.0, t_x), T


def finely(parameters, x, t_x, T):
    """The integral in some thousand pieces, of which those near the first order are tiny."""
    r, alpha, s, beta = parameters
    inner = np.linspace(t_x, T, 2_000) if t_x else np.concatenate([[0], np.geomspace(1e-4, T, 2_000)])
    half = np.diff(inner)[:, None] / 2
    u = inner[:-1, None] + half * (1 + NODES)
    logs = -(r + x) * np.log(alpha + u) - (s + 1) * np.log(beta + u)
    return logs.max() + np.log(s * np.sum(half * WEIGHTS * np.exp(logs - logs.max())))


@pytest.mark.parametrize("parameters", MODELS)
def test_sums_of_days_are_the_integral(parameters):
    x, t_x, T = histories()
    assert serves(parameters, x, t_x, [T])
    (found,) = log_ended(parameters, x, t_x, [T])
    some = np.flatnonzero(t_x < T)[:40]
    expected = [finely(parameters, *each) for each in zip(x[some], t_x[some], T[some], strict=True)]
    assert found[some] == pytest.approx(expected, abs=1e-10, rel=0)


@pytest.mark.parametrize("parameters", MODELS)
def test_they_agree_with_the_formula_of_one_piece(parameters):
    x, t_x, T = histories(seed=1)
    near, far = log_ended(parameters, x, t_x, [T, T + 60])
    one = ParetoNbd(*parameters)
    assert near == pytest.approx(one._log_ended(x, t_x, T), abs=1e-10)
    assert far == pytest.approx(one._log_ended(x, t_x, T + 60), abs=1e-10)


def test_what_is_expected_of_those_who_stay_does_not_depend_on_the_way(monkeypatch):
    x, t_x, T = histories(n=60_000, seed=2)
    recent = (T - t_x < 60) & (x < 20)  # of whoever is surely gone, only last digits are left to compare
    model, history = ParetoNbd(*MODELS[1]), (x[recent], t_x[recent], T[recent])
    quick = model.orders_if_staying(*history, near=60, horizons=(90, 365))
    monkeypatch.setattr(ended_days, "FEW", 10**9)
    direct = model.orders_if_staying(*history, near=60, horizons=(90, 365))
    assert np.concatenate(quick) == pytest.approx(np.concatenate(direct), rel=1e-6)


def test_nobody_has_ended_whose_last_order_is_at_the_end():
    x, t_x, _ = histories()
    (found,) = log_ended(MODELS[0], x, t_x, [t_x])
    assert np.isneginf(found).all()


def test_parts_of_days_few_histories_and_steep_days_are_left_to_the_formula():
    x, t_x, T = histories()
    assert not serves(MODELS[0], x, t_x, [T + 0.5])
    assert not serves(MODELS[0], x[:100], t_x[:100], [T[:100]])
    assert not serves((1.0, 60.0, 1_000.0, 0.3), x, t_x, [T])
    assert not serves(MODELS[0], x, t_x, [T * 1e6])
