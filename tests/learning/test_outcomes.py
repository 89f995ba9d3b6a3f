"""Whether some rows have something to teach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import backtests
from retain.errors import DataError
from retain.learning.outcomes import newest_cutoff, outcomes, two_outcomes


def test_churners_and_others_teach():
    assert two_outcomes(backtests.rows(cutoffs=1))


@pytest.mark.parametrize("who", [True, False])
def test_one_outcome_teaches_nothing(who):
    rows = backtests.rows(cutoffs=1)
    assert not two_outcomes(replace(rows, churned=np.full(len(rows), who)))


def test_outcomes_that_are_not_known_yet_are_asked_for_in_vain():
    with pytest.raises(DataError, match="horizon is not over"):
        outcomes(replace(backtests.rows(cutoffs=1), churned=None))


def test_the_newest_cutoff_is_the_last():
    assert newest_cutoff(backtests.rows(cutoffs=3)) == date(2011, 3, 2)


def test_no_rows_have_no_cutoff():
    rows = backtests.rows(cutoffs=1)
    with pytest.raises(DataError, match="no customer"):
        newest_cutoff(rows.rows(np.zeros(len(rows), bool)))
