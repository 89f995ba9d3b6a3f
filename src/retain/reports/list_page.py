"""The list as a page that stands alone: every customer in one file, drawn by the script in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from retain.reports.contract_tables import contract_tables
from retain.reports.html import page as rendered
from retain.reports.listing import (
    KINDS,
    MONEY,
    PROVENANCE,
    Event,
    Kind,
    Listing,
    called,
    is_number,
    is_unknown,
    kind,
    made_by_rule,
)

DECIMALS: dict[Kind, int] = {"share": 4, "percentile": 2, "money": 2, "gap": 1, "days": 0, "number": 0}
EVENTS = 40
"""Newest events of a customer that the page shows."""

LEFT = 200
"""Customers who left the list that the page names."""

SEGMENTS = 8
"""Newest lists whose segments the page counts."""


def page(listing: Listing) -> str:
    """The list as one self-contained HTML page; customers held out are not in it."""
    texts = listing.texts
    return rendered(
        "list.html",
        listing=listing,
        texts=texts,
        words=texts.words,
        rule=made_by_rule(listing),
        held_out=int(listing.held_out.sum()),
        run=_run(listing.listed),
        contracts=contract_tables(listing),
        legend=[(_title(listing, name), name, listing.meaning(name)) for name in listing.columns],
        data=embedded(document(listing)),
    )


def file(listing: Listing) -> Callable[[Path], None]:
    """What writes the page."""

    def write(path: Path) -> None:
        path.write_text(page(listing), encoding="utf-8", errors="replace", newline="\n")

    return write


def embedded(document: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element that it stands in, whatever it holds."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def document(listing: Listing) -> dict[str, Any]:
    """All that the page's script is given, as JSON values; numbers rounded as in the CSV."""
    texts = listing.texts
    rows = listing.listed[~listing.held_out]
    columns = [name for name in listing.columns if name not in PROVENANCE]
    ids = [str(one) for one in rows["customer_id"]]
    return {
        "locale": texts.locale,
        "as_of": str(listing.as_of),
        "currency": listing.currency,
        "eligible": listing.eligible,
        "words": dict(texts.words),
        "names": _names(listing, rows),
        "columns": [{"key": c, "title": _title(listing, c), "kind": kind(c)} for c in columns],
        "own": listing.own_columns,
        "name": called(listing.own_columns),
        "rows": _rows(rows, columns),
        "families": _families(listing),
        **_plans(ids, listing.steps),
        **_timelines(ids, listing),
        "risks": [[[str(day), round(risk, 4)] for day, risk in listing.risks.get(one, ())] for one in ids]
        if listing.risks
        else [],
        "what_if": _what_if(listing.what_if),
        "overlap": _plain(listing.overlap),
        "left": _left(listing.left),
        "segments": [{str(k): v for k, v in each.items()} for each in listing.segments[-SEGMENTS:]],
    }


def _title(listing: Listing, column: str) -> str:
    """Without a currency: on the page each amount of money has its own."""
    return listing.title(column) if column in listing.shown else listing.texts.title(column)


def _rows(rows: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    values = [[_value(value, name) for value in rows[name].astype(object)] for name in columns]
    return [list(row) for row in zip(*values, strict=True)]


def _value(value: Any, column: str) -> Any:
    """A value as JSON knows it: unknown is null, dates are ISO, numbers have the decimals of their kind."""
    if is_unknown(value):
        return None
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    if not is_number(value):
        return str(value)
    if column not in KINDS:
        return int(value) if float(value).is_integer() else float(value)
    places = DECIMALS[kind(column)]
    return round(float(value), places) if places else round(float(value))


def _names(listing: Listing, rows: pd.DataFrame) -> dict[str, str]:
    """Segments, bands, changes and families in words."""
    found: set[str] = set()
    for column in ("segment", "risk_band", "change", "tier", "next_tier"):
        if column in rows:
            found |= {str(one) for one in rows[column].dropna()}
    for each in listing.families or ():
        found |= {str(one) for one in each if one}
    for counts in listing.segments:
        found |= {str(one) for one in counts if one != "as_of"}
    if listing.left is not None:
        found |= {str(one) for one in listing.left["why"].dropna()}
    return {name: listing.texts.name(name) for name in sorted(found)}


def _families(listing: Listing) -> list[list[str]]:
    """What the reasons of each customer to contact are about; empty where nobody said."""
    if listing.families is None:
        return []
    kept = (~listing.held_out).to_numpy()
    told = zip(listing.families, kept, strict=True)
    return [[str(one) for one in each if one] for each, keep in told if keep]


def _plans(ids: Sequence[str], steps: Mapping[str, Sequence[tuple[date, str]]]) -> dict[str, Any]:
    """The different sequences of steps, and which one each customer has; few are different."""
    plans: dict[tuple[tuple[str, str], ...], int] = {}
    of: list[int | None] = []
    for one in ids:
        plan = tuple((str(due), do) for due, do in steps.get(one, ()))
        of.append(plans.setdefault(plan, len(plans)) if plan else None)
    return {"plans": [list(plan) for plan in plans], "plan": of if plans else []}


def _timelines(ids: Sequence[str], listing: Listing) -> dict[str, Any]:
    """Each customer's newest events, with their number in all."""
    if not listing.timelines:
        return {"kinds": [], "timelines": []}
    kinds: dict[str, int] = {}
    told = []
    for one in ids:
        events = sorted(listing.timelines.get(one, ()), key=lambda event: event.day)
        newest = [_event(event, kinds, listing.as_of) for event in events[-EVENTS:][::-1]]
        told.append({"all": listing.happened.get(one, len(events)), "events": newest})
    named = [{"name": listing.texts.name(name), "money": name in MONEY} for name in kinds]
    return {"kinds": named, "timelines": told}


def _event(event: Event, kinds: dict[str, int], as_of: date) -> list[Any]:
    """Days before the list, kind, times, amount; what there is none of is left out, for there are many."""
    told = [(as_of - event.day).days, kinds.setdefault(event.kind, len(kinds))]
    if event.amount is not None:
        return [*told, event.times, round(event.amount, 2)]
    return [*told, event.times] if event.times > 1 else told


def _what_if(frame: pd.DataFrame | None) -> dict[str, list[Any]] | None:
    """The columns by name, the unknown ones left out; None where there is nothing to choose."""
    if frame is None or len(frame) < 2:
        return None
    known = [str(name) for name in frame if frame[name].notna().all()]
    return {name: [int(v) if name == "length" else round(float(v), 2) for v in frame[name]] for name in known}


def _left(frame: pd.DataFrame | None) -> dict[str, Any] | None:
    if frame is None or frame.empty:
        return None
    counts = {str(why): int(count) for why, count in frame["why"].value_counts().items()}
    shown = frame.head(LEFT)
    columns = [shown[name].astype(object) for name in ("customer_id", "rank", "churn_probability", "why")]
    names = ("customer_id", "rank", "churn_probability", "customer_id")
    rows = zip(*([_value(v, n) for v in c] for c, n in zip(columns, names, strict=True)), strict=True)
    return {"counts": counts, "rows": [list(row) for row in rows], "all": len(frame)}


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {str(k): _value(v, str(k)) for k, v in values.items()}


def _run(listed: pd.DataFrame) -> str | None:
    known = list(listed["run_id"].dropna()) if "run_id" in listed else []
    return str(known[0]) if known else None
