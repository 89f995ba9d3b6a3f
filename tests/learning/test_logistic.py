"""The logistic regression finds what scikit-learn finds, whichever penalties were asked for before."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from retain.learning import logistic
from retain.learning.logistic import REFERENCE, LogisticRows

RIDGES = [0.01, 0.3, 5.0, REFERENCE, 100.0]


def rows(count=900, *, shift=-1.0, seed=4):
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(count, 6))
    matrix[:, 5] = matrix[:, 4] > 0.5  # as flags are
    outcomes = generator.logistic(size=count) < matrix @ [2, -1, 0.5, 0, 0, 1] + shift
    return LogisticRows(matrix, outcomes, generator.choice([0.5, 1.0, 3.0], count))


@pytest.mark.parametrize("ridge", RIDGES)
@pytest.mark.parametrize("shift", [-6.0, 0.0])
def test_the_coefficients_are_those_of_scikit_learn(ridge, shift):
    here = rows(shift=shift)
    known = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-13, max_iter=100)
    known.fit(here.matrix, here.outcomes, sample_weight=here.weight)
    found = here.fit(ridge)
    np.testing.assert_allclose(found, [*known.coef_[0], *known.intercept_], rtol=1e-8, atol=1e-9)


def test_what_was_asked_before_changes_no_bit():
    here = rows()
    forth = [here.fit(ridge) for ridge in RIDGES]
    back = [here.fit(ridge) for ridge in RIDGES[::-1]][::-1]
    alone = [rows().fit(ridge) for ridge in RIDGES]
    np.testing.assert_array_equal(forth, alone)
    np.testing.assert_array_equal(back, alone)


def test_a_weight_of_two_is_the_row_twice():
    here, twice = rows(), np.arange(900) % 3 == 0
    weighted = LogisticRows(here.matrix, here.outcomes, here.weight * np.where(twice, 2, 1))
    doubled = [np.concatenate([one, one[twice]]) for one in (here.matrix, here.outcomes, here.weight)]
    np.testing.assert_allclose(weighted.fit(1.0), LogisticRows(*doubled).fit(1.0), rtol=1e-9)


def test_outcomes_that_a_column_tells_for_sure_have_a_solution_too():
    matrix = np.linspace(-3, 3, 400)[:, None]
    found = LogisticRows(matrix, matrix[:, 0] > 0, np.ones(400)).fit(1e-9)
    p = expit(matrix[:, 0] * found[0] + found[1])
    assert np.isfinite(found).all()
    assert np.abs(p - (matrix[:, 0] > 0)).max() < 0.01


def test_columns_that_say_the_same_share_the_coefficient():
    one = rows()
    same = LogisticRows(np.column_stack([one.matrix, one.matrix[:, 0]]), one.outcomes, one.weight)
    found = same.fit(0.3)
    assert found[0] == pytest.approx(found[6])


def test_another_penalty_needs_the_curvature_no_more_than_twice(monkeypatch):
    here, taken = rows(), []
    here.fit(REFERENCE), here._beside
    anew = LogisticRows._curvature
    monkeypatch.setattr(LogisticRows, "_curvature", lambda *given: taken.append(1) or anew(*given))
    for ridge in (5.0, 20.0):
        here.fit(ridge)
    assert len(taken) <= 2


def test_the_size_of_a_piece_changes_nothing_that_counts(monkeypatch):
    whole = rows().fit(1.0)
    monkeypatch.setattr(logistic, "PIECE", 7)
    np.testing.assert_allclose(rows().fit(1.0), whole, rtol=1e-10)
