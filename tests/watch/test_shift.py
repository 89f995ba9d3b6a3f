"""A move is told from chance, and its size does not grow with the data."""

from __future__ import annotations

import numpy as np
import pytest

from retain.watch.shift import Shift, shift

TENTHS = [0.1] * 10
MOVED = [0.05] * 5 + [0.15] * 5


def _counts(generator, shares, rows):
    return generator.multinomial(rows, shares)


def test_the_index_is_that_of_its_formula():
    found = shift([5000, 5000], [6000, 4000])
    assert found.psi == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8), rel=1e-3)
    assert found.expected == pytest.approx(1 / 10_000 + 1 / 10_000)
    assert found.critical == pytest.approx(6.6349 * found.expected, rel=1e-4)


@pytest.mark.parametrize("rows", [200, 2000, 200_000])
def test_without_a_change_the_size_is_about_nothing(rows):
    generator = np.random.default_rng(1)
    draws = [shift(_counts(generator, TENTHS, 1000), _counts(generator, TENTHS, rows)) for _ in range(300)]
    assert np.mean([one.psi - one.expected for one in draws]) == pytest.approx(0, abs=0.005)
    assert np.mean([one.psi > one.critical for one in draws]) <= 0.03


def test_a_small_move_in_big_data_is_no_alarm():
    small = [0.095] * 5 + [0.105] * 5
    found = shift([100_000] * 10, [int(share * 1_000_000) for share in small])
    assert found.psi > found.critical
    assert found.level == "none"


@pytest.mark.parametrize("rows", [2000, 200_000])
def test_a_large_move_has_the_same_size_in_small_and_big_data(rows):
    generator = np.random.default_rng(2)
    found = shift(_counts(generator, TENTHS, rows), _counts(generator, MOVED, rows))
    assert found.size == pytest.approx(0.25 * np.log(3), abs=0.05)
    assert found.level == "large"


def test_many_looks_need_a_larger_move():
    assert shift([50] * 4, [60, 40, 50, 50], tests=50).critical > shift([50] * 4, [60, 40, 50, 50]).critical


@pytest.mark.parametrize(("before", "now"), [([0, 0], [5, 5]), ([5, 5], [0, 0]), ([5, 0], [7, 0]), ([], [])])
def test_nothing_to_compare_is_no_move(before, now):
    assert shift(before, now) == Shift(0.0, 0.0, 0.0)


def test_a_bin_that_was_empty_is_a_finite_move():
    found = shift([100, 100, 0], [50, 50, 100])
    assert found.level == "large"
    assert np.isfinite(found.to_json()["size"])
