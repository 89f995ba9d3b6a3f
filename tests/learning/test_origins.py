"""Where a backtest stands, and what it may know there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import backtests
from retain.errors import DataError
from retain.learning.origins import origins

DAY = np.timedelta64(1, "D")


def found(data, folds=3, **training):
    return origins(data, backtests.config(training=training).training, folds)


def test_the_newest_cutoffs_are_tested_the_oldest_first():
    able, notes = found(backtests.rows(cutoffs=7))
    assert [one.cutoff for one in able] == [date(2011, 5, 1), date(2011, 5, 31), date(2011, 6, 30)]
    assert notes == ()


@pytest.mark.parametrize("position", range(3))
def test_only_what_was_over_is_learnt_from(position):
    one = found(backtests.rows(cutoffs=7))[0][position]
    newest = one.learnt().cutoff.max()
    assert newest + backtests.HORIZON * DAY == np.datetime64(one.cutoff)


def test_a_fold_learns_from_no_more_cutoffs_than_training_would():
    one = found(backtests.rows(cutoffs=9), cutoffs=4)[0][-1]
    learnt = np.unique(one.learnt().cutoff)
    assert learnt[0] == np.datetime64(one.cutoff) - 3 * backtests.EVERY * DAY
    assert len(learnt) == 2  # the cutoff itself and the one before are not over


def test_a_fold_that_nothing_comes_before_is_left_out_and_said():
    able, notes = found(backtests.rows(cutoffs=4))
    assert len(able) == 2
    assert "2 of the 3 folds" in notes[0]


def test_a_short_history_is_tested_on_customers_unseen():
    able, notes = found(backtests.rows(cutoffs=2))
    assert [one.unseen for one in able] == [True]
    assert able[0].past.all()
    assert "had not seen" in notes[0]


def test_nothing_can_be_tested_where_nobody_churns():
    data = backtests.rows(cutoffs=2)
    with pytest.raises(DataError, match="nobody or everybody"):
        found(replace(data, churned=np.zeros(len(data), bool)))


def test_no_rows_are_no_test():
    with pytest.raises(DataError, match="no customer"):
        found(backtests.rows(cutoffs=0))
