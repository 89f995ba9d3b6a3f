"""The SQL that reads contracts: clean columns, what is wrong with a row, the terms beside the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from retain.config import SubscriptionsTable
from retain.events import sql, tables
from retain.events.contracts import FOREVER
from retain.events.days import to_date, to_day
from retain.events.rows import UNKNOWN

NAME = "subscriptions"
MOMENTS = ("start", "end", "known_at", "recorded", "price_until")
_CLEAN = {"start": "time", "end": "until"}
_NUMBERS = ("amount", "seats")
_YES = "('true', 't', 'yes', 'y', '1', '1.0', 'trial')"
_TERMS = {"month": 30.436875, "quarter": 91.310625, "half": 182.62125, "year": 365.2425, "annual": 365.2425}
_TERMS_OF = ("until", "settled", "ended_for", "price_until", "seats", "term", "trial")
_EPOCH = "DATE '1970-01-01'"


def written_times(table: SubscriptionsTable, types: Mapping[str, str]) -> list[str]:
    """The columns that hold times as text, quoted."""
    columns = (getattr(table.columns, role) for role in MOMENTS)
    return [sql.name(column) for column in columns if column is not None and types[column] == "VARCHAR"]


def contracts(
    table: SubscriptionsTable,
    types: Mapping[str, str],
    *,
    business: str,
    path: str,
    day_first: Mapping[str, bool] | None = None,
) -> dict[str, str]:
    """The clean columns, by name; `time` is the start and `until` the end, NULL while live.

    day_first: of times as text, see `sql.time`.
    """
    columns, turned = table.columns, day_first or {}
    who, kind = columns.customer, types[columns.customer]
    clean = {"customer": sql.customer(who, kind), "id": sql.written_id(who, kind)}
    for role in MOMENTS:
        column = getattr(columns, role)
        clean[_CLEAN.get(role, role)] = (
            "NULL::TIMESTAMP"
            if column is None
            else sql.time(
                column,
                types[column],
                naive=table.timezone or business,
                business=business,
                path=f"{path}.columns.{role}",
                day_first=turned.get(sql.name(column)),
            )
        )
    sql.require_number(table.columns, types, roles=_NUMBERS, path=path)
    clean["number"] = _number(columns.amount, types)
    clean["seats"] = _number(columns.seats, types)
    clean["term"] = _term(columns.term)
    clean["ended_for"] = f"{sql.name(columns.reason)}::VARCHAR" if columns.reason else "NULL::VARCHAR"
    clean["trial"] = f"coalesce({_lower(columns.trial)} IN {_YES}, false)" if columns.trial else "false"
    sql.require_free(types, (f"retain_{column}" for column in (*clean, "reason")), path=path)
    return clean


def reason(table: SubscriptionsTable, types: Mapping[str, str]) -> str:
    """Why a row with the clean columns is unusable; NULL where it is usable. It may start later."""
    columns = table.columns
    cases = [
        (f"{sql.name(columns.start)} IS NULL", tables.MISSING_TIME),
        ("retain_time IS NULL", tables.UNREADABLE_TIME),
        *(
            (_unread(column, types, f"retain_{_CLEAN.get(role, role)}"), f"{role}: {tables.UNREADABLE_TIME}")
            for role in MOMENTS[1:]
            if (column := getattr(columns, role))
        ),
        ("retain_until < retain_time", tables.END_BEFORE_START),
        *(
            (_unread(column, types, f"retain_{clean}"), f"{role} {tables.UNREADABLE_NUMBER}")
            for role, clean in (("amount", "number"), ("seats", "seats"))
            if (column := getattr(columns, role))
        ),
    ]
    return "CASE " + " ".join(f"WHEN {when} THEN {sql.text(then)}" for when, then in cases) + " END"


def seen_table(*, now: datetime) -> str:
    """`seen_subscriptions`: rows and extent of each customer's contracts.

    oldest: the first start. newest: the last start or recorded end that is not later than now.
    """
    moment = f"TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}'"
    fact = "coalesce(retain_known_at, retain_until)"
    happened = f"""greatest(CASE WHEN retain_time <= {moment} THEN retain_time END,
        CASE WHEN {fact} <= {moment} THEN {fact} END)"""
    return f"""CREATE TEMP TABLE seen_{NAME} AS
        SELECT retain_customer AS customer, count(*) AS rows, count(*) FILTER (usable) AS used,
               min(retain_time) FILTER (usable) AS oldest, max({happened}) FILTER (usable) AS newest
        FROM (SELECT *, retain_reason IS NULL AS usable FROM {NAME}) GROUP BY ALL"""


EXTENTS = f"""SELECT customer AS id, retain_key(customer) AS key, rows, rows - used AS unusable,
    oldest, newest FROM seen_{NAME}"""
"""What was seen of each customer's contracts, with the customer's key."""

SOME_LEFT_OUT = f"""SELECT (SELECT sum(used) FROM seen_{NAME} WHERE customer IS NOT NULL)
    > (SELECT count(*) FROM contract_terms)"""
"""Whether there are usable contracts that had not begun, or were not recorded, at the as-of."""

STARTS = "SELECT customer AS id, retain_key(customer) AS key, time FROM contract_terms"
"""id, key and time of the start of each of those that had."""


def running_at(cutoffs: Sequence[int]) -> str:
    """key: of the customers with a contract that may run at one of the cutoffs, as far as was known there."""
    return f"""SELECT DISTINCT retain_key(customer) AS key FROM contract_terms
        WHERE time < DATE '{to_date(max(cutoffs))}' AND greatest(until, settled - 1) >= {min(cutoffs)}"""


def terms_table(table: SubscriptionsTable, *, as_of: date) -> str:
    """`contract_terms`: the contracts that had begun and were recorded at the as-of, each with its place.

    Ends are days; one that was recorded at or after the as-of is not known, nor is why.
    """
    fact = "coalesce(retain_known_at, retain_until)"
    known = f"({fact} < DATE '{as_of}' AND retain_until IS NOT NULL)"
    kept = "".join(f", {sql.name(name)} AS {attribute(name)}" for name in dict.fromkeys(table.attributes))
    columns = f"""retain_id AS customer, retain_time AS time, retain_number AS number,
        retain_recorded AS recorded,
        CASE WHEN {known} THEN {_day("retain_until")} ELSE {FOREVER} END AS until,
        CASE WHEN {known} THEN {_day(fact)} + 1 ELSE {FOREVER} END AS settled,
        CASE WHEN {known} THEN retain_ended_for END AS ended_for,
        coalesce({_day("retain_price_until")}, {FOREVER}) AS price_until,
        coalesce(retain_seats, {UNKNOWN}) AS seats, coalesce(retain_term, {UNKNOWN}) AS term,
        retain_trial AS trial{kept}"""
    rows = f"""SELECT {columns} FROM {NAME} WHERE retain_reason IS NULL AND retain_customer IS NOT NULL
        AND retain_time < DATE '{as_of}' AND coalesce(retain_recorded < DATE '{as_of}', true)"""
    order = ["customer", "time", "number", *_TERMS_OF, *map(attribute, dict.fromkeys(table.attributes))]
    return f"""CREATE TEMP TABLE contract_terms AS
        SELECT (row_number() OVER (ORDER BY {", ".join(order)}) - 1)::INTEGER AS place, * FROM ({rows})"""


def kept_under(name: str) -> str:
    """What a contract's attribute is called in `contract_terms`, which has columns of our own."""
    return f"attribute {name}"


