"""Whether the tables speak of the same customers, and of nothing before there was a customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retain.config import Config
from retain.events import sql
from retain.events.day_first import day_first
from retain.events.table_names import counted_names
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

MOST = 0.5
"""Share of a table's customers that must be missing elsewhere before it is a warning."""


def judge(config: Config, tables: Sequence[Source]) -> Iterator[Finding]:
    """Ids of one table that no other knows, against the table that defines churn."""
    counted = counted_names(config)
    known = " UNION ".join(f"SELECT customer FROM seen_{name} WHERE customer IS NOT NULL" for name in counted)
    if not counted:
        return
    for source in tables:
        if source.name not in counted:
            yield from _strangers(source, known, counted[0].partition("_")[0])


def ids(source: Source) -> str:
    """SQL for the distinct customers of a table."""
    if source.is_events:
        return f"SELECT customer FROM seen_{source.name} WHERE customer IS NOT NULL"
    column = source.columns.customer
    who = sql.customer(column, source.types[column])
    return f"SELECT DISTINCT {who} AS customer FROM {source.raw} WHERE {who} IS NOT NULL"


def _strangers(source: Source, known: str, counted: str) -> Iterator[Finding]:
    everyone, strangers, one, nobody = source.query(
        f"""WITH here AS ({ids(source)}), there AS ({known})
            SELECT count(*), count(*) FILTER (there.customer IS NULL),
                min(here.customer) FILTER (there.customer IS NULL),
                (SELECT count(*) FROM there ANTI JOIN here USING (customer))
            FROM here LEFT JOIN there USING (customer)"""
    )[0]
    where = f"{source.name}.{source.columns.customer}"
    if everyone and strangers == everyone:
        yield _nobody_joins(source, known, counted, where, everyone, one)
    elif strangers > 0.01 * everyone:
        yield Finding(
            "ids-do-not-join",
            Level.WARNING if strangers > MOST * everyone else Level.ADVICE,
            where,
            f"{strangers:,} of the {everyone:,} customers ({strangers / everyone:.1%}) are not in {counted}, "
            f"such as {one!r}",
            f"they are never judged; if they should be in {counted}, see whether ids are written alike "
            "in both",
            strangers,
            _row_of(source, one),
        )
    if source.name == "customers" and nobody:
        total = source.query(f"SELECT count(*) FROM ({known})")[0][0]
        if nobody > 0.01 * total:
            yield Finding(
                "customers-without-row",
                Level.WARNING if nobody > MOST * total and source.column("opted_out") else Level.ADVICE,
                where,
                f"{nobody:,} of the {total:,} customers of {counted} ({nobody / total:.1%}) have no row in "
                "customers",
                "their attributes, owner and opt-out are unknown; an opt-out that is not there is a call "
                "that should not be made",
                nobody,
            )


def _nobody_joins(source: Source, known: str, counted: str, where: str, everyone: int, one: str) -> Finding:
    plain = "ltrim(regexp_replace(lower(trim(customer)), '\\.0$', ''), '0')"
    joined = source.query(
        f"""SELECT count(*) FROM (SELECT DISTINCT {plain} AS id FROM ({ids(source)}))
            SEMI JOIN (SELECT {plain} AS id FROM ({known})) USING (id)"""
    )[0][0]
    hint = (
        f"{joined:,} would be found if case, blanks, leading zeros and a trailing .0 did not count: write "
        "the ids alike in both"
        if joined
        else "name the column that holds the same ids in both"
    )
    return Finding(
        "ids-do-not-join",
        Level.ERROR,
        where,
        f"none of the {everyone:,} customers is in {counted}; the ids look like {one!r}",
        hint,
        everyone,
        _row_of(source, one),
    )


def _row_of(source: Source, customer: str) -> dict[str, object] | None:
    """A row of a customer."""
    column = source.columns.customer
    return source.example(
        f"{sql.customer(column, source.types[column])} = {sql.text(customer)}", relation=source.raw
    )


def judge_since(config: Config, tables: Sequence[Source]) -> Iterator[Finding]:
    """Events of customers before the day they became customers."""
    customers = next((one for one in tables if one.name == "customers"), None)
    if customers is None or customers.column("since") is None:
        return
    column = customers.columns.since
    since = moment(customers, column, business=config.timezone)
    who = sql.customer(customers.columns.customer, customers.types[customers.columns.customer])
    customers.query(
        f"""CREATE OR REPLACE TEMP TABLE check_since AS
            SELECT {who} AS check_who, min({since})::DATE AS check_began
            FROM raw_customers WHERE {who} IS NOT NULL GROUP BY 1"""
    )
    yield from _unreadable_since(customers, column, since)
    for source in tables:
        if source.is_events:
            yield from before(source, "check_since", "before-customer", f"they became customers ({column})")


def _unreadable_since(source: Source, column: str, since: str) -> Iterator[Finding]:
    held = f"{sql.name(column)} IS NOT NULL AND trim({sql.name(column)}::VARCHAR) <> '' AND {since} IS NULL"
    count = source.query(f"SELECT count(*) FROM {source.raw} WHERE {held}")[0][0]
    if count:
        yield Finding(
            "unusable-rows",
            Level.WARNING,
            f"{source.name}.{column}",
            f"{count:,} rows have a {column} that cannot be read as a time",
            "write times like 2024-12-24 or 2024-12-24 13:05",
            count,
            source.example(held, relation=source.raw),
        )


def before(source: Source, began: str, code: str, what: str) -> Iterator[Finding]:
    """Rows of a table before their customer's day in the relation `began` of (check_who, check_began)."""
    early = source.query(
        f"""SELECT count(*) FROM seen_{source.name} JOIN {began} ON customer = check_who
            WHERE oldest::DATE < check_began"""
    )[0][0]
    if not early:
        return
    joined = f"{source.name} JOIN {began} ON retain_customer = check_who"
    is_early = "retain_reason IS NULL AND retain_time::DATE < check_began"
    count, days = source.query(
        f"SELECT count(*), max(check_began - retain_time::DATE) FROM {joined} WHERE {is_early}"
    )[0]
    used = source.query(f"SELECT count(*) FROM {source.name} WHERE retain_reason IS NULL")[0][0]
    share = count / max(used, 1)
    yield Finding(
        code,
        Level.ERROR if share > 0.05 else Level.WARNING,
        source.name,
        f"{count:,} of {used:,} rows ({share:.1%}) of {early:,} customers lie before {what}, "
        f"by up to {days:,} days",
        "one of the two dates is wrong, or ids were given to other customers again: features would be made "
        "of a past that was not theirs",
        count,
        source.example(is_early, order="retain_time, retain_id", relation=joined),
    )


def moment(source: Source, column: str, *, business: str) -> str:
    """SQL for a time of a table that is no stream of events, NULL where it cannot be read."""
    kind, quoted = source.types[column], sql.name(column)
    turned = day_first(source.raw, [quoted], query=source.query).get(quoted) if kind == "VARCHAR" else None
    naive = source.table.timezone or business
    path = f"tables.{source.name}.columns"
    return sql.time(column, kind, naive=naive, business=business, path=path, day_first=turned)
