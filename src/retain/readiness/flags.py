"""Columns that say whether a customer or contract is gone, against what the dates and events say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retain.config import ActivityTable, Config
from retain.events import sql
from retain.readiness.contracts import CONTRACTS
from retain.readiness.findings import Finding, Level
from retain.readiness.joins import ids
from retain.readiness.source import Source

GONE = re.compile(
    r"(?i)(^|_)(is_)?(churn(ed)?|cancell?ed|cancellation|lapsed?|terminated|inactive|left|closed|lost|attrited)(_|$)"
)
LIVE = re.compile(r"(?i)(^|_)(is_)?(active|live|retained|current_customer)(_|$)")
LEAVING = re.compile(r"(?i)(churn|cancel|uninstall|terminat|clos(e|ure|ed)_account|account_clos)")
"""Kinds and file names of activity that mean that a customer leaves."""

YES = (
    "true",
    "t",
    "1",
    "yes",
    "y",
    "churned",
    "cancelled",
    "canceled",
    "active",
    "inactive",
    "lapsed",
    "closed",
)
NO = ("false", "f", "0", "no", "n", "")
FEW = 0.01  # share of contradictions that is put down to the day of the export
MANY = 0.1


def judge(config: Config, tables: Sequence[Source]) -> Iterator[Finding]:
    """Flags against contracts and against events of leaving; events of leaving against contracts."""
    by_name = {source.name: source for source in tables}
    contracts, customers = by_name.get("subscriptions"), by_name.get("customers")
    if contracts is not None and contracts.column("end") is not None:
        for name, gone in flags(contracts):
            yield from _contract_flag(contracts, name, gone)
    evidence = list(_evidence(config, by_name))
    for label, relation in evidence:
        if customers is not None:
            for name, gone in flags(customers):
                yield from _customer_flag(customers, name, gone, label, relation)
    yield from _left_but_live(by_name, evidence)


def flags(source: Source) -> list[tuple[str, str]]:
    """Columns that are named like a flag and hold yes and no: the name, and SQL that is true for 'gone'."""
    found = []
    for name in source.types:
        if name in (source.column("end"), source.column("reason")):
            continue
        sign = GONE.search(name), LIVE.search(name)
        if not any(sign) or not _is_flag(source, name):
            continue
        said = f"lower(trim({sql.name(name)}::VARCHAR)) IN ({', '.join(map(sql.text, YES))})"
        found.append((name, said if sign[0] else f"NOT ({said})"))
    return found


def _is_flag(source: Source, name: str) -> bool:
    if source.types[name] == "BOOLEAN":
        return True
    quoted = sql.name(name)
    values = source.query(
        f"SELECT DISTINCT lower(trim({quoted}::VARCHAR)) FROM {source.raw} WHERE {quoted} IS NOT NULL LIMIT 5"
    )
    held = {value for (value,) in values}
    return 0 < len(held) <= 3 and held <= {*YES, *NO} and bool(held & set(NO))


def _contract_flag(source: Source, name: str, gone: str) -> Iterator[Finding]:
    known = f"{sql.name(name)} IS NOT NULL"
    ended_by = "check_end IS NOT NULL"
    rows, flagged, ended = _counts(source, f"{CONTRACTS} WHERE {known}", gone, ended_by)
    yield from _contradiction(
        f"subscriptions.{name}",
        rows,
        (flagged, f"contracts are marked by {name} but have no end"),
        (ended, f"have an end but are not marked by {name}"),
        source.example(f"{known} AND ({gone}) <> ({ended_by})", relation=CONTRACTS),
    )


def _customer_flag(source: Source, name: str, gone: str, label: str, relation: str) -> Iterator[Finding]:
    who = sql.customer(source.columns.customer, source.types[source.columns.customer])
    state = f"(SELECT *, {who} AS check_customer FROM {source.raw}) JOIN {relation} USING (check_customer)"
    known = f"{sql.name(name)} IS NOT NULL"
    rows, flagged, left = _counts(source, f"{state} WHERE {known}", gone, "check_gone")
    there, not_there = {
        "contracts": ("but still have a live contract", "have no live contract"),
    }.get(label, (f"but have no event in {label}", f"have an event in {label}"))
    yield from _contradiction(
        f"customers.{name}",
        rows,
        (flagged, f"customers are marked by {name} {there}"),
        (left, f"{not_there} but are not marked by {name}"),
        source.example(f"{known} AND ({gone}) <> check_gone", order="check_customer", relation=state),
    )


def _counts(source: Source, relation: str, gone: str, really: str) -> tuple[int, int, int]:
    """Rows; those marked as gone that are not; those gone that are not marked."""
    rows, flagged, left = source.query(
        f"""SELECT count(*), count(*) FILTER (({gone}) AND NOT ({really})),
            count(*) FILTER (NOT ({gone}) AND ({really})) FROM {relation}"""
    )[0]
    return int(rows), int(flagged), int(left)


def _contradiction(
    where: str, rows: int, flagged: tuple[int, str], left: tuple[int, str], example: dict[str, object] | None
) -> Iterator[Finding]:
    wrong = flagged[0] + left[0]
    if wrong <= FEW * rows:
        return
    told = " and ".join(f"{count:,} {what}" for count, what in (flagged, left) if count)
    yield Finding(
        "contradictory-flags",
        Level.ERROR if wrong > MANY * rows else Level.WARNING,
        where,
        f"{told} ({wrong / rows:.1%} of {rows:,})",
        "both cannot be true: find out which one the business goes by, map that one, and never use the flag "
        "as an attribute (it says today what was not known then)",
        wrong,
        example,
    )


def _evidence(config: Config, by_name: dict[str, Source]) -> Iterator[tuple[str, str]]:
    """What tells that a customer is gone: a name, and a relation of (check_customer, check_gone)."""
    contracts = by_name.get("subscriptions")
    if contracts is not None and contracts.column("end") is not None:
        yield (
            "contracts",
            f"""(SELECT check_customer, bool_and(check_end IS NOT NULL) AS check_gone
            FROM {CONTRACTS} WHERE check_customer IS NOT NULL GROUP BY 1)""",
        )
    everyone = by_name.get("customers") or contracts
    if everyone is None:
        return
    for source in by_name.values():
        leaving = _leaving(config, source)
        if leaving is not None:
            yield (
                source.name,
                f"""(SELECT customer AS check_customer, customer IN (
                SELECT retain_customer FROM {source.name} WHERE {leaving}) AS check_gone
                FROM ({ids(everyone)}))""",
            )


def _leaving(config: Config, source: Source) -> str | None:
    """SQL for the rows of an activity that mean leaving; None where it has none."""
    table = source.table
    if not isinstance(table, ActivityTable):
        return None
    usable = "retain_reason IS NULL AND retain_customer IS NOT NULL"
    kinds = config.churn.kinds
    if kinds:
        return f"{usable} AND retain_label IN ({', '.join(map(sql.text, kinds))})"
    named = table.kind or source.table.source[0].rpartition("/")[2]
    if table.columns.kind is None:
        return usable if LEAVING.search(named) else None
    labels = source.query(f"SELECT DISTINCT retain_label FROM {source.name} WHERE {usable} LIMIT 200")
    found = [label for (label,) in labels if label is not None and LEAVING.search(label)]
    return f"{usable} AND retain_label IN ({', '.join(map(sql.text, found))})" if found else None


def _left_but_live(by_name: dict[str, Source], evidence: list[tuple[str, str]]) -> Iterator[Finding]:
    """Customers with an event of leaving, all of whose contracts run on."""
    contracts = by_name.get("subscriptions")
    if contracts is None or contracts.column("end") is None:
        return
    for label, relation in evidence[1:]:
        ended = f"(SELECT check_customer, count(check_end) AS ends FROM {CONTRACTS} GROUP BY 1)"
        left, live = contracts.query(
            f"""SELECT count(*), count(*) FILTER (ends = 0) FROM {relation} JOIN {ended}
                USING (check_customer) WHERE check_gone"""
        )[0]
        if live > max(FEW * left, 1):
            yield Finding(
                "left-but-live",
                Level.ERROR if live > MANY * left else Level.WARNING,
                label,
                f"{live:,} of {left:,} customers with an event of leaving in {label} ({live / left:.1%}) "
                "never had a contract end",
                "either the event does not mean leaving, or ends are not recorded: find out which one the "
                "business goes by",
                live,
                contracts.example(
                    f"check_customer IN (SELECT check_customer FROM {relation} WHERE check_gone) AND "
                    f"check_customer IN (SELECT check_customer FROM {ended} WHERE ends = 0)",
                    order="check_customer",
                    relation=CONTRACTS,
                ),
            )
