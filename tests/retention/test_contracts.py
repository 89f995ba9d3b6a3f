"""What the engine counts in contracts is what pen and paper count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

import ledgers
from ledgers import BEGAN, DAYS, Contract, day, period
from retain.retention import contracts, population
from retain.retention.cohorts import sizes
from retain.retention.contracts import NO_REASON, SUBSCRIBERS
from retain.retention.periods import Scope
from retain.retention.revenue import MOVEMENTS, Recurring


def scope_of(whole):
    end = BEGAN + timedelta(days=DAYS + 100)
    return Scope.of(whole, by="month", as_of=end, reached=end, began=BEGAN, active_within=0)


def counted(rows, whole, *, trials=False, months=1):
    """The engine with the tables made, and the scope."""
    scope, connection = scope_of(whole), ledgers.engine(rows)
    tables = {
        SUBSCRIBERS.days: contracts.contracts(scope, trials=trials, months=months),
        SUBSCRIBERS.people: contracts.subscribers(scope, None),
    }
    for name, query in tables.items():
        connection.execute(f"CREATE TABLE {name} AS {query}")
    return connection, scope


def found(connection, query):
    return connection.sql(query).df().to_dict("records")


def moved(rows, whole, **options):
    """The recurring revenue of the whole period."""
    connection, scope = counted(rows, whole, **options)
    money = found(connection, contracts.movements(scope, segmented=False))
    row = next((row for row in money if row["number"] == len(scope.parts)), None)
    return Recurring(*[0.0] * len(MOVEMENTS)) if row is None else Recurring.of(row)


def contract(who, start, end=None, amount=10, reason=None, trial=False):
    return Contract(who, day(start), None if end is None else day(end), amount, reason, trial)


APRIL = period("2019-04-01", "2019-04-30")


@settings(max_examples=12, deadline=None)
@given(ledgers.contracts(), ledgers.periods())
def test_every_period_moves_from_its_start_to_its_end(rows, whole):
    connection, scope = counted(rows, whole)
    money = found(connection, contracts.movements(scope, segmented=False))
    for row in money:
        at, one = scope.periods[int(row["number"])], Recurring.of(row)
        before, after = ledgers.paid(rows, at.start), ledgers.paid(rows, at.stop)
        assert (one.start, one.end) == (sum(before.values()), sum(after.values()))
        gained = one.new + one.expansion + one.reactivation
        assert one.end == one.start + gained - one.contraction - one.churned
        assert one.churned == sum(amount for who, amount in before.items() if who not in after)
        assert one.customers["churned"] == len(before.keys() - after.keys())
        assert one.grr is None or one.grr <= 100


@settings(max_examples=12, deadline=None)
@given(ledgers.contracts(), ledgers.periods())
def test_who_has_a_contract_is_counted_at_both_ends(rows, whole):
    connection, scope = counted(rows, whole)
    first = {who: min(row.start for row in rows if row.who == who) for who in {row.who for row in rows}}
    for row in found(connection, population.counted(SUBSCRIBERS, scope, segmented=False)):
        at = scope.periods[int(row["number"])]
        start, end = (set(ledgers.paid(rows, moment)) for moment in (at.start, at.stop))
        new = {who for who in end if first[who] >= at.start}
        assert (row["started"], row["ended"], row["kept"]) == (len(start), len(end), len(start & end))
        assert row["fresh"] == len(new)


@settings(max_examples=8, deadline=None)
@given(ledgers.contracts(), ledgers.periods())
def test_cohorts_sum_to_the_customers(rows, whole):
    connection, scope = counted(rows, whole)
    begun = {row.who for row in rows if row.start < scope.seen}
    assert sum(row["customers"] for row in found(connection, sizes(SUBSCRIBERS, scope))) == len(begun)


@pytest.mark.parametrize(
    ("rows", "moves"),
    [
        ([contract("a", "2019-04-10")], {"new": 10, "end": 10}),
        ([contract("a", "2019-01-10")], {"start": 10, "end": 10}),
        ([contract("a", "2019-01-10", "2019-04-20")], {"start": 10, "churned": 10}),
        (
            [contract("a", "2019-01-10", "2019-04-20"), contract("a", "2019-04-20", amount=15)],
            {"start": 10, "expansion": 5, "end": 15},
        ),
        (
            [contract("a", "2019-01-10"), contract("a", "2019-01-10", "2019-04-05", amount=7)],
            {"start": 17, "contraction": 7, "end": 10},
        ),
        (
            [contract("a", "2019-01-10", "2019-02-10"), contract("a", "2019-04-20", amount=8)],
            {"reactivation": 8, "end": 8},
        ),
        ([contract("a", "2019-01-10", amount=0), contract("a", "2019-04-20")], {"expansion": 10, "end": 10}),
        ([contract("a", "2019-04-05", "2019-04-20")], {}),
    ],
    ids=[
        "new",
        "stays",
        "churned",
        "upgraded",
        "one of two ended",
        "came back",
        "from free to paid",
        "passed by",
    ],
)
def test_each_movement(rows, moves):
    one = moved(rows, APRIL)
    assert {name: getattr(one, name) for name in MOVEMENTS} == {**dict.fromkeys(MOVEMENTS, 0.0), **moves}


def test_a_contract_that_ends_with_a_day_is_live_at_its_beginning():
    one = moved([contract("a", "2019-01-10", "2019-04-01"), contract("b", "2019-04-01")], APRIL)
    assert (one.start, one.churned, one.new) == (10, 10, 10)


def test_trials_count_only_where_they_are_asked_for():
    rows = [contract("a", "2019-01-10", trial=True)]
    assert moved(rows, APRIL).start == 0
    assert moved(rows, APRIL, trials=True).start == 10


def test_a_yearly_amount_counts_a_twelfth():
    assert moved([contract("a", "2019-01-10", amount=120)], APRIL, months=12).start == 10


def test_the_reason_is_that_of_the_contract_that_ended_last():
    rows = [
        contract("a", "2019-01-10", "2019-04-05", reason="price"),
        contract("a", "2019-01-10", "2019-04-25", reason="card"),
        contract("b", "2019-01-10", "2019-04-25", reason=" "),
        contract("c", "2019-01-10", "2019-04-05", reason="price"),
        contract("c", "2019-02-10"),
    ]
    connection, scope = counted(rows, APRIL)
    last = [row for row in found(connection, contracts.reasons(scope, segmented=False)) if row["number"] == 1]
    assert {row["reason"]: (row["customers"], row["mrr"]) for row in last} == {
        "card": (1, 20),
        NO_REASON: (1, 10),
    }


def test_a_cohorts_recurring_revenue_is_that_at_the_ends_of_its_months():
    rows = [contract("a", "2019-02-10", "2019-03-15"), contract("b", "2019-02-20", amount=30)]
    connection, scope = counted(rows, APRIL)
    cells = {
        str(row["unit"])[:7]: row["customers"]
        for row in found(connection, contracts.recurring_by_cohort(scope))
    }
    assert cells == {"2019-02": 40, "2019-03": 30, "2019-04": 30}
    active = {str(row["unit"])[:7]: row["customers"] for row in found(connection, contracts.active(scope))}
    assert active == {"2019-02": 2, "2019-03": 2, "2019-04": 1}
