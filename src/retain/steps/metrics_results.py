"""What `retain metrics` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

LIGHTS = {"green": "on target", "amber": "below the target", "red": "below the minimum"}


@dataclass(frozen=True)
class MetricsResult:
    """The retention metrics.

    document: metrics.json. tables: figures, periods, cohorts and so on as frames. path, page, folder: the
    document, the page and the CSV files.
    """

    document: Mapping[str, Any] = field(repr=False)
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    path: Path
    page: Path
    folder: Path

    @property
    def periods(self) -> pd.DataFrame:
        """One row a period."""
        return self.tables["periods"]

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row a complete cell: cohort, size, since (units after the first), the shares."""
        return self.tables["cohorts"]

    def to_json(self) -> dict[str, Any]:
        """As a document: metrics.json, and where it is."""
        files = {"json": str(self.path), "html": str(self.page), "csv": str(self.folder)}
        return {**self.document, "files": files}

    def lines(self) -> list[str]:
        """As sentences: each figure with its population and definition, then the periods."""
        found = self.document
        return [
            *found["notes"],
            f"{found['name']}, {found['from']} to {found['to']}, as of {found['as_of']}",
            "",
            *self._figures(),
            *self._periods(),
            *self._segments(),
            "",
            f"  {self.page}",
            f"  {self.path}",
            f"  {self.folder}",
        ]

    def _figures(self) -> list[str]:
        lines: list[str] = []
        unknown: dict[str, list[str]] = {}
        for each in explained(self.document):
            if each["value"] is None and not each["population"]:
                unknown.setdefault(each["why"], []).append(each["title"])
            else:
                lines += _told(each, self.document)
        return [*lines, *(f"Not known, as {why}: {', '.join(titles)}" for why, titles in unknown.items())]

    def _periods(self) -> list[str]:
        header = f"  {'':<24}{'S':>12}{'N':>12}{'E':>12}{'CRR':>9}{'churn':>9}"
        return [
            "",
            f"By {self.document['by']}:",
            header,
            *(_row(one, one["name"]) for one in self.document["periods"]),
        ]

    def _segments(self) -> list[str]:
        segments = self.document["segments"]
        return ["", "By segment:", *(_row(one, one["segment"]) for one in segments)] if segments else []


def explained(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The figures with their definitions."""
    return [each for each in document.values() if isinstance(each, Mapping) and "title" in each]


def shown(value: float | None, unit: str, currency: str | None = None) -> str:
    """A figure as people read it."""
    if value is None:
        return "-"
    if unit == "%":
        return f"{value:.1f} %"
    if unit == "money":
        return f"{value:,.2f}" + (f" {currency}" if currency else "")
    return f"{value:,.0f}" if unit in ("customers", "orders") else f"{value:,.2f}"


def _told(each: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    value = shown(each["value"], each["unit"], document["currency"])
    line = f"{each['title']:<34}{value:>16}"
    if "S" in each:
        line += f"  S={each['S']:,} N={each['N']:,} E={each['E']:,}"
        light = document["target"]["light"]
        line += f"; {LIGHTS[light]} ({document['target']['target']:g} %)" if light else ""
    about = each["why"] if each["value"] is None and "why" in each else f"of {each['population']}"
    return [line, f"    {about}", f"    {each['definition']}"]


def _row(one: Mapping[str, Any], name: str) -> str:
    crr, churned = one["crr"], one["churn_rate"]
    counts = "".join(f"{crr[letter]:>12,}" for letter in "SNE")
    rates = "".join(f"{shown(each['value'], '%'):>9}" for each in (crr, churned))
    light = LIGHTS.get(one["light"], "")
    told = light if one.get("complete", True) else "not over"
    told += "" if one.get("remembered", True) else " (too little history before it)"
    return f"  {name:<24}{counts}{rates}  {told}"
