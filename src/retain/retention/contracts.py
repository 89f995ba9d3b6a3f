"""The SQL of who had a contract when: customers by their contracts, and what each brought a month."""

from __future__ import annotations

from retain.events.contracts import FOREVER
from retain.events.rows import TEN_THOUSANDTHS
from retain.retention import population
from retain.retention.periods import MONTHS, Scope
from retain.retention.population import Names, periods_relation

SUBSCRIBERS = Names("retain_contracts", "retain_subscribers")
"""Customers by their contracts."""

NO_REASON = "(no reason given)"
_NEVER = "DATE '9999-12-31'"


def contracts(scope: Scope, *, trials: bool, months: int) -> str:
    """The contracts that had started before the scope's end: code, began, ended, amount, reason.

    As they stood at the as-of: `ended` is far away where no end had been recorded by then. months: what an
    amount pays for; the table's is that of one month. Trials are left out unless `trials`; amounts below
    zero are nothing.
    """
    chosen = "" if trials else " AND NOT trial"
    return f"""SELECT code, time::DATE AS began,
            CASE WHEN until < {FOREVER} THEN DATE '1970-01-01' + until ELSE {_NEVER} END AS ended,
            greatest(coalesce(number, 0), 0) / {months} AS amount, ended_for AS reason
        FROM contract_terms JOIN customer_codes USING (customer)
        WHERE time < DATE '{scope.seen}'{chosen}"""


def subscribers(scope: Scope, segments: str | None) -> str:
    """One row a customer, as `population.people`: alive where a contract had begun and not ended before."""
    found = f"""SELECT code, min(began) AS first, max(least(ended, DATE '{scope.seen}' - 1)) AS last,
            coalesce(bit_or(moment), 0::HUGEINT) AS alive, coalesce(bit_or(era), 0::HUGEINT) AS present
        FROM {SUBSCRIBERS.days}
        LEFT JOIN {population.moments(scope)} ON moved > began AND moved <= ended
        LEFT JOIN {population.eras(scope)} ON start <= ended AND stop > began
        GROUP BY code"""
    return population.with_segments(found, segments)


def active(scope: Scope) -> str:
    """Customers with a contract at some time of a unit, by cohort and unit: as `cohorts.active`."""
    return f"""SELECT segment, date_trunc('{scope.by}', first)::DATE AS cohort, unit,
            count(DISTINCT code) AS customers
        FROM {SUBSCRIBERS.days} JOIN {_units(scope)} ON unit <= ended AND finish > began
        JOIN {SUBSCRIBERS.people} USING (code) GROUP BY ALL"""


def recurring_by_cohort(scope: Scope) -> str:
    """What the contracts that run at the end of a unit bring a month, by segment, cohort and unit."""
    return f"""SELECT segment, date_trunc('{scope.by}', first)::DATE AS cohort, unit,
            sum(amount) / {TEN_THOUSANDTHS} AS customers
        FROM {SUBSCRIBERS.days} JOIN {_units(scope)} ON finish <= ended AND finish > began
        JOIN {SUBSCRIBERS.people} USING (code) GROUP BY ALL"""


def movements(scope: Scope, *, segmented: bool) -> str:
    """The columns of `Recurring` by number of the period and segment (null: all)."""
    groups = "GROUPING SETS ((number), (number, segment))" if segmented else "GROUPING SETS ((number))"
    sums = {
        "start": ("was", "before"),
        "new": ("stays AND NOT was AND fresh", "after"),
        "reactivation": ("stays AND NOT was AND NOT fresh", "after"),
        "expansion": ("was AND stays AND after > before", "after - before"),
        "contraction": ("was AND stays AND after < before", "before - after"),
        "churned": ("was AND NOT stays", "before"),
        "end": ("stays", "after"),
    }
    chosen = ", ".join(
        f"""coalesce(sum({amount}) FILTER ({who}), 0) / {TEN_THOUSANDTHS} AS "{name}",
            count(*) FILTER ({who}) AS "{name}_customers\""""
        for name, (who, amount) in sums.items()
    )
    return f"""SELECT number, {"segment" if segmented else "NULL::VARCHAR AS segment"}, {chosen}
        FROM ({_movers(scope)}) GROUP BY {groups}"""


def reasons(scope: Scope, *, segmented: bool) -> str:
    """Customers who left and what they paid, by period, segment (null: all) and reason of their last end."""
    groups = "(number, reason), (number, segment, reason)" if segmented else "(number, reason)"
    left = f"""SELECT number, segment, before, coalesce(nullif(trim(reason), ''), '{NO_REASON}') AS reason
        FROM ({_movers(scope)}) WHERE was AND NOT stays"""
    return f"""SELECT number, {"segment" if segmented else "NULL::VARCHAR AS segment"}, reason,
            count(*) AS customers, sum(before) / {TEN_THOUSANDTHS} AS mrr
        FROM ({left}) GROUP BY GROUPING SETS ({groups}) ORDER BY number, customers DESC, reason"""


def _movers(scope: Scope) -> str:
    """One row a period and customer with a contract in it: what was paid at its start and at its end."""
    was, stays = (f"began < {at} AND ended >= {at}" for at in ("start", "stop"))
    return f"""SELECT number, segment, was, stays, before, after, reason, first >= start AS fresh
        FROM (SELECT number, code, any_value(start) AS start,
                bool_or({was}) AS was, bool_or({stays}) AS stays,
                coalesce(sum(amount) FILTER ({was}), 0) AS before,
                coalesce(sum(amount) FILTER ({stays}), 0) AS after,
                arg_max_null(reason, ended) FILTER (ended < stop) AS reason
            FROM {SUBSCRIBERS.days} JOIN {periods_relation(scope)} ON start <= ended AND stop > began
            GROUP BY number, code)
        JOIN {SUBSCRIBERS.people} USING (code)"""


def _units(scope: Scope) -> str:
    """The relation (unit, finish): the calendar units from that of the first contract on."""
    step, first = f"INTERVAL {MONTHS[scope.by]} MONTH", f"(SELECT min(began) FROM {SUBSCRIBERS.days})"
    units = (
        f"generate_series(date_trunc('{scope.by}', {first}), DATE '{scope.seen}' - INTERVAL 1 DAY, {step})"
    )
    return f"""(SELECT unit::DATE AS unit, (unit + {step})::DATE AS finish
        FROM (SELECT unnest({units}) AS unit)) units"""
