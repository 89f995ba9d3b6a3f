"""What is in the columns of a file that no config describes yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from retain.events import sql
from retain.events.day_first import day_first

Query = Callable[[str], list[tuple[Any, ...]]]

MOST = 0.95
"""Share of a column's values that must be of a kind for the column to be."""

FEW = 12
"""Values that are looked at one by one."""

NEARLY, MOST_COUNTED = 0.8, 20_000_000
"""Share of distinct values from which they are counted exactly, and rows up to which they are."""

_WRITTEN = r"^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
_SIGN = r"([$€£¥]|USD|EUR|GBP|CHF|JPY|SEK|NOK|DKK|PLN)"
_MONEY = rf"^({_SIGN}\s?)?-?\d{{1,3}}([., ]?\d{{3}})*([.,]\d{{1,2}})?(\s?{_SIGN})?$"
_YES_NO = {"true", "false", "yes", "no", "y", "n", "t", "f", "0", "1"}


@dataclass(frozen=True)
class Column:
    """One column of a file.

    known: rows with a value. distinct: about how many values. The rest are shares of the known ones: numbers,
    times that retain can read, dates like 03/04/2023 of which nothing tells which number is the day, money
    that is no number as it is written, negative and fractional numbers, times with a time of day. values: all
    of them where they are few.
    """

    name: str
    type: str
    rows: int
    known: int
    distinct: int
    numbers: float
    times: float
    ambiguous: float
    money: float
    negative: float
    fractional: float
    timed: float
    values: tuple[str, ...] = ()

    @property
    def filled(self) -> float:
        """Share of the rows with a value."""
        return self.known / self.rows if self.rows else 0.0

    @property
    def is_time(self) -> bool:
        """Whether nearly all values are times."""
        return self.known > 0 and self.times >= MOST

    @property
    def is_number(self) -> bool:
        """Whether nearly all values are numbers, and not a flag."""
        return self.known > 0 and self.numbers >= MOST and not self.is_flag and not self.is_time

    @property
    def is_flag(self) -> bool:
        """Whether it says yes or no."""
        return self.type == "BOOLEAN" or (
            0 < len(self.values) <= 2 and {value.lower() for value in self.values} <= _YES_NO
        )

    @property
    def is_text(self) -> bool:
        """Whether it is neither a time, nor a number, nor a flag."""
        return self.known > 0 and not (self.is_time or self.is_number or self.is_flag)

    @property
    def repeats(self) -> float:
        """Rows a value."""
        return self.known / max(self.distinct, 1)

    @property
    def unique(self) -> bool:
        """Whether hardly any value is there twice."""
        return self.known > 0 and self.repeats < 1.02


def look(types: Mapping[str, str], query: Query) -> tuple[Column, ...]:
    """Every column of the relation `raw`, in one scan and a look at those with few values."""
    texts = [sql.name(name) for name, kind in types.items() if kind == "VARCHAR"]
    turned = day_first("raw", texts, query=query)
    parts = [
        part
        for name, kind in types.items()
        for part in _aggregates(name, kind, told=sql.name(name) in turned)
    ]
    found = query(f"SELECT count(*), {', '.join(parts)} FROM raw")[0]
    rows, each = int(found[0]), len(parts) // max(len(types), 1)
    return tuple(
        _column(name, kind, rows, found[1 + each * i : 1 + each * (i + 1)], query)
        for i, (name, kind) in enumerate(types.items())
    )


def _column(name: str, kind: str, rows: int, found: tuple[Any, ...], query: Query) -> Column:
    known, distinct, numbers, times, ambiguous, money, negative, fractional, timed = map(int, found)
    few = distinct <= FEW and not kind.startswith(("DATE", "TIMESTAMP"))
    values = _values(name, query) if few and known else ()
    if NEARLY * known < distinct and known <= MOST_COUNTED:
        distinct = query(f"SELECT count(DISTINCT {sql.name(name)}) FROM raw")[0][0]
    each = max(known, 1)
    return Column(
        name=name,
        type=kind,
        rows=rows,
        known=known,
        distinct=min(distinct, known),
        numbers=numbers / each,
        times=times / each,
        ambiguous=ambiguous / each,
        money=money / each,
        negative=negative / each,
        fractional=fractional / each,
        timed=timed / each,
        values=values,
    )


def _values(name: str, query: Query) -> tuple[str, ...]:
    column = f"trim({sql.name(name)}::VARCHAR)"
    rows = query(
        f"SELECT DISTINCT {column} FROM raw WHERE nullif({column}, '') IS NOT NULL ORDER BY 1 LIMIT {FEW}"
    )
    return tuple(value for (value,) in rows)


def _aggregates(name: str, kind: str, *, told: bool) -> tuple[str, ...]:
    """Known, distinct, numbers, times, ambiguous, money, negative, fractional, timed: as counts."""
    column = sql.name(name)
    if kind == "VARCHAR":
        return _of_text(f"trim({column})", told=told)
    value = f"CASE WHEN NOT isnan({column}) THEN {column} END" if kind in ("FLOAT", "DOUBLE") else column
    counted = (f"count({value})", f"approx_count_distinct({value})")
    if kind.startswith(("DATE", "TIMESTAMP")):
        timed = f"count(*) FILTER ({column}::TIMESTAMP <> {column}::TIMESTAMP::DATE)"
        return (*counted, "0", f"count({column})", "0", "0", "0", "0", timed)
    if kind.endswith(("INT", "INTEGER", "FLOAT", "DOUBLE")) or kind.startswith("DECIMAL"):
        negative, fractional = f"{value} < 0", f"{value} <> round({value})"
        numbers = (f"count({value})", "0", "0", "0", _count(negative), _count(fractional), "0")
        return (*counted, *numbers)
    return (*counted, "0", "0", "0", "0", "0", "0", "0")


def _of_text(text: str, *, told: bool) -> tuple[str, ...]:
    value, number = f"nullif({text}, '')", f"try_cast({text} AS DOUBLE)"
    written = f"regexp_matches({text}, '{_WRITTEN}')"
    iso = f"(try_cast({text} AS TIMESTAMP) IS NOT NULL OR try_cast({text} AS TIMESTAMPTZ) IS NOT NULL)"
    hours = f"regexp_matches({text}, ':\\d\\d') AND NOT regexp_matches({text}, '[ T]00:00(:00)?')"
    time = f"(CASE WHEN {written} THEN {str(told).lower()} ELSE {iso} AND {number} IS NULL END)"
    money = f"{number} IS NULL AND regexp_matches({text}, '{_MONEY}') AND NOT {written} AND NOT {iso}"
    return (
        f"count({value})",
        f"approx_count_distinct({value})",
        f"count({number})",
        _count(time),
        _count(written if not told else "false"),
        _count(money),
        _count(f"{number} < 0"),
        _count(f"{number} <> round({number})"),
        _count(f"{time} AND {hours}"),
    )


def _count(condition: str) -> str:
    return f"count(*) FILTER ({condition})"
