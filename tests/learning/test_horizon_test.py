"""The published risks are judged on rows that nothing was learnt from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retain.learning.horizon_test import judge_curve
from retain.learning.lifetimes import Lifetimes
from retain.learning.recipe import Recipe, Workbench
from subscriber_rows import LOGIT, subscribers


@pytest.fixture(scope="module")
def report():
    return judge_curve(Workbench(7), LOGIT, Recipe("logit"), subscribers())


def test_published_risks_are_tested_on_a_later_time_or_on_other_customers(report):
    found = {one.horizon: one for one in report.calibration}
    assert [(one.cutoff, one.later) for one in found.values()] == [
        ("2020-04-30", True),
        ("2020-04-30", True),
        ("2020-04-30", True),
        ("2020-04-30", False),
    ]
    assert found[30].rows > found[365].rows > 300  # a share of the customers is held out for the longest


def test_published_risks_are_what_was_lost_within_sampling_error(report):
    for one in report.calibration:
        error = np.sqrt(one.lost * (1 - one.lost) / one.rows)
        assert abs(one.risk - one.lost) < 3 * error + 0.01
        assert one.auc > 0.65
        assert one.ece < 0.06


def test_the_concordance_stands_beside_kaplan_meiers_by_tenure(report):
    assert report.concordance > 0.65 > 0.55 > report.by_tenure > 0.45
    assert report.to_json()["concordance_by_tenure"] == report.by_tenure


def test_nothing_can_be_told_where_nobody_was_lost():
    rows = subscribers(300)
    nobody = replace(rows, lives=Lifetimes(np.full(len(rows), np.inf), rows.lives.followed))
    assert judge_curve(Workbench(7), LOGIT, Recipe("logit"), nobody) is None
