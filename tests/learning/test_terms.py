"""Lists are judged by what this business's customers are worth, where that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import backtests
from retain.learning.profit import Offer
from retain.learning.spend_horizon import SpendHorizon
from retain.learning.terms import terms


def spending(per_customer):
    rows = backtests.rows(cutoffs=1)
    return replace(rows, spent=np.where(rows.churned, 0.0, per_customer))


def test_without_amounts_the_published_value_is_taken():
    judged = terms(backtests.config(), backtests.rows(cutoffs=1))
    assert judged.offer == Offer()
    assert judged.worth == "200, as the measure's authors take"


def test_a_customer_is_worth_the_margin_of_those_who_stayed():
    config = backtests.config(value={"margin": 0.5, "horizon": 365})
    judged = terms(config, spending(80.0), SpendHorizon(365, 365))
    assert judged.offer.value == 40.0
    assert judged.worth == (
        "40: margin 0.5 (value.margin) times the mean spend of those who stayed in 365 days"
    )


def test_days_that_the_history_does_not_show_do_not_count():
    judged = terms(backtests.config(), spending(50.0), SpendHorizon(73, 365))
    assert judged.offer.value == 50.0
    assert "73 days (as many as the history shows of the 365 of value.horizon)" in judged.worth


def test_what_is_not_known_yet_does_not_count():
    rows = spending(80.0)
    unknown = replace(rows, spent=np.where(np.arange(len(rows)) % 2, np.nan, rows.spent))
    assert terms(backtests.config(), unknown, SpendHorizon(365, 365)).offer.value == 80.0


def test_customers_who_spend_nothing_are_worth_what_is_published():
    assert terms(backtests.config(), spending(0.0), SpendHorizon(365, 365)).offer == Offer()