def attribute(name: str) -> str:
    """That, quoted."""
    return sql.name(kept_under(name))


def stream_rows(table: SubscriptionsTable, *, keyed: bool) -> str:
    """The contracts as rows of the one stream: at their start, with the amount; the label is their place.

    keyed: the customer is not the id but its key; else only those in `retain_wanted` are there.
    """
    who = "retain_key(customer) AS customer" if keyed else "customer"
    few = "" if keyed else " WHERE customer IN (SELECT customer FROM retain_wanted)"
    recorded = ", recorded" if table.columns.recorded is not None else ""
    tab = f"{tables.SUBSCRIPTIONS}::UTINYINT AS tab"
    return f"""SELECT {who}, time, {tab}, place AS label, number{recorded}
        FROM contract_terms{few}"""


def terms(attributes: Sequence[str]) -> str:
    """What `Terms` is made of, in the order of the places; the attributes as `kept_under` names them."""
    kept = "".join(f", {attribute(name)}" for name in dict.fromkeys(attributes))
    return f"SELECT {', '.join(_TERMS_OF)}{kept} FROM contract_terms ORDER BY place"


_RUNNING = frozenset(
    ("customer_id", "started", "ends_on", "known_on", "price_until", "amount", "trial", "term", "reason")
)


def running(table: SubscriptionsTable, *, as_of: date) -> str:
    """The contracts that run at the as-of, as far as is known: what `lists.contract_lists` reads.

    An attribute that is called like one of the list's own columns is left out.
    """
    day = to_day(as_of)
    shown = [name for name in dict.fromkeys(table.attributes) if name.lower() not in _RUNNING]
    kept = "".join(f", {attribute(name)} AS {sql.name(name)}" for name in shown)
    return f"""SELECT customer AS customer_id, time::DATE AS started, {_date("until")} AS ends_on,
            {_date("settled", less=1)} AS known_on, {_date("price_until")} AS price_until,
            CASE WHEN number <> {UNKNOWN} THEN number / 10000.0 END AS amount, trial,
            CASE WHEN term <> {UNKNOWN} THEN term / 10000.0 END AS term, ended_for AS reason{kept}
        FROM contract_terms WHERE until >= {day} ORDER BY place"""


