"""Amounts: far too large, negative, zero, taken back by their opposite on the same day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from retain.events.rows import TEN_THOUSANDTHS
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

FAR = 50
"""How many times the 99 % quantile of the amounts' sizes an outlier is at least."""

ENOUGH = 100  # rows that a quantile is taken from

_USABLE = "retain_reason IS NULL AND retain_customer IS NOT NULL AND retain_number IS NOT NULL"


@dataclass(frozen=True)
class Amounts:
    """Rows with an amount, how many are negative and zero; `typical`: the 99 % quantile of their sizes."""

    rows: int
    negative: int
    zero: int
    typical: float
    largest: float


STEPS = 50
"""Parts that each e-fold of amounts is counted in: quantiles are exact to two percent."""


def measure(source: Source) -> Amounts:
    """The amounts of the usable rows, in one scan; the same however the engine shares it out."""
    found = source.query(
        f"""SELECT CASE WHEN retain_number <> 0 THEN floor(ln(abs(retain_number)) * {STEPS}) END AS part,
            count(*), count(*) FILTER (retain_number < 0), max(abs(retain_number))
            FROM {source.name} WHERE {_USABLE} GROUP BY 1 ORDER BY 1 NULLS FIRST"""
    )
    rows = sum(row[1] for row in found)
    return Amounts(
        rows=rows,
        negative=sum(row[2] for row in found),
        zero=sum(row[1] for row in found if row[0] is None),
        typical=_quantile([(row[0], row[1]) for row in found], 0.99 * rows) / TEN_THOUSANDTHS,
        largest=max((row[3] for row in found), default=0) / TEN_THOUSANDTHS,
    )


def _quantile(parts: Sequence[tuple[float | None, int]], rank: float) -> float:
    """The upper end of the part in which so many rows are reached."""
    seen = 0
    for part, rows in parts:
        seen += rows
        if seen >= rank:
            return 0.0 if part is None else exp((part + 1) / STEPS)
    return 0.0


def judge(source: Source) -> Iterator[Finding]:
    """What is odd about the amounts of the orders."""
    column = source.column("amount")
    if column is None:
        return
    found, where = measure(source), f"{source.name}.{column}"
    if found.rows >= ENOUGH and found.largest > FAR * found.typical > 0:
        yield _outliers(source, found, where)
    if found.negative:
        yield from _taken_back(source, where)
        yield _negative(source, found, where)
    if found.zero > 0.01 * found.rows:
        yield Finding(
            "zero-amounts",
            Level.ADVICE,
            where,
            f"{found.zero:,} of {found.rows:,} rows ({found.zero / found.rows:.1%}) have an amount of zero",
            "they count as orders; if they are samples or price checks, leave them out with `where`",
            found.zero,
            source.example(f"{_USABLE} AND retain_number = 0", order="retain_time"),
        )


def _outliers(source: Source, found: Amounts, where: str) -> Finding:
    limit = FAR * found.typical
    far = f"{_USABLE} AND abs(retain_number) > {limit * TEN_THOUSANDTHS:.0f}"
    count = source.query(f"SELECT count(*) FROM {source.name} WHERE {far}")[0][0]
    return Finding(
        "outliers",
        Level.WARNING,
        where,
        f"{_rows(count)} beyond {limit:,.2f} ({FAR} times the 99 % quantile); the largest is "
        f"{found.largest:,.2f}",
        "see whether they are mistakes (a decimal point, a test) or one very large customer; sums and values "
        "of those customers rest on them",
        count,
        source.example(far, order="abs(retain_number) DESC, retain_time"),
    )


def _rows(count: int) -> str:
    return "1 row lies" if count == 1 else f"{count:,} rows lie"


def _negative(source: Source, found: Amounts, where: str) -> Finding:
    share = found.negative / found.rows
    turned = share > 0.5
    return Finding(
        "mostly-negative" if turned else "negative-amounts",
        Level.ERROR if turned else Level.ADVICE,
        where,
        f"{found.negative:,} of {found.rows:,} rows ({share:.1%}) have a negative amount",
        "most rows would count as returns: turn the sign round at the source"
        if turned
        else "they count as returns: they lower what a customer spent, and keep nobody active",
        found.negative,
        source.example(f"{_USABLE} AND retain_number < 0", order="retain_time"),
    )


def _taken_back(source: Source, where: str) -> Iterator[Finding]:
    """Amounts that the same customer's opposite amount of the same day takes back."""
    pairs = f"""WITH back AS (SELECT retain_customer AS customer, retain_time::DATE AS day,
                    -retain_number AS number, count(*) AS n, min(retain_time) AS taken
                FROM {source.name} WHERE {_USABLE} AND retain_number < 0 GROUP BY ALL),
            placed AS (SELECT retain_customer AS customer, retain_time::DATE AS day,
                    retain_number AS number, count(*) AS n, min(retain_time) AS placed
                FROM {source.name} SEMI JOIN back ON retain_customer = back.customer
                    AND retain_number = back.number AND retain_time::DATE = back.day
                WHERE {_USABLE} GROUP BY ALL)
        SELECT sum(least(back.n, placed.n)) OVER ()::BIGINT, customer, number, placed, taken
        FROM placed JOIN back USING (customer, day, number)
        ORDER BY number DESC, customer LIMIT 1"""
    for count, customer, number, placed, taken in source.query(pairs):
        amount = number / TEN_THOUSANDTHS
        yield Finding(
            "taken-back",
            Level.ADVICE,
            where,
            f"{count:,} amounts were taken back by their opposite on the same day; the largest is "
            f"{amount:,.2f} of customer {customer}, placed at {placed:%Y-%m-%d %H:%M} and "
            f"cancelled at {taken:%H:%M}",
            "nothing: such an order is taken out together with its cancellation, as if it had never been",
            count,
            {
                source.columns.customer: customer,
                source.columns.time: placed,
                source.columns.amount: amount,
            },
        )
