"""What the tables of a business must hold, and what was found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

ORDERS, ACTIVITY, SUBSCRIPTIONS = 0, 1, 2
"""How rows of the one stream are tagged."""

MISSING_TIME = "time is missing"
UNREADABLE_TIME = "time cannot be read"
FUTURE_TIME = "time lies in the future"
MISSING_AMOUNT = "amount is missing"
UNREADABLE_AMOUNT = "amount is not a number"
UNREADABLE_VALUE = "value is not a number"
UNREADABLE_NUMBER = "is not a number"
END_BEFORE_START = "end lies before the start"
UNREADABLE_LINE = "line cannot be read"

LARGEST_AMOUNT = 1e13
"""Larger numbers cannot be kept to the ten-thousandth; they are set aside as no number."""


@dataclass(frozen=True)
class SourceFile:
    """One file read: its path as shown to people, size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class TableSummary:
    """What one table of the config held.

    rows: read, after `where`. used: neither rejected nor anonymous. anonymous: without a customer.
    rejected: rows set aside, by reason. duplicates: rows that repeat another one exactly (kept);
    None where not counted. oldest, newest: of the used rows, in the business's timezone.
    """

    name: str
    rows: int
    used: int
    anonymous: int
    rejected: Mapping[str, int]
    oldest: datetime | None
    newest: datetime | None
    duplicates: int | None = None
    files: tuple[SourceFile, ...] = ()

    @property
    def unusable(self) -> int:
        """Rows set aside, for whatever reason."""
        return sum(self.rejected.values())

    def to_json(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {
            "rows": self.rows,
            "used": self.used,
            "anonymous": self.anonymous,
            "rejected": dict(self.rejected),
            "duplicates": self.duplicates,
            "oldest": _iso(self.oldest),
            "newest": _iso(self.newest),
            "files": [vars(file) for file in self.files],
        }


@dataclass(frozen=True)
class Summary:
    """What was read for a run.

    as_of: rows before this day are visible. end: the day after the newest visible row; labels are
    complete up to it. kinds: how many rows each kind of activity has. customers: files of that table.
    """

    tables: tuple[TableSummary, ...]
    as_of: date
    start: date
    end: date
    kinds: Mapping[str, int] = field(default_factory=dict)
    customers: tuple[SourceFile, ...] = ()

    @property
    def files(self) -> dict[str, tuple[SourceFile, ...]]:
        """The files of every table."""
        return {table.name: table.files for table in self.tables} | {"customers": self.customers}

    def inputs(self) -> dict[str, Any]:
        """What was read, as the manifest keeps it."""
        found: dict[str, Any] = {table.name: table.to_json() for table in self.tables}
        if self.customers:
            found["customers"] = {"files": [vars(file) for file in self.customers]}
        return found

    def table(self, name: str) -> TableSummary:
        """The table of that name."""
        return next(table for table in self.tables if table.name == name)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(sep=" ", timespec="seconds")
