"""Rows that are no good: without a customer, unreadable, twice, of a customer who is none."""

from __future__ import annotations

from collections.abc import Iterator

from retain.events import sql
from retain.events.tables import END_BEFORE_START, FUTURE_TIME, UNREADABLE_LINE, TableSummary
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

NOTICEABLE = 0.01
"""Share of a table's rows from which something wrong with them is a warning and no mere advice."""

MANY = 0.05  # of all rows, of one customer
PLACEHOLDERS = ("0", "-1", "guest", "unknown", "anonymous", "null", "none", "n/a", "na", "nan", "test")


def judge(source: Source, table: TableSummary) -> Iterator[Finding]:
    """What is wrong with whole rows of a table of events or contracts."""
    if not table.rows:
        return
    yield from _anonymous(source, table)
    for reason, count in table.rejected.items():
        if reason != END_BEFORE_START:  # a finding of its own
            yield _unusable(source, table, reason, count)
    yield from _repeated(source, table)
    yield from _placeholders(source)


def _anonymous(source: Source, table: TableSummary) -> Iterator[Finding]:
    if not table.anonymous:
        return
    share = table.anonymous / table.rows
    yield Finding(
        "no-customer",
        Level.WARNING if share > 0.2 else Level.ADVICE,
        f"{source.name}.{source.column('customer')}",
        f"{table.anonymous:,} of {table.rows:,} rows ({share:.1%}) have no customer and are left out",
        "nothing can be said about guests; where they are really known customers (a login that was not "
        "kept, a till without the card), put their id in at the source",
        table.anonymous,
        source.example("retain_customer IS NULL AND retain_time IS NOT NULL", order="retain_time"),
    )


def _unusable(source: Source, table: TableSummary, reason: str, count: int) -> Finding:
    share = count / max(table.rows - table.anonymous, 1)
    future = reason == FUTURE_TIME
    example = None
    if reason != UNREADABLE_LINE:
        example = source.example(f"retain_reason = {sql.text(reason)} AND retain_customer IS NOT NULL")
    do = (
        "a clock that was wrong, or a planned date in place of a real one: correct it at the source, or map "
        "the column that says when it happened"
        if future
        else "correct them at the source; `retain predict` writes every such row to rejects/"
    )
    return Finding(
        "future-times" if future else "unusable-rows",
        Level.WARNING if share > NOTICEABLE or future else Level.ADVICE,
        source.name,
        f"{count:,} {'row is' if count == 1 else 'rows are'} set aside: {reason}",
        do,
        count,
        example,
    )


def _repeated(source: Source, table: TableSummary) -> Iterator[Finding]:
    """Rows that repeat another one in every column, by the hash of the row."""
    counted = f"SELECT hash(retain_row) AS h, count(*) AS n FROM {source.raw} AS retain_row GROUP BY 1"
    count, first = source.query(f"SELECT sum(n - 1)::BIGINT, min(h) FROM ({counted}) WHERE n > 1")[0]
    if not count:
        return
    lines = source.is_events and source.column("order") is not None
    yield Finding(
        "duplicates",
        Level.WARNING if count / table.rows > NOTICEABLE and not lines else Level.ADVICE,
        source.name,
        f"{count:,} rows ({count / table.rows:.1%}) repeat another row in every column",
        "they are kept"
        + (", since the same thing can be bought twice in one order" if lines else "")
        + "; if a file was loaded twice, take it out at the source",
        int(count),
        source.example(f"hash(retain_row) = {first}", relation=f"{source.raw} AS retain_row"),
    )


def _placeholders(source: Source) -> Iterator[Finding]:
    """Ids that stand for nobody, by their name or because they have far too many rows."""
    listed = ", ".join(map(sql.text, PLACEHOLDERS))
    found = source.query(
        f"""SELECT customer, rows, rows / sum(rows) OVER () AS share, count(*) OVER () AS customers
            FROM seen_{source.name} WHERE customer IS NOT NULL
            QUALIFY lower(trim(customer)) IN ({listed}) OR (share > {MANY} AND customers > 100)
            ORDER BY rows DESC, customer LIMIT 1"""
    )
    for customer, rows, share, _ in found:
        if share < NOTICEABLE / 100:
            continue
        yield Finding(
            "placeholder-customer",
            Level.WARNING,
            f"{source.name}.{source.column('customer')}",
            f"the customer {customer!r} has {rows:,} rows ({share:.1%} of all)",
            "an id that stands for guests, staff or tests is no customer: make it empty at the source, or "
            f"leave it out with `where: \"{source.column('customer')} <> '{customer}'\"`",
            int(rows),
            source.example(f"retain_customer = {sql.text(customer)}", order="retain_time"),
        )


def judge_customers(source: Source) -> Iterator[Finding]:
    """Customers of whom there are several rows, or none that can be told."""
    column = source.columns.customer
    who = sql.customer(column, source.types[column])
    rows, known, people = source.query(
        f"SELECT count(*), count({who}), count(DISTINCT {who}) FROM raw_customers"
    )[0]
    if known < rows:
        yield Finding(
            "no-customer",
            Level.ADVICE,
            f"customers.{column}",
            f"{rows - known:,} of {rows:,} rows have no customer and are left out",
            "put their id in at the source",
            rows - known,
        )
    if people < known:
        twice = f"""{who} = (SELECT {who} FROM raw_customers WHERE {who} IS NOT NULL
            GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1)"""
        yield Finding(
            "repeated-customers",
            Level.WARNING,
            f"customers.{column}",
            f"{known - people:,} rows are of a customer who has another row already",
            "give one row a customer; of several, the smallest value of each column is taken",
            known - people,
            source.example(twice, relation="raw_customers"),
        )
