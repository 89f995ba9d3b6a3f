"""Contracts that contradict themselves, each other, or what their customers did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from retain.events import sql
from retain.readiness.findings import Finding, Level
from retain.readiness.joins import before
from retain.readiness.source import Source

CONTRACTS = "check_contracts"
"""The relation of contracts: the source's columns, and customer, start_at, end_at."""

MANY = 0.05  # share of the contracts from which a contradiction is an error


def prepare(source: Source) -> None:
    """Make the relation of contracts, and `check_first`: the day each customer's first one began."""
    source.query(
        f"""CREATE OR REPLACE TEMP VIEW {CONTRACTS} AS SELECT *, retain_customer AS check_customer,
            retain_time AS check_start, retain_until AS check_end FROM {source.name}"""
    )
    source.query(
        f"""CREATE OR REPLACE TEMP TABLE check_first AS SELECT check_customer AS check_who,
            min(check_start)::DATE AS check_began FROM {CONTRACTS}
            WHERE check_customer IS NOT NULL AND check_start IS NOT NULL GROUP BY 1"""
    )


def judge(tables: Sequence[Source], *, as_of: date) -> Iterator[Finding]:
    """What is wrong with the contracts, where there are any."""
    source = next((one for one in tables if one.name == "subscriptions"), None)
    if source is None:
        return
    prepare(source)
    rows = source.query(f"SELECT count(*) FROM {CONTRACTS}")[0][0]
    if not rows:
        return
    yield from _turned(source, rows)
    yield from _overlapping(source, rows)
    yield from _scheduled(source, as_of=as_of)
    for other in tables:
        if other.is_events:
            yield from before(
                other, "check_first", "before-subscription", "their customer's first contract began"
            )
            yield from _before_own(source, other)


def _turned(source: Source, rows: int) -> Iterator[Finding]:
    turned = "check_end < check_start"
    count = source.query(f"SELECT count(*) FROM {CONTRACTS} WHERE {turned}")[0][0]
    if count:
        yield Finding(
            "end-before-start",
            Level.ERROR,
            f"subscriptions.{source.column('end')}",
            f"{count:,} of {rows:,} contracts ended before they began",
            "one of the two dates is wrong: correct it at the source",
            count,
            source.example(turned, order="check_start", relation=CONTRACTS),
        )


def _overlapping(source: Source, rows: int) -> Iterator[Finding]:
    """Contracts that begin while an earlier one of the same customer is live."""
    until = """max(coalesce(check_end, TIMESTAMP '9999-01-01')) OVER (PARTITION BY check_customer
        ORDER BY check_start, check_end ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"""
    lined = f"(SELECT *, {until} AS check_until FROM {CONTRACTS} WHERE check_start IS NOT NULL)"
    over = "check_start < check_until"
    count, customers = source.query(
        f"SELECT count(*), count(DISTINCT check_customer) FROM {lined} WHERE {over}"
    )[0]
    if not count:
        return
    most = count > 0.5 * rows
    yield Finding(
        "overlapping-contracts",
        Level.WARNING if most else Level.ADVICE,
        f"subscriptions.{source.column('start')}",
        f"{count:,} of {rows:,} contracts ({count / rows:.1%}), of {customers:,} customers, begin while an "
        "earlier one of the same customer is live",
        "several contracts at once are allowed, and a customer is lost when the last one ends; if a new one "
        "replaces the old one, the old one's end is missing",
        count,
        source.example(over, order="check_start, check_customer", relation=lined),
    )


def _scheduled(source: Source, *, as_of: date) -> Iterator[Finding]:
    later = f"check_end >= DATE '{as_of}'"
    count = source.query(f"SELECT count(*) FROM {CONTRACTS} WHERE {later}")[0][0]
    if count and source.column("known_at") is None:
        yield Finding(
            "scheduled-ends",
            Level.ADVICE,
            f"subscriptions.{source.column('end')}",
            f"{count:,} contracts end on or after {as_of}",
            "an end that lies ahead is unknown to the model unless `known_at` names the column that says "
            "when it was recorded",
            count,
            source.example(later, order="check_end", relation=CONTRACTS),
        )


def _before_own(source: Source, other: Source) -> Iterator[Finding]:
    """Rows that name a contract, by a column of the same name, which had not begun yet."""
    roles = source.roles()
    shared = [name for name in source.types if name in other.types and name not in roles]
    for name in shared:
        if source.types[name] != other.types[name] or not _is_key(source, name):
            continue
        key = sql.name(name)
        began = f"(SELECT {key} AS check_key, check_start FROM {CONTRACTS} WHERE check_start IS NOT NULL)"
        joined = f"{other.name} JOIN {began} ON {other.name}.{key} = check_key"
        early = "retain_reason IS NULL AND retain_time::DATE < check_start::DATE"
        count, all_ = other.query(f"SELECT count(*) FILTER ({early}), count(*) FROM {joined}")[0]
        if not count:
            continue
        yield Finding(
            "before-subscription",
            Level.ERROR if count > MANY * all_ else Level.WARNING,
            f"{other.name}.{name}",
            f"{count:,} of {all_:,} rows ({count / all_:.1%}) lie before the contract began that they name "
            f"by {name}",
            "nobody uses what is not there yet: the times or the contract numbers are wrong, or the rows "
            "are made up",
            count,
            other.example(early, order="retain_time, retain_id", relation=joined),
        )


def _is_key(source: Source, name: str) -> bool:
    """Whether a column of the contracts tells every one apart."""
    rows, known, distinct = source.query(
        f"SELECT count(*), count({sql.name(name)}), approx_count_distinct({sql.name(name)}) FROM {source.raw}"
    )[0]
    if known < rows or distinct < 0.8 * rows:
        return False
    exact = source.query(f"SELECT count(DISTINCT {sql.name(name)}) FROM {source.raw}")[0][0]
    return bool(exact == rows)
