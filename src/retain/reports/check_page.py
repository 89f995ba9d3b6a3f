"""The readiness of tables as a page: what a model needs, what was found, which horizon, every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from retain.events.tables import Summary
from retain.readiness.calendar import Calendar
from retain.readiness.columns import Column
from retain.readiness.counters import Counter
from retain.readiness.findings import Finding, Level, shown
from retain.readiness.window import DEFINITION, PERCENTILES, Choice, Window
from retain.reports.bars import bars
from retain.reports.charts import Axis, Chart, Line
from retain.reports.html import page as rendered

LEVELS = {
    Level.ERROR: ("bad", "Errors", "The tables contradict themselves, or would mislead a model."),
    Level.WARNING: ("fair", "Warnings", "Numbers will be off, or no model can be trained."),
    Level.ADVICE: ("", "Good to know", "Nothing has to be done."),
}


@dataclass(frozen=True)
class Report:
    """What the page shows. cutoffs: rows of (cutoff, customers, churners, churn_rate)."""

    name: str
    verdict: str
    enough: bool
    summary: Summary
    churn: str
    counters: tuple[Counter, ...]
    cutoffs: tuple[Any, ...]
    findings: tuple[Finding, ...]
    columns: Mapping[str, tuple[Column, ...]]
    calendars: Mapping[str, Calendar]
    window: Window | None
    written: tuple[str, ...] = ()


def page(report: Report) -> str:
    """The report as one self-contained HTML page."""
    groups = [
        (level, *words, [one for one in report.findings if one.level is level])
        for level, words in LEVELS.items()
    ]
    return rendered(
        "check.html",
        report=report,
        groups=[group for group in groups if group[-1]],
        value=shown,
        tables={table.name: table for table in report.summary.tables},
        drawings={name: _drawings(name, calendar) for name, calendar in report.calendars.items()},
        definition=DEFINITION,
        percentiles=_percentiles(report.window),
        charts=[] if report.window is None else [_gaps(report.window).svg(), *_choices(report.window)],
    )


def _percentiles(window: Window | None) -> list[tuple[str, str]]:
    found = {} if window is None else window.percentiles
    return [(f"{share:.0%}", "never" if days is None else f"{days:,} days") for share, days in found.items()]


def _gaps(window: Window) -> Chart:
    """Share of gaps that are over, by days; dotted at the percentiles, marked at the config's horizon."""
    over = 1 - window.gaps.survival
    last = int(np.flatnonzero(window.gaps.at_risk)[-1]) if window.gaps.at_risk.any() else 1
    reach = max([30, window.current, *(d for d in window.percentiles.values() if d is not None)])
    days = np.arange(min(int(reach * 1.15), max(last, 1)) + 1)
    marks = [(float(window.current), f"now {window.current}")]
    if window.usable != window.current and window.usable <= days[-1]:
        marks.append((float(window.usable), f"advised {window.usable}"))
    ends = np.array([0.0, float(days[-1])])
    return Chart(
        title="Share of gaps that are over, by days",
        x=Axis("Days since the last active day", 0, float(days[-1]), ",.0f"),
        y=Axis("Share who are back", 0, 1),
        lines=[
            *(Line(f"{q:.0%}", ends, np.array([q, q]), "reference") for q in PERCENTILES),
            Line("gaps that are over", days.astype(float), over[days], "strong"),
        ],
        marks=[(place, word) for place, word in marks if place <= days[-1]],
    )


def _choices(window: Window) -> list[Markup]:
    """Churn rate, and the share of the lost who come back, by horizon."""
    lines = [
        line
        for name, kind, field in (
            ("customers who churn", "strong", "churn_rate"),
            ("lost who come back", "second", "come_back"),
        )
        if (line := _line(window.choices, name, kind, field)) is not None
    ]
    if not lines:
        return []
    last = float(max(line.x[-1] for line in lines))
    return [
        Chart(
            title="Churn rate and lost customers who come back, by horizon",
            x=Axis("Horizon, days", 0, last, ",.0f"),
            y=Axis("Share", 0, 1),
            lines=lines,
            marks=[(float(window.current), f"now {window.current}")] if window.current <= last else [],
        ).svg()
    ]


def _line(choices: tuple[Choice, ...], name: str, kind: str, field: str) -> Line | None:
    known = [(one.horizon, getattr(one, field)) for one in choices if getattr(one, field) is not None]
    if not known:
        return None
    x, y = np.array(known, dtype=float).T
    return Line(name, x, y, kind, dots=True)


def _drawings(name: str, calendar: Calendar) -> list[tuple[str, Markup]]:
    """Rows by week, and by hour of the day where there are times of day."""
    begins, rows, _ = calendar.weeks()
    drawn = []
    if len(begins) > 1:
        names = [f"week from {day}: {count:,.0f} rows" for day, count in zip(begins, rows, strict=True)]
        ticks = {0: str(begins[0]), len(begins) - 1: str(begins[-1])}
        drawing = bars(rows.tolist(), title=f"Rows of {name} by week", names=names, ticks=ticks)
        drawn.append(("Rows by week", drawing))
    if calendar.timed > 0.5 * calendar.rows.sum():
        hours = calendar.hours.tolist()
        names = [f"{hour:02d}:00: {count:,} rows" for hour, count in enumerate(hours)]
        ticks = {hour: f"{hour}:00" for hour in (0, 6, 12, 18)}
        title = f"Rows of {name} by hour of the day"
        drawn.append(("Rows by hour of the day", bars(hours, title=title, names=names, ticks=ticks)))
    return drawn
