"""Whether the tables are good enough to learn from, and which horizon fits them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from retain.errors import ShortHistory
from retain.events.checks import unusable_notes, with_duplicates
from retain.events.days import business_time
from retain.events.duckdb.engine import Events
from retain.learning.cutoffs import Cutoffs
from retain.readiness import counters, window
from retain.readiness.findings import Finding, Level, worst_first
from retain.readiness.inspection import Inspection, inspect
from retain.reports.check_page import page
from retain.steps.census import Census, take
from retain.steps.check_results import CheckResult
from retain.steps.horizon import write_window
from retain.steps.reading import churn_definition, cutoffs, read_here
from retain.steps.run import Run
from retain.steps.writing import write_text

PAGE, DOCUMENT = "check.html", "check.json"
NO_MODEL = "so a rule will serve in place of a model"


def check(run: Run, *, as_of: date | None, write: bool = False) -> CheckResult:
    """Look at the tables, count against what training needs, advise on the horizon.

    Leaves check.json and check.html in the output folder. write: put the advised horizon into the config.
    Raises DataError where the tables cannot be used at all.
    """
    with read_here(run, as_of=as_of, command="retain check") as events:
        found = _cutoffs(run, events)
        census = take(run, events, found)
        inspection = _inspect(run, events, census)
        result = _result(run, events, found, census, inspection)
    if write:
        result = write_window(run, result)
    return _kept(run, result)


def _cutoffs(run: Run, events: Events) -> Cutoffs:
    """The cutoffs that training would take; none, and a note, where the history is too short."""
    try:
        return cutoffs(run, events.summary)
    except ShortHistory as why:
        return Cutoffs((), run.config.churn.horizon, (f"{why}, {NO_MODEL}",))


def _inspect(run: Run, events: Events, census: Census) -> Inspection:
    events.lend("check_labels", census.labels)
    events.show_seen()
    return inspect(
        run.config,
        events.summary,
        events.query,
        labels=census.labels,
        today=business_time(run.now, timezone=run.config.timezone).date(),
        progress=run.progress,
    )


def _result(run: Run, events: Events, found: Cutoffs, census: Census, inspection: Inspection) -> CheckResult:
    summary, gates = with_duplicates(events.summary, inspection.duplicates), run.config.gates
    needs = counters.counters(
        summary,
        gates,
        run.config.churn,
        population=census.population,
        test=found.test if found.all else None,
    )
    findings = [
        *counters.judge(needs),
        *_short(found),
        *([] if census.window is None else window.judge(census.window)),
        *inspection.findings,
    ]
    missing = (
        [] if not found.all else [one.says for one in counters.judge(needs) if one.code != "short-history"]
    )
    return CheckResult(
        name=run.config.name,
        summary=summary,
        churn=churn_definition(run),
        counters=needs,
        cutoffs=census.cutoffs,
        findings=worst_first(findings),
        columns=inspection.columns,
        calendars=inspection.calendars,
        window=census.window,
        notes=(*unusable_notes(summary), *found.notes, *missing),
    )


def _short(found: Cutoffs) -> list[Finding]:
    """What the history was too short for, where it is long enough for some cutoff."""
    do = "train all the same: more history makes the test surer"
    return [
        Finding("few-cutoffs", Level.ADVICE, "training.cutoffs", note, do)
        for note in found.notes
        if found.all
    ]


def _kept(run: Run, result: CheckResult) -> CheckResult:
    """The result with its page and document written, each whole or not at all."""
    folder = run.config.output
    result = result.kept(page=folder / PAGE, document=folder / DOCUMENT)
    write_text(folder / DOCUMENT, json.dumps(result.to_json(), indent=2, ensure_ascii=False, default=str))
    write_text(folder / PAGE, page(result.report()))
    return result


def drop_report(output: Path) -> bool:
    """Remove a report, which may show rows of people who are to be forgotten; whether there was one."""
    there = [path for name in (PAGE, DOCUMENT) if (path := output / name).exists()]
    for path in there:
        path.unlink()
    return bool(there)
