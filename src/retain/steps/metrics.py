"""Retention metrics: counted by the engine, written as a document, a page and tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from retain.errors import UsageError
from retain.events.checks import unusable_notes
from retain.events.tables import Summary
from retain.lists import files
from retain.reports.metrics_page import page
from retain.retention.document import document
from retain.retention.measure import Measurement, measure, require_segment, segment_by_customer
from retain.retention.periods import MONTHS, Period, Scope, Unit, newest_year
from retain.retention.revenue import MOVEMENTS
from retain.steps.metrics_results import MetricsResult
from retain.steps.reading import read_here
from retain.steps.run import Run
from retain.steps.worth import predicted_clv
from retain.steps.writing import write, write_text

DOCUMENT, PAGE, TABLES = "metrics.json", "metrics.html", "metrics"


def metrics(
    run: Run,
    *,
    start: date | None,
    end: date | None,
    by: str = "month",
    segment: str | None = None,
    as_of: date | None = None,
) -> MetricsResult:
    """Measure from the day `start` to the day `end`, both in it; leaves metrics.json, .html and tables.

    By default the newest twelve whole months. Raises UsageError for a period that cannot be measured.
    """
    unit = _unit(by)
    require_segment(run.config, segment)
    with read_here(run, as_of=as_of, command="retain metrics") as events:
        summary = events.summary
        scope = _scope(run, summary, start=start, end=end, by=unit)
        found = measure(events, scope, segment=segment, progress=run.progress)
        worth = predicted_clv(run, events)
        by_segment = {} if segment is None else worth.figures(segment_by_customer(events, run.config))
    told = document(
        found,
        notes=(*_notes(found), *unusable_notes(summary)),
        extra={"predicted_clv": worth.figure()},
        extra_of={value: {"predicted_clv": figure} for value, figure in by_segment.items()},
    )
    output = run.config.output
    with run.step("Writing the metrics"):
        write_text(output / DOCUMENT, json.dumps(told, indent=2, ensure_ascii=False))
        write_text(output / PAGE, page(told))
        tables = dict(_tables(told))
        _write_tables(output / TABLES, tables)
    return MetricsResult(told, tables, output / DOCUMENT, output / PAGE, output / TABLES)


def _unit(by: str) -> Unit:
    for unit in MONTHS:
        if by == unit:
            return unit
    raise UsageError(f"--by: '{by}' is none of {', '.join(MONTHS)}")


def _scope(run: Run, summary: Summary, *, start: date | None, end: date | None, by: Unit) -> Scope:
    """By default the newest year of whole months, or the one before the end that was asked for."""
    within = 0 if run.config.churn.when == "ended" else run.config.churn.active_within
    stop = summary.end if end is None else end + timedelta(days=1)
    newest = newest_year(reached=stop, began=summary.start, active_within=within)
    if end is None and (start is None or start < newest.stop):
        stop = newest.stop
    return Scope.of(
        Period(start or newest.start, stop),
        by=by,
        as_of=summary.as_of,
        reached=summary.end,
        began=summary.start,
        active_within=within,
    )


def _notes(found: Measurement) -> Iterator[str]:
    """What the data are too short for."""
    scope, whole = found.scope, found.scope.whole
    if not scope.over(whole):
        yield (
            f"The period ends on {whole.last}, but the data end before {scope.reached}: what it counts is "
            "not final, "
            "and who is active at its end is understated."
        )
    early = [part.name for part in scope.parts if not scope.remembered(part)]
    if early and not found.words.contracts:
        named = early[0] if len(early) == 1 else f"{early[0]} to {early[-1]}"
        yield (
            f"The data begin on {scope.began}: for {named} they do not reach back the {scope.active_within} "
            "days "
            "that tell who was active at the start, so S is understated there and older customers look new."
        )


def _tables(told: dict[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The document's tables as frames, by the name of their CSV."""
    yield "figures", pd.DataFrame(_figure_rows(told))
    yield "periods", pd.DataFrame([_flat(one) for one in told["periods"]])
    if told["segments"]:
        yield "segments", pd.DataFrame([_flat(one) for one in told["segments"]])
    yield "cohorts", _long(told["cohorts"], COHORTS)
    if told["segments"]:
        yield "segment_cohorts", _by_segment(told["segments"], "cohorts", COHORTS)
    if told["revenue_cohorts"]:
        there = tuple(name for name in REVENUE if name in told["revenue_cohorts"][0])
        yield "revenue_cohorts", _long(told["revenue_cohorts"], there)
        if told["segments"]:
            yield "segment_revenue_cohorts", _by_segment(told["segments"], "revenue_cohorts", there)
    if "mrr" in told and told["mrr"]["value"] is not None:
        yield (
            "mrr",
            pd.DataFrame([_movements(one) for one in (*told["periods"], {**told, "name": "whole period"})]),
        )
    if told["end_reasons"]:
        yield "end_reasons", pd.DataFrame(told["end_reasons"])


def _write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """The CSV files; those of an earlier run that this one does not have would be taken for its own."""
    for name, frame in tables.items():
        write(folder / f"{name}.csv", files.table(frame))
    for left in set(NAMES) - set(tables):
        (folder / f"{left}.csv").unlink(missing_ok=True)


COHORTS = ("active", "retention", "unbounded")
REVENUE = ("revenue", "revenue_retention", "revenue_per_customer")
NAMES = (
    "figures",
    "periods",
    "segments",
    "cohorts",
    "segment_cohorts",
    "revenue_cohorts",
    "segment_revenue_cohorts",
    "mrr",
    "end_reasons",
)


def _by_segment(segments: list[dict[str, Any]], table: str, names: tuple[str, ...]) -> pd.DataFrame:
    """The cells of every segment's cohorts, the segment first."""
    parts = [_long(one[table], names).assign(segment=one["segment"]) for one in segments]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["segment", *(column for column in frame if column != "segment")]]


def _figure_rows(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, each in told.items():
        if isinstance(each, dict) and "title" in each:
            keys = ("title", "value", "unit", "population", "definition", "source", "why")
            yield {"figure": name, **{key: _rounded(each.get(key)) for key in keys}}


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    """A period or segment as a row: values by their name, counts by their letters."""
    row: dict[str, Any] = {}
    for key, each in one.items():
        if isinstance(each, dict) and "value" in each:
            row[key] = _rounded(each["value"])
            row |= {name: each[name] for name in ("S", "N", "E", "returned", "kept", "lost") if name in each}
        elif key == "flows":
            row |= {f"{name}_customers": count for name, count in each.items()}
        elif not isinstance(each, list | dict):
            row[key] = each
    return row


def _movements(one: dict[str, Any]) -> dict[str, Any]:
    """How the recurring revenue of a period moved, as a row."""
    money = {name: _rounded(one["mrr"][name]) for name in MOVEMENTS}
    rates = {name: _rounded(one[name]["value"]) for name in ("nrr", "grr", "quick_ratio", "logo_churn")}
    return {"name": one["name"], "from": one["from"], "to": one["to"], **money, **rates}


def _long(cohorts: list[dict[str, Any]], tables: tuple[str, ...]) -> pd.DataFrame:
    """One row a cell: cohort, size, since, and the cell of each table."""
    rows = [
        {"cohort": one["cohort"], "size": one["size"], "since": since}
        | {name: _rounded(one[name][since]) if since < len(one[name]) else None for name in tables}
        for one in cohorts
        for since in range(max(len(one[name]) for name in tables))
    ]
    return pd.DataFrame(rows, columns=["cohort", "size", "since", *tables])


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
