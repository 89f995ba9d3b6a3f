"""Cutoffs are complete, and what is trained on is over when what is tested begins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.config import Churn, Training
from retain.errors import DataError
from retain.learning.cutoffs import Cutoffs, complete, require_complete, training_cutoffs

START = date(2020, 1, 1)


def _cutoffs(days, *, horizon=30, cutoffs=12, every=30):
    return training_cutoffs(
        Training(cutoffs=cutoffs, every=every),
        Churn(horizon=horizon),
        start=START,
        end=START + timedelta(days=days),
    )


def test_the_newest_cutoff_is_as_late_as_its_horizon_allows():
    found = _cutoffs(365, cutoffs=3)
    assert [(t - START).days for t in found.all] == [275, 305, 335]
    assert found.test == START + timedelta(days=335)


@pytest.mark.parametrize(("end", "is_complete"), [(date(2020, 1, 30), False), (date(2020, 1, 31), True)])
def test_a_horizon_of_30_days_from_the_first_takes_all_of_january_s_first_30_days(end, is_complete):
    assert complete(START, horizon=30, end=end) is is_complete


def test_a_cutoff_that_cannot_be_labelled_is_an_error():
    message = (
        "cutoff 2020-01-01: its horizon of 30 days ends on 2020-01-31, but the data end before 2020-01-30"
    )
    with pytest.raises(DataError, match=message):
        require_complete(START, horizon=30, end=date(2020, 1, 30))


@pytest.mark.parametrize(("every", "train"), [(30, 2), (15, 1), (29, 1), (31, 2)])
def test_training_horizons_are_over_at_the_test_cutoff(every, train):
    assert len(_cutoffs(365, cutoffs=3, every=every).train) == train


def test_what_ends_on_the_test_cutoff_may_be_trained_on():
    dates = (START, START + timedelta(days=29), START + timedelta(days=30))
    assert Cutoffs(dates, horizon=29).train == dates[:1]
    assert Cutoffs(dates[1:], horizon=1).train == dates[1:2]


def test_a_cutoff_has_as_much_history_before_it_as_after_it():
    (only,) = _cutoffs(60).all
    assert only == START + timedelta(days=30)


def test_a_history_of_less_than_two_horizons_is_too_short():
    with pytest.raises(DataError, match=r"history of 59 days .* is too short: a horizon of 30 days needs 60"):
        _cutoffs(59)


def test_a_long_history_has_nothing_to_note():
    assert _cutoffs(2000).notes == ()


def test_a_short_history_says_how_many_cutoffs_it_holds():
    assert _cutoffs(120).notes == ("the history holds 3 of the 12 cutoffs asked for (training.cutoffs)",)


def test_a_history_without_an_earlier_complete_cutoff_says_so():
    found = _cutoffs(80, every=10)
    assert found.train == ()
    assert "the test is on other customers, not on a later time" in found.notes[1]


def test_a_long_history_with_its_cutoffs_too_near_is_told_how_far_apart_they_should_be():
    found = _cutoffs(3000, horizon=365)
    assert found.train == ()
    assert found.notes[-1].endswith("with cutoffs 67 days apart (training.every: 67)")
    assert len(_cutoffs(3000, horizon=365, every=67).train) == 6


@given(st.integers(60, 900), st.integers(1, 60), st.integers(1, 20))
def test_cutoffs_as_far_apart_as_advised_teach_the_newest(days, horizon, cutoffs):
    if days < 2 * horizon:
        return
    *_, last = ("", *_cutoffs(days, horizon=horizon, cutoffs=cutoffs, every=1).notes)
    if "training.every: " in last:
        apart = int(last.rsplit(" ", 1)[1].rstrip(")"))
        assert _cutoffs(days, horizon=horizon, cutoffs=cutoffs, every=apart).train


@given(st.integers(2, 900), st.integers(1, 90), st.integers(1, 20), st.integers(1, 90))
def test_no_training_horizon_reaches_into_the_test(days, horizon, cutoffs, every):
    if days < 2 * horizon:
        return
    found = _cutoffs(days, horizon=horizon, cutoffs=cutoffs, every=every)
    end = START + timedelta(days=days)
    assert all(complete(t, horizon=horizon, end=end) for t in found.all)
    assert all(t + timedelta(days=horizon) <= found.test for t in found.train)
