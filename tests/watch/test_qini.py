"""The curve of those kept, in the order in which they are called."""

from __future__ import annotations

import numpy as np
import pytest

from retain.watch.qini import qini


def _people(*, rows=6000, right=True, seed=3):
    """A contact keeps half of the churners among the upper half of the scores, or of the lower half."""
    draw = np.random.default_rng(seed)
    score, contact = draw.uniform(size=rows), draw.uniform(size=rows) < 0.7
    kept = contact & ((score > 0.5) == right) & (draw.uniform(size=rows) < 0.5)
    return score, (draw.uniform(size=rows) < 0.5) | kept, contact


def test_the_curve_ends_at_all_who_were_kept():
    score, stayed, contact = _people()
    found = qini(score, stayed, contact)
    ratio = contact.sum() / (~contact).sum()
    assert found.kept[-1] == pytest.approx((stayed & contact).sum() - (stayed & ~contact).sum() * ratio)
    assert (found.share[0], found.kept[0], found.share[-1]) == (0, 0, 1)


def test_where_the_right_ones_are_called_first_the_area_is_above_zero():
    """All are kept within the first half: an area of 0.25 x 0.5 x 0.25 a customer contacted."""
    found = qini(*_people())
    assert found.low < 0.031 < found.high
    assert found.low > 0


def test_where_the_wrong_ones_are_called_first_the_area_is_below_zero():
    assert qini(*_people(right=False)).high < 0


@pytest.mark.parametrize("rows", [0, 100, 500])
def test_too_few_show_nothing(rows):
    assert qini(*_people(rows=rows)) is None


def test_with_one_outcome_only_there_is_no_curve():
    score, stayed, contact = _people()
    assert qini(score, stayed | True, contact) is None
