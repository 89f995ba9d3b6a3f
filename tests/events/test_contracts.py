"""What a customer's contracts say at a cutoff: to the day, and only what was known then."""

from __future__ import annotations

import numpy as np
import pytest

from retain.events.tables import SUBSCRIPTIONS
from strategies import DAY, FOREVER, Event, history


def contract(start, end=None, *, told=None, amount=None, **more):
    """A contract of customer a. told: the day its end was recorded, by default the end itself."""
    until = FOREVER if end is None else end
    settled = FOREVER if end is None else (end if told is None else told) + 1
    number = None if amount is None else amount * 10_000
    return Event("a", start * DAY, SUBSCRIPTIONS, number=number, until=until, settled=settled, **more)


def word(name, *rows, cutoff=100, grace=30, ago=None):
    """One word of the contracts, for the one customer."""
    made = history([*rows, Event("b", 10**5)], ids=["a", "b"], grace=grace)
    contracts = made.view(cutoff).span("subscriptions").contracts(ago=ago)
    return getattr(contracts, name)()[0]


@pytest.mark.parametrize(
    ("start", "end", "runs"), [(99, None, 1), (100, None, 0), (50, 99, 0), (50, 100, 1), (50, 500, 1)]
)
def test_a_contract_runs_from_its_start_until_its_end(start, end, runs):
    assert word("live", contract(start, end)) == runs


@pytest.mark.parametrize(("told", "left"), [(60, 20.0), (99, 20.0), (100, np.nan), (None, np.nan)])
def test_an_end_to_come_is_known_once_it_is_recorded(told, left):
    np.testing.assert_equal(word("left", contract(50, 120, told=told)), left)


def test_an_end_recorded_late_leaves_the_contract_running():
    assert word("live", contract(50, 80, told=110)) == 1
    assert word("live", contract(50, 80, told=110), cutoff=111) == 0


def test_several_contracts_end_with_the_last():
    both = contract(10, 110, told=20), contract(20, 130, told=30)
    assert (word("live", *both), word("left", *both)) == (2, 30)
    assert np.isnan(word("left", *both, contract(40)))


def test_the_amounts_of_the_contracts_that_run_are_added_up():
    rows = contract(10, 90, amount=5), contract(20, amount=7), contract(30, amount=8), contract(40)
    assert word("amount", *rows) == 15
    assert word("amount", *rows, ago=75) == 12


def test_the_first_amount_is_of_the_first_contract_that_cost_anything():
    trial, paid = contract(10, 20, amount=0, trial=True), contract(20, amount=7)
    assert word("first_paid", trial, paid, contract(30, amount=9)) == 7
    assert np.isnan(word("first_paid", trial, contract(20)))
    assert np.isnan(word("first_paid", contract(100, amount=7)))


@pytest.mark.parametrize(("second", "breaks", "age"), [(50, 0, 90), (80, 0, 90), (81, 1, 19)])
def test_a_pause_longer_than_the_grace_is_a_break(second, breaks, age):
    rows = contract(10, 50), contract(second)
    assert (word("breaks", *rows), word("spell_age", *rows)) == (breaks, age)


def test_who_has_no_contract_any_more_has_left_once():
    assert word("breaks", contract(10, 60)) == 1
    assert word("breaks", contract(10)) == 0


def test_an_upgrade_is_a_change_and_no_break():
    rows = contract(10, 60, amount=5), contract(60, amount=9)
    assert (word("age_of_change", *rows), word("breaks", *rows)) == (40, 0)
    assert (word("amount", *rows), word("amount", *rows, ago=50)) == (9, 5)


def test_the_term_is_what_was_agreed_or_what_the_contract_before_ran():
    assert word("term", contract(90, term=30)) == 30
    assert word("term", contract(10, 80), contract(80)) == 70
    assert np.isnan(word("term", contract(80)))


@pytest.mark.parametrize(("start", "days"), [(99, 29), (71, 1), (70, 30), (69, 29)])
def test_a_contract_renews_after_each_term(start, days):
    assert word("renewal", contract(start, term=30)) == days


def test_the_current_contract_is_the_one_started_last_that_runs():
    rows = contract(10, trial=True), contract(50, 70)
    assert (word("trial", *rows), word("age", *rows)) == (1, 90)


def test_who_never_had_a_contract_is_unknown():
    found = [word(name) for name in ("live", "age", "amount", "left", "term", "trial", "breaks")]
    np.testing.assert_array_equal(found, [0, np.nan, np.nan, np.nan, np.nan, np.nan, 0])
