"""Churn as the end of a subscription: who is live, whose last contract ends, and who is left out."""

from __future__ import annotations

import pytest

from retain.config import Churn
from retain.events.tables import SUBSCRIPTIONS
from retain.learning.contract_churn import ENDED_BEFORE, OTHER_REASON
from retain.learning.labels import churned, eligible, judged, left_out
from strategies import DAY, FOREVER, Event, history

CHURN = Churn(when="ended", horizon=10, grace=5)
SURRENDER = CHURN.model_copy(update={"reasons": ("Surrender",)})
CUTOFF = 100


def contract(start, end=None, *, told=None, reason=None):
    until = FOREVER if end is None else end
    settled = FOREVER if end is None else (end if told is None else told) + 1
    return Event("a", start * DAY, SUBSCRIPTIONS, until=until, settled=settled, reason=reason)


def _made(rows):
    return history(rows, grace=CHURN.grace)


def _eligible(*rows):
    return eligible(_made(rows).view(CUTOFF), CHURN).tolist()[0]


def _churned(*rows, churn=CHURN):
    return churned(_made(rows), CUTOFF, churn).tolist()[0]


def _out(*rows, churn=SURRENDER):
    return [why for why, mask in left_out(_made(rows), CUTOFF, churn).items() if mask[0]]


@pytest.mark.parametrize(
    ("row", "is_customer"),
    [
        (contract(99), True),
        (contract(100), False),
        (contract(50, 99), False),
        (contract(50, 100), True),
        (contract(50, 105, told=60), True),  # an end that is announced leaves a customer until it comes
        (contract(50, 90, told=150), True),  # nobody could know
    ],
)
def test_a_customer_has_a_contract_that_runs(row, is_customer):
    assert _eligible(row) == is_customer


@pytest.mark.parametrize(("end", "is_lost"), [(100, True), (109, True), (110, False), (None, False)])
def test_a_customer_churns_when_the_contract_ends_in_the_horizon(end, is_lost):
    assert _churned(contract(50, end)) == is_lost


@pytest.mark.parametrize(("start", "is_lost"), [(104, False), (109, False), (110, True)])
def test_a_new_start_within_the_grace_is_a_renewal(start, is_lost):
    assert _churned(contract(50, 104), contract(start)) == is_lost


def test_a_renewal_that_ends_in_the_horizon_too_is_a_churn():
    assert _churned(contract(50, 101), contract(103, 106))


def test_of_several_contracts_the_last_to_end_decides():
    assert not _churned(contract(50, 104), contract(60))
    assert _churned(contract(50, 104), contract(60, 107))


def test_an_upgrade_is_no_churn():
    assert not _churned(contract(50, 104), contract(104))


def test_an_end_for_another_reason_is_left_out():
    dead = contract(50, 104, reason="Claim")
    assert (_churned(dead, churn=SURRENDER), _out(dead)) == (False, [OTHER_REASON])
    assert _churned(dead)


def test_an_end_without_a_reason_is_not_among_the_reasons():
    assert _out(contract(50, 104)) == [OTHER_REASON]


def test_an_end_for_another_reason_after_the_horizon_is_a_stay():
    assert _out(contract(50, 110, reason="Claim")) == []


def test_the_reason_is_that_of_the_contract_that_ended_last():
    rows = contract(50, 104, reason="Claim"), contract(60, 107, reason="Surrender")
    assert (_churned(*rows, churn=SURRENDER), _out(*rows)) == (True, [])


def test_who_had_left_already_is_neither_a_stay_nor_a_churn():
    gone = contract(50, 90, told=150)
    assert (_churned(gone), _out(gone, churn=CHURN)) == (False, [ENDED_BEFORE])
    assert not judged(_made([gone]), CUTOFF, CHURN)[0]
