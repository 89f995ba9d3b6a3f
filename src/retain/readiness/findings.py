"""What a check finds: one sentence, how bad it is, what to do about it, and a row that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The tables contradict themselves or would mislead a model."""
    WARNING = "warning"
    """Numbers will be off, or no model can be trained."""
    ADVICE = "advice"
    """Good to know; nothing has to be done."""


CODES = (
    "short-history",
    "few-customers",
    "few-churners",
    "few-cutoffs",
    "horizon",
    "no-customer",
    "unusable-rows",
    "future-times",
    "duplicates",
    "placeholder-customer",
    "repeated-customers",
    "poorly-filled",
    "constant",
    "outliers",
    "mostly-negative",
    "negative-amounts",
    "taken-back",
    "zero-amounts",
    "stray-times",
    "calendar-gaps",
    "empty-weekdays",
    "cut-day",
    "cut-month",
    "level-change",
    "amount-change",
    "timezone-suspicion",
    "old-data",
    "one-cohort",
    "once-only",
    "ids-do-not-join",
    "customers-without-row",
    "before-customer",
    "before-subscription",
    "end-before-start",
    "overlapping-contracts",
    "scheduled-ends",
    "contradictory-flags",
    "left-but-live",
    "knows-the-future",
    "changing-attribute",
    "where-knows-the-future",
)
"""Every kind of finding; docs/check.md explains each."""


@dataclass(frozen=True)
class Finding:
    """Something found in the tables.

    code: its name in docs/check.md. where: the table, or table and column. says: what is the matter, in one
    sentence with its numbers. do: what to do about it. count: rows, customers or days concerned. example: a
    row of the source that shows it.
    """

    code: str
    level: Level
    where: str
    says: str
    do: str
    count: int | None = None
    example: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        example = (
            None if self.example is None else {key: _plain(value) for key, value in self.example.items()}
        )
        return {**vars(self), "level": str(self.level), "example": example}

    def example_line(self) -> str:
        """The example as `column=value, …`; empty where there is none."""
        return ", ".join(f"{name}={shown(value)}" for name, value in (self.example or {}).items())


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then advice; each in the order found."""
    order = list(Level)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.level)))


def shown(value: object) -> str:
    """A value as people read it; text is cut after sixty letters."""
    if value is None:
        return "(empty)"
    if hasattr(value, "hour"):
        return f"{value:%Y-%m-%d}" if _is_midnight(value) else f"{value:%Y-%m-%d %H:%M}"
    text = f"{value:,.2f}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_midnight(moment: Any) -> bool:
    return not (moment.hour or moment.minute or moment.second)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
