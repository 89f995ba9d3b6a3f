"""Every column of a table: how much of it is missing, how many values it has, from where to where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retain.events import sql
from retain.events.tables import TableSummary
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Source

MUCH_MISSING = 0.2
"""Share from which an optional column that is used is said to be poorly filled."""

_OPTIONAL = ("amount", "category", "kind", "value", "attributes", "since", "owner")
_TELLING = ("category", "kind", "value", "amount", "attributes")


@dataclass(frozen=True)
class Column:
    """One column of a source.

    missing: null or blank. distinct: about how many values (HyperLogLog). low, high: the least and the
    largest value as text; of text that is all numbers, of the numbers.
    """

    name: str
    type: str
    role: str | None
    rows: int
    missing: int
    distinct: int
    low: str | None
    high: str | None

    @property
    def missing_share(self) -> float:
        """Share of the rows without a value."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def constant(self) -> bool:
        """Whether every row that has a value has the same one."""
        return self.low is not None and self.low == self.high

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {**vars(self), "missing_share": round(self.missing_share, 6), "constant": self.constant}


def profile(source: Source, table: TableSummary | None) -> tuple[Column, ...]:
    """Every column, in one scan; the mapped ones first. table: what was read, of tables with times."""
    roles = source.roles()
    names = sorted(source.types, key=lambda name: name not in roles)
    parts = [part for name in names for part in _aggregates(name, source.types[name])]
    found = source.query(f"SELECT count(*), {', '.join(parts)} FROM {source.raw}")[0]
    rows, each = int(found[0]), len(_aggregates("x", "VARCHAR"))
    columns = (
        _column(name, source.types[name], roles.get(name), rows, found[1 + each * i : 1 + each * (i + 1)])
        for i, name in enumerate(names)
    )
    return tuple(_timed(column, table) if table and column.role == "time" else column for column in columns)


def _timed(column: Column, table: TableSummary) -> Column:
    """A column of times with the ends of its times; where they are written as text, that sorts otherwise."""
    if column.type != "VARCHAR" or table.oldest is None:
        return column
    low, high = (str(end).removesuffix(" 00:00:00") for end in (table.oldest, table.newest))
    return replace(column, low=low, high=high)


def _aggregates(name: str, kind: str) -> tuple[str, ...]:
    """Known values, distinct ones, least and largest; how many are numbers, and those' least and largest."""
    column = sql.name(name)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return (
            f"count({column})",
            f"approx_count_distinct({column}::VARCHAR)",
            "NULL",
            "NULL",
            "0",
            "NULL",
            "NULL",
        )
    if kind == "VARCHAR":
        value = f"nullif(trim({column}), '')"
        number = f"try_cast({column} AS DOUBLE)"
        numbers = (f"count({number})", f"min({number})::VARCHAR", f"max({number})::VARCHAR")
    else:
        value = f"CASE WHEN NOT isnan({column}) THEN {column} END" if kind in ("FLOAT", "DOUBLE") else column
        numbers = ("0", "NULL", "NULL")
    ends = (f"min({value})::VARCHAR", f"max({value})::VARCHAR")
    return (f"count({value})", f"approx_count_distinct({value})", *ends, *numbers)


def _column(name: str, kind: str, role: str | None, rows: int, found: tuple[Any, ...]) -> Column:
    known, distinct, low, high, numbers, least, largest = found
    if role == "show":  # what is there for the caller's eyes only
        low = high = None
    elif known and numbers == known:
        low, high = (str(end).removesuffix(".0") for end in (least, largest))
    return Column(name, kind, role, rows, rows - int(known), min(int(distinct), int(known)), low, high)


def judge(source: Source, columns: tuple[Column, ...]) -> Iterator[Finding]:
    """Columns in use that are mostly empty, or always the same."""
    for column in columns:
        where = f"{source.name}.{column.name}"
        if column.role in _OPTIONAL and column.missing_share > MUCH_MISSING:
            yield Finding(
                "poorly-filled",
                Level.WARNING if column.missing_share > 0.8 else Level.ADVICE,
                where,
                f"{column.missing:,} of {column.rows:,} rows ({column.missing_share:.1%}) have no "
                f"{column.name}, which is used as `{column.role}`",
                "fill it at the source, or leave it out of the config; what is empty is treated as unknown",
                column.missing,
            )
        if column.role in _TELLING and column.constant and column.rows > 1:
            yield Finding(
                "constant",
                Level.ADVICE,
                where,
                f"every row has the same {column.name} ({column.low}), so it tells nothing",
                f"leave `{column.role}` out of the config, or see whether the export lost the real values",
                column.rows,
            )


def by_role(columns: tuple[Column, ...]) -> Mapping[str, Column]:
    """The column of each role; of several (attributes) the first."""
    found: dict[str, Column] = {}
    for column in columns:
        if column.role is not None:
            found.setdefault(column.role, column)
    return found