ENDED_TRIALS = (
    f"SELECT until - (time::DATE - {_EPOCH}) AS days FROM contract_terms WHERE trial AND until < {FOREVER}"
)
"""The days that each trial took which has ended."""

TRIAL_DAYS = f"SELECT median(days) FROM ({ENDED_TRIALS})"
"""How long trials that have ended took."""


def _date(day: str, *, less: int = 0) -> str:
    return f"CASE WHEN {day} < {FOREVER} THEN {_EPOCH} + ({day} - {less}) END"


def attribute_values(name: str) -> str:
    """The values of an attribute with how many contracts have them."""
    column = attribute(name)
    return f"""SELECT {column}::VARCHAR, count(*) AS n FROM contract_terms WHERE {column} IS NOT NULL
        GROUP BY ALL ORDER BY n DESC, 1"""


def numeric(name: str) -> str:
    """Whether an attribute holds numbers: in its type, or in every text of it where they are many."""
    column = attribute(name)
    return f"""SELECT count(*) > 0 AND count(*) = count(try_cast({column} AS DOUBLE))
            AND (any_value(typeof({column})) NOT IN ('VARCHAR', 'BOOLEAN')
                 OR count(DISTINCT {column}) > 20)
        FROM contract_terms WHERE {column} IS NOT NULL"""


def _number(column: str | None, types: Mapping[str, str]) -> str:
    return "NULL::BIGINT" if column is None else sql.number(column, types[column])


def _term(column: str | None) -> str:
    """Ten-thousandths of days; NULL for words that are not known."""
    if column is None:
        return "NULL::BIGINT"
    number = f"try_cast({sql.name(column)} AS DOUBLE)"
    words = " ".join(
        f"WHEN {_lower(column)} LIKE '%{word}%' THEN {round(days * 10_000)}" for word, days in _TERMS.items()
    )
    return f"CASE WHEN {number} > 0 AND {number} < 1e5 THEN round({number} * 10000) {words} END::BIGINT"


def _lower(column: str) -> str:
    return f"lower(trim({sql.name(column)}::VARCHAR))"


def _unread(column: str, types: Mapping[str, str], clean: str) -> str:
    return f"NOT ({sql.blank(column, types)}) AND {clean} IS NULL"


def _day(moment: str) -> str:
    return f"({moment}::DATE - {_EPOCH})::INTEGER"
