"""What `retain check` returns: what was read, what was found, and advice on the horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from retain.events.tables import Summary, TableSummary
from retain.readiness.calendar import Calendar
from retain.readiness.columns import Column
from retain.readiness.counters import Counter
from retain.readiness.findings import Finding, Level
from retain.readiness.window import PERCENTILES, Window
from retain.reports.check_page import Report


@dataclass(frozen=True)
class CheckResult:
    """What the tables hold and whether a model can be trained on them.

    cutoffs: one row a training cutoff: cutoff, customers, churners, churn_rate. findings: the worst first.
    columns, calendars: of each table. window: None where churn is no matter of how long somebody stays away.
    written: what was changed in the config. page, document: where they were written.
    """

    name: str
    summary: Summary
    churn: str
    counters: tuple[Counter, ...]
    cutoffs: pd.DataFrame
    findings: tuple[Finding, ...]
    columns: Mapping[str, tuple[Column, ...]] = field(repr=False)
    calendars: Mapping[str, Calendar] = field(repr=False)
    window: Window | None
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    page: Path | None = None
    document: Path | None = None

    @property
    def enough(self) -> bool:
        """Whether the history and the newest complete cutoff have what the gates ask for."""
        return all(counter.enough for counter in self.counters if not counter.name.startswith("train"))

    @property
    def verdict(self) -> str:
        """Whether a model can be trained, and how much was found, as a sentence."""
        ready = (
            "Ready: a model can be trained."
            if self.enough
            else "Not enough for a model yet: a rule will serve, and the list says so."
        )
        return f"{ready} {counted(self.findings)}"

    def kept(self, *, page: Path, document: Path) -> CheckResult:
        """The same, and where it was written."""
        return replace(self, page=page, document=document)

    def report(self) -> Report:
        """What the page shows."""
        return Report(
            name=self.name,
            verdict=self.verdict,
            enough=self.enough,
            summary=self.summary,
            churn=self.churn,
            counters=self.counters,
            cutoffs=tuple(self.cutoffs.itertuples(index=False)),
            findings=self.findings,
            columns=self.columns,
            calendars=self.calendars,
            window=self.window,
            written=self.written,
        )

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        rows = self.cutoffs.assign(cutoff=self.cutoffs["cutoff"].astype(str)).to_dict("records")
        return {
            "name": self.name,
            "as_of": str(self.summary.as_of),
            "churn": self.churn,
            "ready": "model" if self.enough else "rule",
            "enough": self.enough,
            "counts": {str(level): _count(self.findings, level) for level in Level},
            "counters": [counter.to_json() for counter in self.counters],
            "findings": [finding.to_json() for finding in self.findings],
            "tables": self._tables(),
            "kinds": dict(self.summary.kinds),
            "cutoffs": rows,
            "window": None if self.window is None else self.window.to_json(),
            "written": list(self.written),
            "notes": list(self.notes),
            "files": {"json": str(self.document), "html": str(self.page)},
        }

    def _tables(self) -> dict[str, Any]:
        read = {table.name: table.to_json() for table in self.summary.tables}
        return {
            name: {**read.get(name, {}), "columns": [column.to_json() for column in columns]}
            for name, columns in self.columns.items()
        }

    def lines(self) -> list[str]:
        """As sentences."""
        return [
            self.verdict,
            *self._read(),
            f"Churn: {self.churn}.",
            *_section("What a model needs", [_counter_line(counter) for counter in self.counters]),
            *_section("Cutoffs to learn from", self._cutoff_lines()),
            *_section("What was found", [line for one in self.findings for line in _finding_lines(one)]),
            *_section("Which horizon", [] if self.window is None else _window_lines(self.window)),
            *(f"Written into the config: {change}" for change in self.written),
            f"The whole report: {self.page}",
        ]

    def _read(self) -> list[str]:
        return [
            f"{table.name}{_files(table)}: {table.rows:,} rows, {table.used:,} used, "
            f"{table.oldest:%Y-%m-%d} to {table.newest:%Y-%m-%d}"
            for table in self.summary.tables
            if table.oldest and table.newest
        ]

    def _cutoff_lines(self) -> list[str]:
        return [
            f"{row.cutoff:%Y-%m-%d}  {row.customers:>9,} customers  {row.churn_rate:>6.1%} churn"
            for row in self.cutoffs.itertuples()
        ]


def _files(table: TableSummary) -> str:
    """The files of one of several sources of activity, which has no telling name."""
    names = [Path(file.path).name for file in table.files[:2]]
    return f" ({', '.join(names)})" if table.name not in ("orders", "activity") else ""


def counted(findings: tuple[Finding, ...]) -> str:
    """How many findings of each level, as a sentence."""
    names = {
        Level.ERROR: ("error", "errors"),
        Level.WARNING: ("warning", "warnings"),
        Level.ADVICE: ("hint", "hints"),
    }
    parts = []
    for level, (one, many) in names.items():
        number = _count(findings, level)
        if number:
            parts.append(f"{number} {one if number == 1 else many}")
    return f"{', '.join(parts)} below." if parts else "Nothing was found that is wrong."


def _count(findings: tuple[Finding, ...], level: Level) -> int:
    return sum(finding.level == level for finding in findings)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" if line else "" for line in lines)] if lines else []


def _counter_line(counter: Counter) -> str:
    limit = "at most" if counter.most else "needed"
    state = (
        "ok"
        if counter.enough
        else f"{counter.shown(counter.missing)} {'too many' if counter.most else 'missing'}"
    )
    numbers = f"{counter.shown(counter.found):>9}  of {counter.shown(counter.needed):>5} {limit}"
    return f"{numbers}  {state:<14} {counter.what}"


def _finding_lines(finding: Finding) -> list[str]:
    """The finding; what to do and an example of what is worse than advice."""
    head = f"{finding.level.upper():<8} {finding.where}: {finding.says}"
    if finding.level is Level.ADVICE:
        return [head]
    example = finding.example_line()
    return [head, f"         to do: {finding.do}", *([f"         such as {example}"] if example else [])]


def _window_lines(window: Window) -> list[str]:
    within = ", ".join(
        f"{share:.0%} within {days:,} days"
        if days is not None
        else f"{share:.0%} never as far as the data reach"
        for share, days in ((share, window.percentiles[share]) for share in PERCENTILES)
    )
    table = [
        f"{'>' if choice.current else ' '} {choice.horizon:>4} days  {_share(choice.churn_rate):>7}  "
        f"{_share(choice.come_back):>7}"
        for choice in window.choices
    ]
    return [
        f"of the gaps between a customer's active days, {within}",
        "   horizon    churn  lost who come back",
        *table,
        f"recommended: {window.recommended} days, since {window.why}",
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
